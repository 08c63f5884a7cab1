package io.portask.record;

import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Zstandard over direct buffers. Making a context costs more than compressing a small batch, so a few are kept for the whole
 * process; each holds some hundred KiB of native memory. Any thread.
 */
final class Zstd {
    private static final int LEVEL = 1;
    private static final int MAX_KEPT = Math.max(2, Runtime.getRuntime().availableProcessors());

    /** The largest window, as a power of two, that a frame without a content size may ask for. */
    private static final int MAX_WINDOW_LOG = 24;

    private static final int FIRST_GUESS = 64 * 1024;
    private static final BlockingQueue<ZstdCompressCtx> COMPRESSORS = new ArrayBlockingQueue<>(MAX_KEPT);
    private static final BlockingQueue<ZstdDecompressCtx> DECOMPRESSORS = new ArrayBlockingQueue<>(MAX_KEPT);

    private Zstd() {}

    /**
     * Compresses the remaining bytes of {@code source} into {@code target} from its position on. Both are direct.
     *
     * @return the compressed size; -1 if it does not fit into the target
     */
    static int compress(ByteBuffer source, ByteBuffer target) {
        ZstdCompressCtx context = COMPRESSORS.poll();
        if (context == null) {
            context = new ZstdCompressCtx().setLevel(LEVEL).setContentSize(true);
        }
        try {
            return context.compressDirectByteBuffer(
                    target, target.position(), target.remaining(), source, source.position(), source.remaining());
        } catch (ZstdException e) {
            return -1;
        } finally {
            if (!COMPRESSORS.offer(context)) {
                context.close();
            }
        }
    }

    /**
     * Inflates one frame.
     *
     * @param source direct; its remaining bytes are the frame
     * @param scratch where to, if it is large enough
     * @return the content from 0 to its limit, in {@code scratch} or in a larger buffer
     * @throws PortaskException {@link ErrorCode#CORRUPT_BATCH}, or {@link ErrorCode#BATCH_TOO_LARGE} beyond {@code maxBytes}
     */
    static ByteBuffer decompress(ByteBuffer source, ByteBuffer scratch, int maxBytes) {
        long claimed = com.github.luben.zstd.Zstd.getDirectByteBufferFrameContentSize(
                source, source.position(), source.remaining());
        if (claimed > maxBytes) {
            throw tooLarge(maxBytes);
        }
        ZstdDecompressCtx context = DECOMPRESSORS.poll();
        if (context == null) {
            context = new ZstdDecompressCtx();
            context.setLongMax(MAX_WINDOW_LOG);
        }
        try {
            return claimed > 0
                    ? decompressKnown(context, source, scratch, (int) claimed)
                    : decompressStream(context, source, scratch, maxBytes);
        } catch (ZstdException e) {
            throw new PortaskException(
                    ErrorCode.CORRUPT_BATCH,
                    "Corrupt record batch: its zstd frame is damaged (" + e.getMessage() + ")",
                    e);
        } finally {
            context.reset();
            if (!DECOMPRESSORS.offer(context)) {
                context.close();
            }
        }
    }

    private static ByteBuffer decompressKnown(
            ZstdDecompressCtx context, ByteBuffer source, ByteBuffer scratch, int size) {
        ByteBuffer target = scratch.capacity() >= size ? scratch : ByteBuffer.allocateDirect(size);
        target.clear();
        int written =
                context.decompressDirectByteBuffer(target, 0, size, source, source.position(), source.remaining());
        return target.limit(written);
    }

    private static ByteBuffer decompressStream(
            ZstdDecompressCtx context, ByteBuffer source, ByteBuffer scratch, int maxBytes) {
        ByteBuffer frame = source.duplicate();
        ByteBuffer target =
                scratch.capacity() > 0 ? scratch : ByteBuffer.allocateDirect(Math.min(FIRST_GUESS, maxBytes));
        target.clear();
        while (true) {
            int readBefore = frame.position();
            int writtenBefore = target.position();
            if (context.decompressDirectByteBufferStream(target, frame)) {
                return finished(frame, target);
            }
            if (!target.hasRemaining()) {
                if (target.capacity() >= maxBytes) {
                    throw tooLarge(maxBytes);
                }
                ByteBuffer larger = ByteBuffer.allocateDirect((int) Math.min(maxBytes, target.capacity() * 2L));
                target = larger.put(target.flip());
            } else if (frame.position() == readBefore && target.position() == writtenBefore) {
                throw new PortaskException(
                        ErrorCode.CORRUPT_BATCH, "Corrupt record batch: its zstd frame is cut short");
            }
        }
    }

    private static ByteBuffer finished(ByteBuffer frame, ByteBuffer target) {
        if (frame.hasRemaining()) {
            throw new PortaskException(
                    ErrorCode.CORRUPT_BATCH,
                    "Corrupt record batch: " + frame.remaining() + " bytes follow its zstd frame");
        }
        return target.flip();
    }

    private static PortaskException tooLarge(int maxBytes) {
        return new PortaskException(
                ErrorCode.BATCH_TOO_LARGE, "A record batch would inflate to more than " + maxBytes + " bytes");
    }
}
