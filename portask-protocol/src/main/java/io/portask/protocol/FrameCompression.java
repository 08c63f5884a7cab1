package io.portask.protocol;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;

/**
 * Payload compression: one zstd frame with its content size. Native contexts are costly to make, so they are lent out and
 * taken back; there are never more than were used at the same time. Any thread. Target buffers are direct.
 */
final class FrameCompression {
    private static final int LEVEL = 1;
    private static final ConcurrentLinkedQueue<ZstdCompressCtx> COMPRESSORS = new ConcurrentLinkedQueue<>();
    private static final ConcurrentLinkedQueue<ZstdDecompressCtx> DECOMPRESSORS = new ConcurrentLinkedQueue<>();

    private FrameCompression() {}

    static int maxDeflatedSize(int size) {
        return Math.toIntExact(Zstd.compressBound(size));
    }

    /** Compresses from one direct buffer to the start of another, which has {@link #maxDeflatedSize}; returns the size. */
    static int deflate(ByteBuffer from, int offset, int size, ByteBuffer to) {
        ZstdCompressCtx context = take(COMPRESSORS, () -> new ZstdCompressCtx().setLevel(LEVEL));
        try {
            return context.compressDirectByteBuffer(to, 0, to.capacity(), from, offset, size);
        } finally {
            COMPRESSORS.add(context);
        }
    }

    /**
     * The size that the remaining bytes say they inflate to.
     *
     * @throws PortaskException {@link ErrorCode#BAD_COMPRESSION} if they hide it, or it is above {@code maxSize}
     */
    static int inflatedSize(ByteBuffer deflated, int maxSize) {
        int offset = deflated.position();
        int size = deflated.remaining();
        if (size == 0) {
            throw bad("it is empty");
        }
        long inflated = deflated.isDirect()
                ? Zstd.getDirectByteBufferFrameContentSize(deflated, offset, size)
                : Zstd.getFrameContentSize(deflated.array(), deflated.arrayOffset() + offset, size);
        if (inflated < 0) {
            throw bad("it is not a zstd frame that names its content size");
        }
        if (inflated > maxSize) {
            throw bad("it would inflate to " + inflated + " bytes, allowed are " + maxSize);
        }
        return (int) inflated;
    }

    /** Inflates the remaining bytes to the start of {@code to}, whose limit is the size that they must inflate to. */
    static void inflate(ByteBuffer deflated, ByteBuffer to) {
        ZstdDecompressCtx context = take(DECOMPRESSORS, ZstdDecompressCtx::new);
        int offset = deflated.position();
        int size = deflated.remaining();
        try {
            int inflated = deflated.isDirect()
                    ? context.decompressDirectByteBuffer(to, 0, to.limit(), deflated, offset, size)
                    : context.decompressByteArrayToDirectByteBuffer(
                            to, 0, to.limit(), deflated.array(), deflated.arrayOffset() + offset, size);
            if (inflated != to.limit()) {
                throw bad("it inflates to " + inflated + " bytes, but names " + to.limit());
            }
        } catch (ZstdException e) {
            throw bad("it is damaged (" + e.getMessage() + ")");
        } finally {
            DECOMPRESSORS.add(context);
        }
    }

    private static <T> T take(ConcurrentLinkedQueue<T> idle, Supplier<T> maker) {
        T context = idle.poll();
        return context != null ? context : maker.get();
    }

    private static PortaskException bad(String what) {
        return new PortaskException(ErrorCode.BAD_COMPRESSION, "Bad compressed payload: " + what);
    }
}
