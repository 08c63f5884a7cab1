package io.portask.broker;

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
 * what came first. Any thread; no lock is held while an append runs.
 */
final class DeferredAppends {
    private final Map<String, Queue<Runnable>> waiting = new HashMap<>();
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
     * Runs the append, and all that queue up behind it, once the topic's lookup has ended in whatever way.
     *
     * @return completes as the append does
     */
    <T> CompletionStage<T> defer(String topic, CompletionStage<?> lookup, Supplier<CompletionStage<T>> append) {
        CompletableFuture<T> result = new CompletableFuture<>();
        boolean first;
        synchronized (waiting) {
            any = true;
            Queue<Runnable> queue = waiting.get(topic);
            first = queue == null;
            if (queue == null) {
                queue = new ArrayDeque<>();
                waiting.put(topic, queue);
            }
            queue.add(() -> append.get().whenComplete((value, error) -> {
                if (error == null) {
                    result.complete(value);
                } else {
                    result.completeExceptionally(PortaskException.of(error));
                }
            }));
        }
        if (first) {
            lookup.whenComplete((found, error) -> drain(topic));
        }
        return result;
    }

    private void drain(String topic) {
        while (true) {
            Runnable next;
            synchronized (waiting) {
                Queue<Runnable> queue = waiting.get(topic);
                next = queue == null ? null : queue.poll();
                if (next == null) {
                    waiting.remove(topic);
                    any = !waiting.isEmpty();
                    return;
                }
            }
            next.run();
        }
    }
}
