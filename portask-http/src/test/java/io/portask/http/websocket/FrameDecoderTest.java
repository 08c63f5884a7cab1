package io.portask.http.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameDecoderTest {
    private static final String KEY = "37fa213d";

    @Test
    void everySplitIntoTwoOrThreeGivesTheSame() {
        byte[] bytes = ClientFrames.concat(
                ClientFrames.text("κόσμε"),
                ClientFrames.frame(Opcode.BINARY, AutobahnCases.filled(130)),
                ClientFrames.frame(0x80 | Opcode.PING, ClientFrames.utf8("p")),
                ClientFrames.frame(0x80, new byte[] {1, 2, 3}),
                ClientFrames.close(1000, "bye"));
        EchoPeer whole = new EchoPeer();
        whole.receive(bytes);
        List<String> expected = whole.sent();
        assertThat(expected).hasSize(4);
        for (int first = 0; first <= bytes.length; first++) {
            for (int second = first; second <= bytes.length; second += 23) {
                EchoPeer peer = new EchoPeer();
                peer.receive(Arrays.copyOfRange(bytes, 0, first));
                peer.receive(Arrays.copyOfRange(bytes, first, second));
                peer.receive(Arrays.copyOfRange(bytes, second, bytes.length));
                assertThat(peer.sent()).as("%d, %d", first, second).isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "8100",
                "810548656c6c6f",
                "81fe007d" + KEY,
                "82ff000000000000ffff" + KEY,
                "82ff8000000000000001" + KEY,
                "82ffffffffffffffffff" + KEY,
                "08",
                "c1",
                "83",
                "8f",
                "80",
                "00",
                "89fe"
            })
    void framesAgainstTheRulesAreRefusedAsSoonAsTheyShow(String hex) {
        EchoPeer peer = new EchoPeer();
        peer.receive(ClientFrames.hex(hex));
        assertThat(peer.sent()).containsExactly("close 1002");
    }

    @ParameterizedTest
    @ValueSource(strings = {"82ff7fffffffffffffff" + KEY, "82ff0000000000010001" + KEY, "827e0401" + KEY})
    void messagesBeyondTheLimitAreRefusedByWhatTheyAnnounce(String hex) {
        EchoPeer peer = new EchoPeer(new WebSocketConfig(1024, 1000));
        byte[] bytes = ClientFrames.hex(hex);
        bytes[1] |= (byte) 0x80;
        peer.receive(bytes);
        assertThat(peer.sent()).containsExactly("close 1009");
    }

    @Test
    void theLimitCountsAllFragments() {
        EchoPeer peer = new EchoPeer(new WebSocketConfig(1024, 1000));
        peer.receive(ClientFrames.frame(Opcode.BINARY, new byte[1000]));
        peer.receive(ClientFrames.frame(0x80, new byte[24]));
        assertThat(peer.sent()).containsExactly(ClientFrames.line("binary", new byte[1024]));
        peer.receive(ClientFrames.frame(Opcode.BINARY, new byte[1000]));
        peer.receive(ClientFrames.frame(0x80, new byte[25]));
        assertThat(peer.sent()).containsExactly("close 1009");
    }

    @Test
    void announcedBytesAreNotAllocated() {
        long before = allocated();
        for (int i = 0; i < 100; i++) {
            EchoPeer peer = new EchoPeer();
            peer.receive(ClientFrames.hex("82ff0000000000ffffff" + KEY + "00"));
            assertThat(peer.connection.closeReason).isNull();
        }
        assertThat(allocated() - before).isLessThan(10 << 20);
    }

    private static long allocated() {
        return ((com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean())
                .getCurrentThreadAllocatedBytes();
    }

    @Test
    void anyBytesAreTakenOrRefused() {
        fuzz(20_260_103, 200_000);
    }

    @Test
    @Tag("long")
    void anyBytesAreTakenOrRefusedForLong() {
        for (int seed = 0; seed < 10; seed++) {
            fuzz(seed, 1_000_000);
        }
    }

    /** Changed frames give the same at once and in pieces, and nothing but a Close with a code that is right behind. */
    private static void fuzz(long seed, int rounds) {
        Random random = new Random(seed);
        for (int round = 0; round < rounds; round++) {
            byte[] bytes = changed(random);
            int split = random.nextInt(bytes.length + 1);
            try {
                EchoPeer whole = new EchoPeer(new WebSocketConfig(256, 1000));
                whole.receive(bytes);
                EchoPeer pieces = new EchoPeer(new WebSocketConfig(256, 1000));
                pieces.receive(Arrays.copyOf(bytes, split));
                pieces.receive(Arrays.copyOfRange(bytes, split, bytes.length));
                List<String> sent = whole.sent();
                if (!sent.equals(pieces.sent()) || sent.stream().anyMatch(line -> line.startsWith("not"))) {
                    throw new AssertionError("not the same in pieces: " + sent);
                }
            } catch (RuntimeException | Error e) {
                throw new AssertionError(
                        "seed " + seed + ", round " + round + ", split " + split + ": " + Arrays.toString(bytes), e);
            }
        }
    }

    private static byte[] changed(Random random) {
        byte[][] frames = new byte[1 + random.nextInt(3)][];
        for (int i = 0; i < frames.length; i++) {
            byte[] payload = new byte[random.nextInt(8) == 0 ? 126 + random.nextInt(20) : random.nextInt(8)];
            if (random.nextBoolean()) {
                Arrays.fill(payload, (byte) 'a');
            } else {
                random.nextBytes(payload);
            }
            int first =
                    random.nextInt(4) == 0 ? random.nextInt(256) : 0x80 | random.nextInt(3) | random.nextInt(2) << 3;
            frames[i] = ClientFrames.frame(first, payload);
        }
        byte[] bytes = ClientFrames.concat(frames);
        for (int i = random.nextInt(3); i > 0; i--) {
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return bytes;
    }
}
