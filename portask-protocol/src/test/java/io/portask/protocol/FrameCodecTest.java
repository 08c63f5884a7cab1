package io.portask.protocol;

import static io.portask.protocol.Frames.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Random;
import java.util.Set;
import javax.crypto.SecretKey;
import org.junit.jupiter.api.Test;

class FrameCodecTest {
    @Test
    void frameComesOutAsItWentIn() {
        CollectedFrames got = Frames.decode(
                Frames.frame(FrameType.TOPICS, FrameFlags.RESPONSE | FrameFlags.MORE, 0xFFFF_FFFE, out -> out.i64(42)));

        assertThat(got.frames).hasSize(1);
        CollectedFrames.Frame frame = got.frames.get(0);
        assertThat(frame.type()).isEqualTo(FrameType.TOPICS);
        assertThat(frame.flags()).isEqualTo(FrameFlags.RESPONSE | FrameFlags.MORE);
        assertThat(frame.correlationId()).isEqualTo(0xFFFF_FFFE);
        assertThat(frame.payload()).isEqualTo(ByteBuffer.allocate(8).putLong(0, 42));
    }

    @Test
    void manyFramesInOneBufferAreHandedOverInOrder() {
        ByteBuffer two = Frames.concat(Frames.heartbeat(1), Frames.heartbeat(2));
        CollectedFrames got = Frames.decode(two);

        assertThat(got.frames).extracting(CollectedFrames.Frame::correlationId).containsExactly(1, 2);
        assertThat(two.hasRemaining()).isFalse();
    }

    @Test
    void frameInOneBytePiecesIsHandedOverOnceWhole() {
        ByteBuffer frame = Frames.heartbeat(7);
        FrameDecoder decoder = new FrameDecoder(Frames.MAX_PAYLOAD);
        CollectedFrames got = new CollectedFrames();
        for (int size = 0; size < frame.limit(); size++) {
            int needed = decoder.decode(frame.slice(0, size), got);
            assertThat(needed).isEqualTo(size == 0 ? 0 : size < FrameHeader.SIZE ? FrameHeader.SIZE : frame.limit());
            assertThat(got.frames).isEmpty();
        }
        assertThat(decoder.decode(frame, got)).isZero();
        assertThat(got.frames).hasSize(1);
    }

    @Test
    void truncatedFrameStaysInTheBufferAndItsSizeIsNamed() {
        ByteBuffer whole = Frames.concat(Frames.heartbeat(1), Frames.heartbeat(2));
        ByteBuffer cut = whole.slice(0, whole.limit() - 1);
        CollectedFrames got = new CollectedFrames();

        int needed = new FrameDecoder(Frames.MAX_PAYLOAD).decode(cut, got);

        assertThat(needed).isEqualTo(32);
        assertThat(cut.remaining()).isEqualTo(31);
        assertThat(got.frames).hasSize(1);
    }

    @Test
    void decodingStopsWhenTheSinkWantsNoMore() {
        ByteBuffer three = Frames.concat(Frames.heartbeat(1), Frames.heartbeat(2), Frames.heartbeat(3));
        CollectedFrames got = new CollectedFrames();
        got.stopAfter = 2;

        assertThat(new FrameDecoder(Frames.MAX_PAYLOAD).decode(three, got)).isEqualTo(FrameHeader.SIZE);
        assertThat(got.frames).hasSize(2);
        assertThat(three.remaining()).isEqualTo(32);
    }

    @Test
    void payloadSurvivesACallbackThatMovesTheBuffersPosition() {
        ByteBuffer two = Frames.concat(Frames.heartbeat(1), Frames.heartbeat(2));
        int[] seen = {0};
        new FrameDecoder(Frames.MAX_PAYLOAD).decode(two, new FrameSink() {
            @Override
            public void onFrame(FrameType type, int flags, int correlationId, ByteBuffer payload) {
                seen[0]++;
                payload.position(payload.limit());
            }

            @Override
            public void onBadFrame(int flags, int correlationId, io.portask.error.PortaskException error) {
                throw error;
            }
        });
        assertThat(seen[0]).isEqualTo(2);
    }

    @Test
    void tailIsSentFromWhereItIsAndCountsInLengthAndChecksum() {
        ByteBuffer tail = ByteBuffer.allocateDirect(100);
        new Random(1).ints(100).forEach(i -> tail.put((byte) i));
        tail.flip().position(10);
        FrameEncoder encoder = new FrameEncoder();
        encoder.begin(FrameType.DELIVER, 0, 3).i32(5);
        ByteBuffer head = CollectedFrames.copy(encoder.endBefore(tail));

        assertThat(head.remaining()).isEqualTo(28);
        assertThat(tail.position()).isEqualTo(10);
        CollectedFrames got = Frames.decode(Frames.concat(head, tail));
        assertThat(got.badFrames).isEmpty();
        assertThat(got.frames.get(0).payload().slice(4, 90)).isEqualTo(tail);
    }

