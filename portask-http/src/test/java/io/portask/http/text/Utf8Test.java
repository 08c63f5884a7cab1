package io.portask.http.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Utf8Test {
    private static final CharsetDecoder DECODER = StandardCharsets.UTF_8.newDecoder();
    private static final CharBuffer CHARACTERS = CharBuffer.allocate(64);
    private static final long SEED = 20_260_104;

    @Test
    void agreesWithTheDecoderOfTheJdkOnAllSequencesOfUpToThreeBytes() {
        for (int i = 0; i < 1 << 24; i += i < 1 << 16 ? 1 : 11) {
            byte[] bytes = {(byte) (i >> 16), (byte) (i >> 8), (byte) i};
            if (Utf8.isValid(bytes) != jdkDecodes(bytes)) {
                throw new AssertionError(String.format("%06x", i));
            }
        }
    }

    @Test
    void agreesWithTheDecoderOfTheJdkOnRandomText() {
        Random random = new Random(SEED);
        for (int round = 0; round < 100_000; round++) {
            byte[] bytes = random.ints(random.nextInt(12), 1, 0x11_0000)
                    .filter(c -> c < 0xD800 || c > 0xDFFF)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString()
                    .getBytes(StandardCharsets.UTF_8);
            if (bytes.length > 0 && random.nextBoolean()) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            }
            assertThat(Utf8.isValid(bytes)).as("seed %d, round %d", SEED, round).isEqualTo(jdkDecodes(bytes));
        }
    }

    @Test
    void anySplitGivesTheSame() {
        byte[] text = "long enough for the fast way: κόσμε € 𝄞 \u0000\uFFFD".getBytes(StandardCharsets.UTF_8);
        for (int split = 0; split <= text.length; split++) {
            int state = Utf8.advance(Utf8.BETWEEN, text, 0, split);
            assertThat(Utf8.advance(state, text, split, text.length)).isEqualTo(Utf8.BETWEEN);
        }
        assertThat(Utf8.isValid(text, 0, text.length - 1)).isFalse();
    }

    private static boolean jdkDecodes(byte[] bytes) {
        DECODER.reset();
        return !DECODER.decode(ByteBuffer.wrap(bytes), CHARACTERS.clear(), true).isError();
    }
}
