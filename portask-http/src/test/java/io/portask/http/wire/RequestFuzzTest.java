package io.portask.http.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Damaged and made-up requests: the decoder never throws, and tells the same however they are cut. */
class RequestFuzzTest {
    private static final long SEED = Long.getLong("portask.fuzz.seed", 9112L);
    private static final int ROUNDS = 200_000;

    private static final String[] PIECES = {
        "GET / HTTP/1.1\r\n",
        "POST /p HTTP/1.1\r\n",
        "GET /q HTTP/1.0\r\n",
        "Host: a\r\n",
        "Content-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Connection: close\r\n",
        "Expect: 100-continue\r\n",
        "\r\n",
        "\r\n\r\n",
        "hello",
        "5\r\nhello\r\n",
        "0\r\n\r\n",
        "a;x=y\r\n0123456789\r\n",
        "0\r\nT: u\r\n\r\n",
        "\n",
        "\r",
        "\0",
        " ",
        "\t",
        ":",
        "X: y\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    };

    @Test
    void nothingBreaksTheDecoderAndCutsDoNotMatter() {
        Random random = new Random(SEED);
        int accepted = 0;
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] input = input(random);
            DecodedRequests whole = new DecodedRequests(1000);
            DecodedRequests cut = new DecodedRequests(1000);
            try {
                whole.feed(input);
                for (int from = 0; from < input.length; ) {
                    int to = Math.min(input.length, from + 1 + random.nextInt(40));
                    cut.feed(Arrays.copyOfRange(input, from, to));
                    from = to;
                }
                if (!cut.told.equals(whole.told)) {
                    throw new AssertionError("cut: " + cut.told + ", whole: " + whole.told);
                }
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError(
                        "seed " + SEED + ", round " + round + ": "
                                + new String(input, StandardCharsets.ISO_8859_1)
                                        .replace("\r", "\\r")
                                        .replace("\n", "\\n"),
                        e);
            }
            refused += whole.refusedWith == 0 ? 0 : 1;
            accepted += whole.told.size() - (whole.refusedWith == 0 ? 0 : 1);
        }
        assertThat(accepted).isGreaterThan(ROUNDS / 10);
        assertThat(refused).isGreaterThan(ROUNDS / 10);
    }

    private static byte[] input(Random random) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 1 + random.nextInt(6); i > 0; i--) {
            bytes.writeBytes(PIECES[random.nextInt(PIECES.length)].getBytes(StandardCharsets.ISO_8859_1));
        }
        byte[] input = bytes.toByteArray();
        for (int damage = random.nextInt(3); damage > 0 && random.nextBoolean(); damage--) {
            input[random.nextInt(input.length)] = (byte) random.nextInt(256);
        }
        return input;
    }
}