    @Test
    void encoderGrowsForLargePayloads() {
        ByteBuffer large = ByteBuffer.allocate(300_000);
        new Random(2).nextBytes(large.array());
        CollectedFrames got = Frames.decode(
                Frames.frame(FrameType.DELIVER, 0, 3, out -> out.i64(1).bytes(large)));

        assertThat(got.frames.get(0).payload().slice(8, 300_000)).isEqualTo(large);
    }

    @Test
    void compressedFrameComesOutInflated() {
        ByteBuffer zeros = ByteBuffer.allocate(100_000);
        ByteBuffer frame = Frames.frame(FrameType.DELIVER, FrameFlags.COMPRESSED, 3, out -> out.bytes(zeros));

        assertThat(frame.limit()).isLessThan(1000);
        CollectedFrames got = Frames.decode(frame);
        assertThat(got.frames.get(0).flags()).isEqualTo(FrameFlags.COMPRESSED);
        assertThat(got.frames.get(0).payload()).isEqualTo(zeros);
        ByteBuffer direct =
                ByteBuffer.allocateDirect(frame.limit()).put(frame.rewind()).flip();
        assertThat(Frames.decode(direct).frames.get(0).payload()).isEqualTo(zeros);
    }

    @Test
    void compressionIsLeftOutWhereItDoesNotPay() {
        CollectedFrames got =
                Frames.decode(Frames.frame(FrameType.HEARTBEAT, FrameFlags.COMPRESSED, 3, out -> out.i64(1)));
        assertThat(got.frames.get(0).flags()).isZero();
        assertThat(got.frames.get(0).payload().remaining()).isEqualTo(8);
    }

    @Test
    void encryptedFramesComeOutPlain() {
        PortKeys keys = PortKeys.of("k1", new byte[32]);
        FrameSealer sealer = FrameSealer.create(keys);
        ByteBuffer zeros = ByteBuffer.allocate(100_000);
        ByteBuffer frames = Frames.concat(
                Frames.frame(FrameType.DELIVER, FrameFlags.COMPRESSED, 3, sealer, out -> out.bytes(zeros)),
                Frames.frame(FrameType.DELIVER, 0, 4, sealer, out -> out.bytes(zeros)));
        FrameDecoder decoder = new FrameDecoder(Frames.MAX_PAYLOAD, keys, true);
        CollectedFrames got = new CollectedFrames();
        ByteBuffer direct =
                ByteBuffer.allocateDirect(frames.limit()).put(frames).flip();

        decoder.decode(frames.rewind(), got);
        new FrameDecoder(Frames.MAX_PAYLOAD, keys, true).decode(direct, got);

        assertThat(got.frames)
                .hasSize(4)
                .allSatisfy(frame -> assertThat(frame.payload()).isEqualTo(zeros));
        assertThat(decoder.keyId()).isEqualTo("k1");
        assertThat(got.frames.get(0).flags()).isEqualTo(FrameFlags.COMPRESSED | FrameFlags.ENCRYPTED);
    }

    @Test
    void noKeyAndNonceAreUsedTwiceNeitherOnAConnectionNorByTheNextOne() {
        PortKeys keys = PortKeys.of("k1", new byte[32]);
        Set<ByteBuffer> saltsAndCounters = new HashSet<>();
        for (int connection = 0; connection < 100; connection++) {
            FrameSealer sealer = FrameSealer.create(keys);
            for (int i = 0; i < 10; i++) {
                ByteBuffer frame = Frames.frame(FrameType.HEARTBEAT, 0, 1, sealer, out -> out.i64(1));
                int at = FrameHeader.SIZE + 1 + "k1".length();
                saltsAndCounters.add(frame.slice(at, FrameAead.SALT_SIZE + FrameAead.COUNTER_SIZE));
                assertThat(frame.getInt(at + FrameAead.SALT_SIZE)).isEqualTo(i);
            }
        }
        assertThat(saltsAndCounters).hasSize(1000);
    }

    @Test
    void eachSaltMakesItsOwnKey() {
        PortKeys keys = PortKeys.of("k1", new byte[32]);
        byte[] salt = new byte[FrameAead.SALT_SIZE];
        Set<SecretKey> made = new HashSet<>();
        made.add(keys.connectionKey("k1", salt));
        salt[15] = 1;
        made.add(keys.connectionKey("k1", salt));
        made.add(PortKeys.of("k1", HexFormat.of().parseHex("01".repeat(32))).connectionKey("k1", salt));
        assertThat(made)
                .hasSize(3)
                .allSatisfy(key ->
                        assertThat(key.getEncoded()).hasSize(PortKeys.KEY_BYTES).isNotEqualTo(new byte[32]));
    }

    @Test
    void connectionEndsWhenItsNoncesAreUsedUp() {
        PortKeys keys = PortKeys.of("k1", new byte[32]);
        FrameSealer sealer = FrameSealer.create(keys, "k1", new byte[FrameAead.SALT_SIZE], FrameAead.MAX_COUNTER);
        Frames.frame(FrameType.HEARTBEAT, 0, 1, sealer, out -> out.i64(1));
        assertFails(
                ErrorCode.CONNECTION_LOST, () -> Frames.frame(FrameType.HEARTBEAT, 0, 1, sealer, out -> out.i64(1)));
    }
}
