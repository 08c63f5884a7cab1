package io.portask.protocol;

import static io.portask.protocol.Frames.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class FrameBadInputTest {
    private static final PortKeys KEYS = PortKeys.of("k1", new byte[32]);
    private static final int ONE_GIB = 1 << 30;

    @Test
    void wrongMagicIsFatal() {
        ByteBuffer http = ByteBuffer.wrap(
                "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        assertFatal(ErrorCode.BAD_MAGIC, http);
    }

    @Test
    void wrongVersionIsFatal() {
        assertFatal(
                ErrorCode.UNSUPPORTED_VERSION,
                Frames.fixChecksums(Frames.heartbeat(1).put(FrameHeader.VERSION_OFFSET, (byte) 2)));
    }

    @Test
    void unknownTypeIsToldAndTheConnectionGoesOn() {
        ByteBuffer unknown = Frames.fixChecksums(Frames.heartbeat(9).put(FrameHeader.TYPE_OFFSET, (byte) 200));
        CollectedFrames got = Frames.decode(Frames.concat(unknown, Frames.heartbeat(10)));

        assertThat(got.badFrames).hasSize(1);
        assertThat(got.badFrames.get(0).correlationId()).isEqualTo(9);
        assertThat(got.badFrames.get(0).error().code()).isEqualTo(ErrorCode.UNKNOWN_FRAME_TYPE);
        assertThat(got.badFrames.get(0).error()).hasMessageContaining("200");
        assertThat(got.frames).hasSize(1);
    }

    @Test
    void unknownFlagsAreFatal() {
        assertFatal(
                ErrorCode.UNKNOWN_FLAGS,
                Frames.fixChecksums(Frames.heartbeat(1).putShort(FrameHeader.FLAGS_OFFSET, (short) 0x10)));
    }

    @Test
    void damagedHeaderIsFatalWhicheverBitFlipped() {
        for (int bit = FrameHeader.TYPE_OFFSET * 8; bit < FrameHeader.SIZE * 8; bit++) {
            ByteBuffer frame = Frames.heartbeat(1);
            frame.put(bit / 8, (byte) (frame.get(bit / 8) ^ 1 << bit % 8));
            assertFatal(ErrorCode.BAD_HEADER_CHECKSUM, frame);
        }
    }

    @Test
    void damagedPayloadIsToldAndTheConnectionGoesOn() {
        ByteBuffer damaged = Frames.heartbeat(9).put(FrameHeader.SIZE, (byte) 1);
        CollectedFrames got = Frames.decode(Frames.concat(damaged, Frames.heartbeat(10)));

        assertThat(got.badFrames).hasSize(1);
        assertThat(got.badFrames.get(0).correlationId()).isEqualTo(9);
        PortaskException error = got.badFrames.get(0).error();
        assertThat(error.code()).isEqualTo(ErrorCode.BAD_PAYLOAD_CHECKSUM);
        assertThat(got.frames).hasSize(1);
    }

    @Test
    void lengthOfTwoGibibytesIsRefusedWithoutWaitingForThem() {
        for (int length : List.of(Integer.MAX_VALUE, Integer.MIN_VALUE, -1, Frames.MAX_PAYLOAD + 1)) {
            ByteBuffer frame = Frames.heartbeat(1).putInt(FrameHeader.PAYLOAD_LENGTH_OFFSET, length);
            assertFatal(
                    ErrorCode.FRAME_TOO_LARGE, Frames.fixHeaderChecksum(frame).limit(FrameHeader.SIZE));
        }
    }

    @Test
    void lengthAtTheLimitIsWaitedFor() {
        ByteBuffer header = Frames.heartbeat(1).putInt(FrameHeader.PAYLOAD_LENGTH_OFFSET, Frames.MAX_PAYLOAD);
        Frames.fixHeaderChecksum(header).limit(FrameHeader.SIZE);
        assertThat(new FrameDecoder(Frames.MAX_PAYLOAD).decode(header, new CollectedFrames()))
                .isEqualTo(FrameHeader.SIZE + Frames.MAX_PAYLOAD);
    }

    @Test
    void zstdBombThatClaimsAGibibyteIsRefusedBeforeItIsInflated() {
        assertFatal(ErrorCode.BAD_COMPRESSION, Frames.compressed(Zstds.frame(ONE_GIB, 250, 128 << 10)));
    }

    @Test
    void zstdBombThatInflatesToAGibibyteIsRefused() {
        assertFatal(ErrorCode.BAD_COMPRESSION, Frames.compressed(Zstds.frame(ONE_GIB, 8192, 128 << 10)));
    }

    @Test
    void zstdBombThatClaimsLittleAndInflatesToMuchIsRefused() {
        assertFatal(ErrorCode.BAD_COMPRESSION, Frames.compressed(Zstds.frame(1000, 250, 128 << 10)));
    }

    @Test
    void zstdFrameThatInflatesToLessThanItClaimsIsRefused() {
        assertFatal(ErrorCode.BAD_COMPRESSION, Frames.compressed(Zstds.frame(1000, 1, 999)));
    }

    @Test
    void zstdFrameThatHidesItsSizeIsRefused() {
        assertFatal(ErrorCode.BAD_COMPRESSION, Frames.compressed(Zstds.frameThatHidesItsSize()));
    }

    @Test
    void garbageAndNothingAreNoZstdFrame() {
        assertFatal(
                ErrorCode.BAD_COMPRESSION, Frames.compressed(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9})));
        assertFatal(ErrorCode.BAD_COMPRESSION, Frames.compressed(ByteBuffer.allocate(0)));
    }

    @Test
    void wholesomeZstdFrameOfTheSameMakeIsTaken() {
        assertThat(Frames.decode(Frames.compressed(Zstds.frame(2000, 2, 1000)))
                        .frames
                        .get(0)
                        .payload()
                        .remaining())
                .isEqualTo(2000);
    }

    @Test
    void plainFrameIsRefusedWhereEncryptionIsRequired() {
        assertThat(assertFails(
                                ErrorCode.ENCRYPTION_REQUIRED,
                                () -> new FrameDecoder(1000, KEYS, true)
                                        .decode(Frames.heartbeat(1), new CollectedFrames()))
                        .code()
                        .fatal())
                .isTrue();
    }

    @Test
    void plainFrameIsRefusedAfterAnEncryptedOne() {
        ByteBuffer frames = Frames.concat(sealed(FrameSealer.create(KEYS)), Frames.heartbeat(1));
        assertFails(ErrorCode.ENCRYPTION_REQUIRED, () -> decodeSealed(frames));
    }

    @Test
    void lastWordsOfAPeerWithoutTheKeyAreTakenPlain() {
        ByteBuffer error = Frames.frame(FrameType.ERROR, FrameFlags.RESPONSE, 0, out -> out.i32(1));
        CollectedFrames got = new CollectedFrames();
        new FrameDecoder(1000, KEYS, true).decode(error, got);
        assertThat(got.frames).hasSize(1);

        ByteBuffer answer = Frames.frame(FrameType.ERROR, FrameFlags.RESPONSE, 1, out -> out.i32(1));
        assertFails(ErrorCode.ENCRYPTION_REQUIRED, () -> new FrameDecoder(1000, KEYS, true).decode(answer, got));
    }

    @Test
    void encryptedFrameWithoutKeysHereIsFatal() {
        assertFatal(ErrorCode.UNKNOWN_KEY, sealed(FrameSealer.create(KEYS)));
    }

    @Test
    void encryptedFrameUnderAnUnknownKeyIsFatal() {
        ByteBuffer frame = sealed(FrameSealer.create(PortKeys.of("other", new byte[32])));
        assertFails(ErrorCode.UNKNOWN_KEY, () -> decodeSealed(frame));
    }

    @Test
    void encryptedFrameUnderAnotherKeyOfTheSameIdIsFatal() {
        byte[] key = new byte[32];
        key[0] = 1;
        ByteBuffer frame = sealed(FrameSealer.create(PortKeys.of("k1", key)));
        assertFails(ErrorCode.DECRYPTION_FAILED, () -> decodeSealed(frame));
    }

    @Test
    void everyChangedByteOfAnEncryptedFrameIsFound() {
        int size = sealed(FrameSealer.create(KEYS)).limit();
        for (int i = FrameHeader.SIZE; i < size; i++) {
            ByteBuffer frame = sealed(FrameSealer.create(KEYS));
            frame.put(i, (byte) (frame.get(i) ^ 0x20));
            assertThat(org.assertj.core.api.Assertions.catchThrowableOfType(
                                    PortaskException.class, () -> decodeSealed(Frames.fixChecksums(frame)))
                            .code())
                    .isIn(ErrorCode.DECRYPTION_FAILED, ErrorCode.UNKNOWN_KEY);
        }
    }

    @Test
    void headerOfAnEncryptedFrameIsAuthenticated() {
        ByteBuffer frame = sealed(FrameSealer.create(KEYS)).putInt(FrameHeader.CORRELATION_ID_OFFSET, 99);
        assertFails(ErrorCode.DECRYPTION_FAILED, () -> decodeSealed(Frames.fixChecksums(frame)));
    }

    @Test
    void repeatedEncryptedFrameIsRefused() {
        ByteBuffer frame = sealed(FrameSealer.create(KEYS));
        assertFails(ErrorCode.DECRYPTION_FAILED, () -> decodeSealed(Frames.concat(frame, frame)));
    }

    @Test
    void missingEncryptedFrameIsNoticed() {
        FrameSealer sealer = FrameSealer.create(KEYS);
        ByteBuffer first = sealed(sealer);
        sealed(sealer);
        ByteBuffer third = sealed(sealer);
        assertFails(ErrorCode.DECRYPTION_FAILED, () -> decodeSealed(Frames.concat(first, third)));
        assertFails(ErrorCode.DECRYPTION_FAILED, () -> decodeSealed(third));
    }

    @Test
    void encryptedFrameOfAnotherConnectionIsRefused() {
        FrameSealer other = FrameSealer.create(KEYS);
        sealed(other);
        ByteBuffer foreign = sealed(other);
        ByteBuffer own = sealed(FrameSealer.create(KEYS));
        assertFails(ErrorCode.DECRYPTION_FAILED, () -> decodeSealed(Frames.concat(own, foreign)));
    }

    @Test
    void keyMayNotChangeWithinAConnection() {
        PortKeys two = PortKeys.parse(List.of("k1:" + "00".repeat(32), "k2:" + "01".repeat(32)));
        byte[] salt = new byte[FrameAead.SALT_SIZE];
        ByteBuffer first = sealed(FrameSealer.create(two, "k1", salt, 0));
        ByteBuffer second = sealed(FrameSealer.create(two, "k2", salt, 1));
        assertFails(
                ErrorCode.DECRYPTION_FAILED,
                () -> new FrameDecoder(Frames.MAX_PAYLOAD, two, false)
                        .decode(Frames.concat(first, second), new CollectedFrames()));
    }

    @Test
    void encryptedPayloadTooShortForItsFixedPartsIsRefused() {
        for (int size = 0; size < 40; size++) {
            ByteBuffer payload = ByteBuffer.allocate(size);
            if (size > 0) {
                payload.put(0, (byte) 20);
            }
            ByteBuffer frame = Frames.frame(FrameType.HEARTBEAT, 0, 1, out -> out.bytes(payload));
            frame.putShort(FrameHeader.FLAGS_OFFSET, (short) FrameFlags.ENCRYPTED);
            assertFails(ErrorCode.DECRYPTION_FAILED, () -> decodeSealed(Frames.fixChecksums(frame)));
        }
    }

    private static ByteBuffer sealed(FrameSealer sealer) {
        return Frames.frame(FrameType.HEARTBEAT, 0, 1, sealer, out -> out.i64(1));
    }

    private static void decodeSealed(ByteBuffer frames) {
        new FrameDecoder(Frames.MAX_PAYLOAD, KEYS, false).decode(frames, new CollectedFrames());
    }

    private static void assertFatal(ErrorCode code, ByteBuffer bytes) {
        assertThat(assertFails(code, () -> Frames.decode(bytes)).code().fatal()).isTrue();
    }
}
