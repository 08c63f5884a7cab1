package io.portask.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds {@code docs/PROTOCOL.md} to the code. */
class SpecificationTest {
    private static String specification() throws IOException {
        return Files.readString(Path.of("../docs/PROTOCOL.md"));
    }

    static Stream<String> names() {
        return GoldenFramesTest.names();
    }

    @ParameterizedTest
    @MethodSource("names")
    void everyGoldenFrameIsShownAsItIs(String name) throws IOException {
        assertThat(specification()).contains("`" + name + "`\n```\n" + GoldenFramesTest.golden(name) + "```\n");
    }

    @Test
    void everyDumpIsAGoldenFrame() throws IOException {
        assertThat(matches("`([a-z-]+)`\n```\n0000  ")).containsExactlyInAnyOrderElementsOf(names().toList());
        assertThat(matches("```\n(0000  )")).hasSize((int) names().count());
    }

    @Test
    void everyFrameTypeIsShownInADumpAndWhereItIsAnsweredTheAnswerToo() throws IOException {
        Set<FrameType> asked = EnumSet.noneOf(FrameType.class);
        Set<FrameType> answered = EnumSet.noneOf(FrameType.class);
        for (ByteBuffer frame : GoldenFrames.all().values()) {
            FrameHeader header = new FrameHeader().wrap(frame, 0);
            (FrameFlags.has(header.flags(), FrameFlags.RESPONSE) ? answered : asked)
                    .add(FrameType.of(header.typeCode()));
        }
        assertThat(asked).containsExactlyInAnyOrderElementsOf(EnumSet.complementOf(EnumSet.of(FrameType.ERROR)));
        assertThat(answered)
                .containsExactlyInAnyOrderElementsOf(
                        EnumSet.complementOf(EnumSet.of(FrameType.DELIVER, FrameType.CREDIT, FrameType.ASSIGNMENT)));
    }

    @Test
    void errorsAreListedAsTheyAre() throws IOException {
        assertThat(matches("\n(\\| \\d+ \\| `[A-Z_]+` \\|.*)"))
                .containsExactlyElementsOf(Stream.of(ErrorCode.values())
                        .map(code -> "| " + code.number() + " | `" + code + "` | " + yesNo(code.retriable()) + " | "
                                + yesNo(code.fatal()) + " |")
                        .toList());
    }

    @Test
    void frameTypesAreListedWithTheirNumbers() throws IOException {
        assertThat(matches("\n(\\| \\d+ \\| [A-Z][a-z]+ \\|)"))
                .containsExactlyElementsOf(Stream.of(FrameType.values())
                        .map(type -> "| " + type.code() + " | " + type.name().charAt(0)
                                + type.name().substring(1).toLowerCase(Locale.ROOT) + " |")
                        .toList());
    }

    private static List<String> matches(String pattern) throws IOException {
        return Pattern.compile(pattern)
                .matcher(specification())
                .results()
                .map(found -> found.group(1))
                .toList();
    }

    @Test
    void everyFlagIsListedWithItsBit() throws IOException {
        assertThat(specification())
                .contains("| " + FrameFlags.COMPRESSED + " | compressed |")
                .contains("| " + FrameFlags.ENCRYPTED + " | encrypted |")
                .contains("| " + FrameFlags.RESPONSE + " | response |")
                .contains("| " + FrameFlags.MORE + " | more |");
    }

    private static String yesNo(boolean value) {
        return value ? "yes" : "no";
    }
}
