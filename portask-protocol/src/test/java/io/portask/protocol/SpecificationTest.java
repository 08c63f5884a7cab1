package io.portask.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
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

    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void everyErrorIsListedAsItIs(ErrorCode code) throws IOException {
        assertThat(specification())
                .contains("| " + code.number() + " | `" + code + "` | " + yesNo(code.retriable()) + " | "
                        + yesNo(code.fatal()) + " |");
    }

    @ParameterizedTest
    @EnumSource(FrameType.class)
    void everyFrameTypeIsListedWithItsNumber(FrameType type) throws IOException {
        String name = type.name().charAt(0) + type.name().substring(1).toLowerCase(Locale.ROOT);
        assertThat(specification()).contains("| " + type.code() + " | " + name + " |");
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
