package io.portask.http.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PiecewiseGzipTest {
    private static final int LENGTH = 300_000;

    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private int ends;

    private void compressTo(OutputStream target) {
        PiecewiseGzip gzip = of(target);
        gzip.close();
        runTasks();
    }

    private PiecewiseGzip of(OutputStream target) {
        PiecewiseGzip gzip = new PiecewiseGzip(target, LENGTH, tasks::add, () -> ends++);
        byte[] noise = new byte[LENGTH];
        new Random(1).nextBytes(noise);
        gzip.write(noise, 0, LENGTH);
        return gzip;
    }

    private void runTasks() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    /** Takes the head, which is 10 bytes, and so many bytes of the body. */
    private OutputStream failingAfter(int bytes, boolean unexpectedly) {
        return new OutputStream() {
            private int taken;

            @Override
            public void write(int octet) throws IOException {
                taken++;
                if (taken > bytes) {
                    if (unexpectedly) {
                        throw new IllegalStateException("broken");
                    }
                    throw new IOException("gone");
                }
            }
        };
    }

    @Test
    void whateverFailsTheExchangeIsEnded() {
        compressTo(failingAfter(0, false));
        assertThat(ends).isEqualTo(1);
        compressTo(failingAfter(100_000, false));
        assertThat(ends).isEqualTo(2);
        compressTo(failingAfter(100_000, true));
        assertThat(ends).isEqualTo(3);
    }

    @Test
    void nothingMoreIsCompressedForWhomNobodyWaits() {
        PiecewiseGzip gzip = of(written);
        gzip.close();
        int first = written.size();
        assertThat(first).isGreaterThan(10);
        gzip.end();
        runTasks();
        assertThat(written.size()).isEqualTo(first);
        assertThat(ends).isZero();
    }
}
