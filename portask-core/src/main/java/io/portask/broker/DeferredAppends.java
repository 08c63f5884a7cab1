package io.portask.broker;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Keeps appends in order while their topic is being looked up or created: what comes later for the same topic waits behind
 * what came first. What waits is bounded in bytes. Any thread; no lock is held while an append runs.
 */
final class DeferredAppends {
    static final long MAX_BYTES = 64L << 20;

    /** What an append that waits takes beside its batches or messages. */
    private static final int ENTRY_BYTES = 512;

    private record Deferred(CompletableFuture<?> lookup, long bytes, Runnable append) {
        void afterLookup(Runnable next) {
            CompletionStage<?> stage = lookup;
            stage.whenComplete((found, error) -> next.run());
        }
    }

    private final Map<String, Queue<Deferred>> waiting = new HashMap<>();
    private long waitingBytes;
    private volatile boolean any;

    /** Whether something of the topic waits, so that a new append must be deferred too. */
    boolean isWaiting(String topic) {
        if (!any) {
            return false;
        }
        synchronized (waiting) {
            return waiting.containsKey(topic);
        }
    }

    /**
     * Runs the append once the topic's lookup has ended in whatever way, and all that came before it for the topic ran.
     *
     * @param size the bytes that wait with it
     * @return completes as the append does; fails with {@link ErrorCode#OVERLOADED} where too much waits
     */
    <T> CompletionStage<T> defer(
            String topic, long size, CompletableFuture<?> lookup, Supplier<CompletionStage<T>> append) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Deferred entry = new Deferred(
                lookup,
                ENTRY_BYTES + size,
                () -> append.get().whenComplete((value, error) -> {
                    if (error == null) {
                        result.complete(value);
                    } else {
                        result.completeExceptionally(PortaskException.of(error));
                    }
                }));
        boolean first;
        synchronized (waiting) {
            if (waitingBytes > 0 && waitingBytes + entry.bytes() > MAX_BYTES) {
                return CompletableFuture.failedFuture(new PortaskException(
                        ErrorCode.OVERLOADED,
                        "Appends of " + MAX_BYTES + " bytes wait for their topics to be looked up. Try again later"));
            }
            waitingBytes += entry.bytes();
            any = true;
            Queue<Deferred> queue = waiting.get(topic);
            first = queue == null;
            if (queue == null) {
                queue = new ArrayDeque<>();
                waiting.put(topic, queue);
            }
            queue.add(entry);
        }
        if (first) {
            drain(topic);
        }
        return result;
    }

    /** Runs what waits for a topic, in order, up to the one whose lookup goes on, and there again when it has ended. */
    private void drain(String topic) {
        while (true) {
            Deferred next;
            boolean ready;
            synchronized (waiting) {
                Queue<Deferred> queue = waiting.get(topic);
                next = queue == null ? null : queue.peek();
                if (queue == null || next == null) {
                    waiting.remove(topic);
                    any = !waiting.isEmpty();
                    return;
                }
                ready = next.lookup().isDone();
                if (ready) {
                    queue.remove();
                    waitingBytes -= next.bytes();
                }
            }
            if (!ready) {
                next.afterLookup(() -> drain(topic));
                return;
            }
            next.append().run();
        }
    }
}
