package io.portask.store.log;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/** Keeps a background task below a number of bytes per second, so that others get at the disk. One thread. */
final class IoPace {
    /** Shorter pauses are saved up. */
    private static final long MIN_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(5);

    private final long bytesPerSecond;
    private final LongSupplier nanoTime;
    private final LongConsumer pause;
    private long aheadNs;
    private long lastNs;

    IoPace(long bytesPerSecond) {
        this(bytesPerSecond, System::nanoTime, LockSupport::parkNanos);
    }

    IoPace(long bytesPerSecond, LongSupplier nanoTime, LongConsumer pause) {
        this.bytesPerSecond = bytesPerSecond;
        this.nanoTime = nanoTime;
        this.pause = pause;
        this.lastNs = nanoTime.getAsLong();
    }

    /** Waits until these bytes, which were just read, fit into the pace. What was not used while idle is not saved up. */
    void onRead(int bytes) {
        long now = nanoTime.getAsLong();
        aheadNs = Math.max(0, aheadNs - (now - lastNs)) + bytes * TimeUnit.SECONDS.toNanos(1) / bytesPerSecond;
        lastNs = now;
        if (aheadNs >= MIN_PAUSE_NS) {
            pause.accept(aheadNs);
        }
    }
}
