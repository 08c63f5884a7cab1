package io.portask.store.log;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.function.BooleanSupplier;

/** The bound on what the cleaner reads and writes, and its end when the store closes. One thread. */
final class CleaningPace {
    private final IoPace pace;
    private final BooleanSupplier stopping;

    /** @param stopping whether work is to end; the pauses of {@code pace} end then too */
    CleaningPace(IoPace pace, BooleanSupplier stopping) {
        this.pace = pace;
        this.stopping = stopping;
    }

    /** @throws InterruptedIOException if the work is to end */
    void spend(int bytes) throws IOException {
        pace.onRead(bytes);
        if (stopping.getAsBoolean()) {
            throw new InterruptedIOException("The store is closing");
        }
    }
}
