package io.portask.launcher;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Remembers that data could not be written, for those who write through a {@link java.io.PrintWriter} that tells nobody.
 * A reader who has had enough (a broken pipe) is no failure.
 */
final class DataOutput extends FilterOutputStream {
    private volatile @Nullable IOException failure;

    DataOutput(OutputStream out) {
        super(out);
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            if (!isBrokenPipe(e)) {
                failure = e;
            }
            throw e;
        }
    }

    /** The last failure; null if there was none. */
    @Nullable
    IOException failure() {
        return failure;
    }

    static boolean isBrokenPipe(IOException error) {
        return "Broken pipe".equals(error.getMessage());
    }
}
