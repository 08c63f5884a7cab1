package io.portask.broker;

import io.portask.error.PortaskException;
import io.portask.store.FetchResult;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Brings what was read from the store's thread to a reader's own, such as a connection's, one read at a time, and sees to it
 * that a result which nobody will use is closed. Used on the reader's thread.
 */
public final class ReadHandover {
    /** Gets results on the reader's thread; at once, within {@link #await}, where the store completes at once. */
    public interface Receiver {
        /** Takes the result. */
        void onRead(FetchResult result);

        /** The read failed. */
        void onReadFailed(PortaskException error);
    }

    private static final Object CLOSED = new Object();

    private final Executor thread;
    private final Receiver receiver;
    /** A result on its way, or {@link #CLOSED}, or null. */
    private final AtomicReference<@Nullable Object> slot = new AtomicReference<>();

    /** @param thread runs tasks on the reader's thread, one after the other */
    public ReadHandover(Executor thread, Receiver receiver) {
        this.thread = thread;
        this.receiver = receiver;
    }

    /** Waits for a read; one at a time. */
    public void await(CompletionStage<FetchResult> read) {
        CompletableFuture<FetchResult> future = read.toCompletableFuture();
        if (future.isDone()) {
            receive(future);
        } else {
            read.whenComplete(this::handOver);
        }
    }

    private void receive(CompletableFuture<FetchResult> done) {
        FetchResult result;
        try {
            result = done.join();
        } catch (CompletionException e) {
            receiver.onReadFailed(PortaskException.of(e));
            return;
        }
        receiver.onRead(result);
    }

    private void handOver(@Nullable FetchResult result, @Nullable Throwable error) {
        if (result == null) {
            PortaskException failure = PortaskException.of(
                    error == null ? new IllegalStateException("a read completed with nothing") : error);
            thread.execute(() -> fail(failure));
        } else if (slot.compareAndSet(null, result)) {
            thread.execute(this::take);
        } else {
            result.close();
        }
    }

    private void take() {
        Object arrived = slot.get();
        if (arrived instanceof FetchResult result && slot.compareAndSet(result, null)) {
            receiver.onRead(result);
        }
    }

    private void fail(PortaskException failure) {
        if (slot.get() != CLOSED) {
            receiver.onReadFailed(failure);
        }
    }

    /** Nothing is received any more. Idempotent. */
    public void close() {
        if (slot.getAndSet(CLOSED) instanceof FetchResult unused) {
            unused.close();
        }
    }
}
