package io.portask.record;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Compresses the records of batches, level 1, with one reused native context and output buffer. One thread at a time. */
final class ZstdPacker implements AutoCloseable {
    private static final int LEVEL = 1;

    private @Nullable ZstdCompressCtx context;
    private ByteBuffer output = ByteBuffer.allocateDirect(0);

    /**
     * Compresses {@code length} bytes of a direct buffer into one frame that names its content size. The frame lies in
     * {@link #output()} from {@code headroom} on, until the next call.
     *
     * @return the frame's size
     */
    int pack(ByteBuffer source, int position, int length, int headroom) {
        if (context == null) {
            context = new ZstdCompressCtx().setLevel(LEVEL).setContentSize(true);
        }
        int bound = Math.toIntExact(Zstd.compressBound(length));
        if (output.capacity() - headroom < bound) {
            output = ByteBuffer.allocateDirect(headroom + bound);
        }
        return context.compressDirectByteBuffer(output.clear(), headroom, bound, source, position, length);
    }

    ByteBuffer output() {
        return output;
    }

    @Override
    public void close() {
        if (context != null) {
            context.close();
            context = null;
        }
    }
}
