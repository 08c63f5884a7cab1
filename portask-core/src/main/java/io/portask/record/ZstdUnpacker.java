package io.portask.record;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Decompresses the records of batches, with one reused native context and output buffer. One thread at a time.
 *
 * <p>A frame's claimed content size is only believed where the frame is long enough to make it likely; otherwise, and where
 * none is claimed (Kafka's own clients stream and so write none), the output doubles until the content fits. Decompressing
 * again costs at most as much as the last round, and keeps the native window out of memory.
 */
final class ZstdUnpacker implements AutoCloseable {
    private static final int LIKELY_RATIO = 32;
    private static final int MIN_OUTPUT = 4096;

    private @Nullable ZstdDecompressCtx context;
    private ByteBuffer input = ByteBuffer.allocateDirect(0);
    private ByteBuffer output = ByteBuffer.allocateDirect(0);

    /**
     * The content of the frames in {@code length} bytes from {@code position}: a buffer from position 0 to its limit, valid
     * until the next call.
     *
     * @throws PortaskException {@link ErrorCode#BATCH_TOO_LARGE} if it is more than {@code maxBytes}; {@link
     *     ErrorCode#CORRUPT_BATCH} if it is damaged
     */
    ByteBuffer unpack(ByteBuffer source, int position, int length, int maxBytes) {
        if (context == null) {
            context = new ZstdDecompressCtx();
        }
        ByteBuffer direct = source;
        int at = position;
        if (!source.isDirect()) {
            direct = copyToInput(source, position, length);
            at = 0;
        }
        long claimed = length == 0 ? 0 : Zstd.getDirectByteBufferFrameContentSize(direct, at, length);
        if (claimed > maxBytes) {
            throw tooLarge(maxBytes);
        }
        reserve(claimed > 0 && claimed / LIKELY_RATIO <= length ? claimed : 4L * length, maxBytes);
        while (true) {
            int room = Math.min(output.capacity(), maxBytes);
            try {
                int size = context.decompressDirectByteBuffer(output.clear(), 0, room, direct, at, length);
                return output.limit(size);
            } catch (ZstdException e) {
                if (e.getErrorCode() != Zstd.errDstSizeTooSmall()) {
                    throw new PortaskException(
                            ErrorCode.CORRUPT_BATCH, "Corrupt record batch: zstd says: " + e.getMessage(), e);
                }
                if (room == maxBytes) {
                    throw tooLarge(maxBytes);
                }
                reserve(2L * room, maxBytes);
            }
        }
    }

    private void reserve(long wanted, int maxBytes) {
        int size = (int) Math.min(maxBytes, Math.max(MIN_OUTPUT, wanted));
        if (output.capacity() < size) {
            output = ByteBuffer.allocateDirect(size);
        }
    }

    private ByteBuffer copyToInput(ByteBuffer source, int position, int length) {
        if (input.capacity() < length) {
            input = ByteBuffer.allocateDirect(Math.max(MIN_OUTPUT, length));
        }
        input.clear().put(0, source, position, length);
        return input;
    }

    private static PortaskException tooLarge(int maxBytes) {
        return new PortaskException(
                ErrorCode.BATCH_TOO_LARGE, "A compressed batch holds more than the " + maxBytes + " bytes allowed");
    }

    @Override
    public void close() {
        if (context != null) {
            context.close();
            context = null;
        }
    }
}
