package io.portask.protocol;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What decoding and encoding need for a moment and a connection should not keep: one for each thread that does it. Buffers
 * grow to the largest payload seen, which the frame limit bounds.
 */
final class CodecScratch {
    private static final ThreadLocal<CodecScratch> OF_THREAD = ThreadLocal.withInitial(CodecScratch::new);
    private static final int MIN_SIZE = 4096;

    private final FrameHeader header = new FrameHeader();
    private final CRC32C crc = new CRC32C();
    private ByteBuffer opened = ByteBuffer.allocateDirect(0);
    private ByteBuffer inflated = ByteBuffer.allocateDirect(0);
    private @Nullable FrameAead aead;

    static CodecScratch ofThread() {
        return OF_THREAD.get();
    }

    FrameHeader header() {
        return header;
    }

    FrameAead aead() {
        FrameAead known = aead;
        if (known == null) {
            known = new FrameAead();
            aead = known;
        }
        return known;
    }

    /** CRC32C of the remaining bytes; the position stays. */
    int checksum(ByteBuffer bytes) {
        int position = bytes.position();
        crc.reset();
        crc.update(bytes);
        bytes.position(position);
        return (int) crc.getValue();
    }

    /** A cleared buffer for a decrypted payload. */
    ByteBuffer opened(int size) {
        opened = withCapacity(opened, size);
        return opened.clear();
    }

    /** A cleared buffer for an inflated payload. */
    ByteBuffer inflated(int size) {
        inflated = withCapacity(inflated, size);
        return inflated.clear();
    }

    /** The same direct buffer, or a larger one without the old one's content. */
    static ByteBuffer withCapacity(ByteBuffer buffer, int size) {
        return buffer.capacity() >= size ? buffer : ByteBuffer.allocateDirect(grownSize(size));
    }

    static int grownSize(int size) {
        int powerOfTwo = Integer.highestOneBit(Math.max(size, MIN_SIZE) - 1) << 1;
        return powerOfTwo > 0 ? powerOfTwo : size;
    }
}
