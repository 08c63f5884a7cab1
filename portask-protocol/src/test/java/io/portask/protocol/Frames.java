package io.portask.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.assertj.core.api.Assertions;

/** Makes and takes frames for tests. */
final class Frames {
    static final int MAX_PAYLOAD = 1 << 20;

    private Frames() {}

    static ByteBuffer frame(FrameType type, int flags, int correlationId, Consumer<PayloadWriter> payload) {
        return frame(type, flags, correlationId, null, payload);
    }

    static ByteBuffer frame(
            FrameType type, int flags, int correlationId, FrameSealer sealer, Consumer<PayloadWriter> payload) {
        FrameEncoder encoder = FrameEncoder.ofThread();
        payload.accept(encoder.begin(type, flags, correlationId));
        return CollectedFrames.copy(encoder.end(sealer));
    }

    static ByteBuffer heartbeat(int correlationId) {
        return frame(FrameType.HEARTBEAT, 0, correlationId, out -> HeartbeatPayload.encode(out, correlationId));
    }

    /** Both checksums, over whatever the frame holds now. */
    static ByteBuffer fixChecksums(ByteBuffer frame) {
        frame.putInt(
                FrameHeader.PAYLOAD_CHECKSUM_OFFSET,
                crc(frame.slice(FrameHeader.SIZE, frame.limit() - FrameHeader.SIZE)));
        return fixHeaderChecksum(frame);
    }

    static ByteBuffer fixHeaderChecksum(ByteBuffer frame) {
        return frame.putInt(
                FrameHeader.HEADER_CHECKSUM_OFFSET, crc(frame.slice(0, FrameHeader.HEADER_CHECKSUM_OFFSET)));
    }

    static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    /** A heartbeat whose payload is said to be this zstd frame. */
    static ByteBuffer compressed(ByteBuffer zstd) {
        ByteBuffer frame = frame(FrameType.HEARTBEAT, 0, 1, out -> out.bytes(zstd));
        return fixChecksums(frame.putShort(FrameHeader.FLAGS_OFFSET, (short) FrameFlags.COMPRESSED));
    }

    static CollectedFrames decode(ByteBuffer bytes) {
        CollectedFrames collected = new CollectedFrames();
        new FrameDecoder(MAX_PAYLOAD).decode(bytes, collected);
        return collected;
    }

    static ByteBuffer payloadOf(Consumer<PayloadWriter> payload) {
        return decode(frame(FrameType.HEARTBEAT, 0, 1, payload)).frames.get(0).payload();
    }

    static ByteBuffer concat(ByteBuffer... parts) {
        int size = 0;
        for (ByteBuffer part : parts) {
            size += part.remaining();
        }
        ByteBuffer all = ByteBuffer.allocate(size);
        for (ByteBuffer part : parts) {
            all.put(part.duplicate());
        }
        return all.flip();
    }

    static PortaskException assertFails(ErrorCode code, ThrowingRunnable action) {
        PortaskException failure = Assertions.catchThrowableOfType(PortaskException.class, action::run);
        assertThat(failure).as("expected %s", code).isNotNull();
        assertThat(failure.code()).as(failure.getMessage()).isEqualTo(code);
        assertThat(failure.getMessage()).isNotBlank().doesNotContain("\n");
        return failure;
    }

    interface ThrowingRunnable {
        void run() throws Exception;
    }
}
