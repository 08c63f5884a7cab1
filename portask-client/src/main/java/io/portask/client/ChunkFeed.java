package io.portask.client;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.ReceivedMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Messages out of the chunks that subscriptions bring. One thread reads at a time; everything else is for any. */
final class ChunkFeed {
    /**
     * Messages of one partition, in order.
     *
     * @param nextPosition the partition's position once all of them were taken
     */
    record Run(PartitionSubscription subscription, List<ReceivedMessage> messages, long nextPosition) {}

    private final ChunkQueue queue = new ChunkQueue();
    private final ChunkReader reader = new ChunkReader();
    private final Object decoding = new Object();
    private volatile boolean closed;

    ChunkQueue queue() {
        return queue;
    }

    /**
     * The next messages of one partition; waits for them, if so long.
     *
     * @param wanted chunks of other subscriptions are dropped, and their failures with them
     * @return null if there are none in time, or after {@link #wakeup()}
     * @throws PortaskException CLOSED, INTERRUPTED, CORRUPT_BATCH, and what ended a subscription
     */
    @Nullable
    Run next(int maxMessages, long timeoutNs, Predicate<PartitionSubscription> wanted) {
        long deadlineNs = System.nanoTime() + timeoutNs;
        while (true) {
            checkOpen();
            if (reader.isIdle()) {
                long leftNs = timeoutNs == 0 ? 0 : deadlineNs - System.nanoTime();
                Chunk chunk = leftNs > 0 ? queue.poll(leftNs) : queue.poll();
                if (chunk == null) {
                    checkOpen();
                    return null;
                }
                reader.begin(chunk);
            }
            Run run = read(maxMessages, wanted);
            if (run != null && !run.messages().isEmpty()) {
                return run;
            }
            if (run != null) {
                run.subscription().position(run.nextPosition());
            }
        }
    }

    /** Null where the chunk was dropped. */
    private @Nullable Run read(int maxMessages, Predicate<PartitionSubscription> wanted) {
        synchronized (decoding) {
            checkOpen();
            PartitionSubscription subscription = reader.subscription();
            if (!wanted.test(subscription)) {
                finish(subscription);
                return null;
            }
            List<ReceivedMessage> messages = new ArrayList<>();
            boolean finished = reader.read(messages, maxMessages);
            Run run = new Run(subscription, messages, reader.position());
            if (finished) {
                finish(subscription);
            }
            return run;
        }
    }

    private void finish(PartitionSubscription subscription) {
        Chunk done = reader.finish();
        queue.giveBack(done.batches());
        subscription.release(done.sizeInBytes());
    }

    private void checkOpen() {
        if (closed) {
            throw new PortaskException(ErrorCode.CLOSED, "The consumer is closed");
        }
    }

    boolean isClosed() {
        return closed;
    }

    /** Ends the wait of the thread that reads, or of the next one that would wait. */
    void wakeup() {
        queue.wakeup();
    }

    /** Idempotent. Whoever waits ends with CLOSED. */
    void close() {
        closed = true;
        queue.close();
        synchronized (decoding) {
            reader.close();
        }
    }
}
