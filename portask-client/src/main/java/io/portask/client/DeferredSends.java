package io.portask.client;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Message;
import io.portask.record.PublishResult;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends without ever waiting: messages whose topic's partitions are not known yet queue up, in order, until they are. Any
 * thread.
 */
final class DeferredSends {
    private static final int MAX_WAITING = 10_000;

    private record Waiting(Message message, FutureCallback callback) {}

    private final Producer producer;
    private final Map<String, Queue<Waiting>> waiting = new HashMap<>();
    private int count;

    DeferredSends(Producer producer) {
        this.producer = producer;
    }

    CompletionStage<PublishResult> send(Message message) {
        boolean first;
        FutureCallback callback = new FutureCallback();
        synchronized (waiting) {
            Queue<Waiting> queue = waiting.get(message.topic());
            if (queue == null && producer.isRouted(message)) {
                return producer.send(message);
            }
            if (count == MAX_WAITING) {
                return CompletableFuture.failedFuture(new PortaskException(
                        ErrorCode.OVERLOADED,
                        MAX_WAITING + " messages wait for the partitions of their topics; try again later"));
            }
            first = queue == null;
            if (queue == null) {
                queue = new ArrayDeque<>();
                waiting.put(message.topic(), queue);
            }
            queue.add(new Waiting(message, callback));
            count++;
        }
        if (first) {
            var unused = producer.lookUp(message.topic())
                    .whenComplete((partitions, error) ->
                            drain(message.topic(), error == null ? null : PortaskException.of(error)));
        }
        return callback.result();
    }

    private void drain(String topic, @Nullable PortaskException failure) {
        while (true) {
            Waiting next;
            synchronized (waiting) {
                Queue<Waiting> queue = waiting.get(topic);
                next = queue == null ? null : queue.poll();
                if (next == null) {
                    waiting.remove(topic);
                    waiting.notifyAll();
                    return;
                }
                count--;
            }
            try {
                if (failure != null) {
                    throw failure;
                }
                producer.send(next.message(), next.callback());
            } catch (RuntimeException e) {
                next.callback().result().completeExceptionally(PortaskException.of(e));
            }
        }
    }

    /** Waits until the producer has taken everything that waits here; an interrupt or the time ends the waiting. */
    void flush(long timeoutMs) {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        synchronized (waiting) {
            try {
                for (long leftNs = deadlineNs - System.nanoTime();
                        !waiting.isEmpty() && leftNs > 0;
                        leftNs = deadlineNs - System.nanoTime()) {
                    TimeUnit.NANOSECONDS.timedWait(waiting, leftNs);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
