package io.portask.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the codec to the bytes that were written down once. */
class GoldenFramesTest {
    /** What zstd makes of the same bytes may change with its version; what it reads may not. */
    private static final Set<String> ONE_WAY = Set.of("compressed");

    static Stream<String> names() {
        return GoldenFrames.all().keySet().stream();
    }

    static String golden(String name) {
        try (InputStream in = GoldenFramesTest.class.getResourceAsStream("/golden/" + name + ".hex")) {
            assertThat(in)
                    .as(
                            "golden/%s.hex, should be%n%s",
                            name, HexDump.of(GoldenFrames.all().get(name)))
                    .isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void frameIsEncodedAsItWasWrittenDown(String name) {
        if (!ONE_WAY.contains(name)) {
            assertThat(HexDump.of(GoldenFrames.all().get(name))).isEqualTo(golden(name));
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void writtenFrameIsDecoded(String name) {
        CollectedFrames written = decode(HexDump.parse(golden(name)));
        CollectedFrames made = decode(GoldenFrames.all().get(name));

        assertThat(written.badFrames).isEmpty();
        assertThat(written.frames).hasSize(1).isEqualTo(made.frames);
    }

    @Test
    void dumpsAreReadBack() {
        ByteBuffer bytes = ByteBuffer.allocate(300);
        for (int i = 0; i < bytes.limit(); i++) {
            bytes.put(i, (byte) i);
        }
        assertThat(HexDump.parse(HexDump.of(bytes))).isEqualTo(bytes);
    }

    private static CollectedFrames decode(ByteBuffer frame) {
        CollectedFrames collected = new CollectedFrames();
        new FrameDecoder(Frames.MAX_PAYLOAD, GoldenFrames.KEYS, false).decode(frame.duplicate(), collected);
        return collected;
    }
}
