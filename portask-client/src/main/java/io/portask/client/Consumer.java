package io.portask.client;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.ReceivedMessage;
import io.portask.record.TopicPartition;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Reads by polling, on the caller's threads. Messages of a partition come in order, each once, also over lost connections. One
 * thread polls at a time; everything else is for any thread.
 */
public final class Consumer implements AutoCloseable {
    private final ConsumerCore core;
    private final Runnable onClose;

    Consumer(ConsumerCore core, Runnable onClose) {
        this.core = core;
        this.onClose = onClose;
    }

    /**
     * The next messages, at most {@link ConsumerConfig#maxPollMessages()}; waits for the first of them.
     *
     * @return in order per partition; empty if none came in time, or after {@link #wakeup()}
     * @throws PortaskException {@link ErrorCode#CLOSED}; {@link ErrorCode#INTERRUPTED}, which loses nothing; {@link
     *     ErrorCode#CORRUPT_BATCH} naming the place, again at each poll, the position staying before it; {@link
     *     ErrorCode#UNKNOWN_TOPIC}, {@link ErrorCode#OFFSET_OUT_OF_RANGE} and what else ended the reading for good
     */
    public List<ReceivedMessage> poll(Duration timeout) {
        int max = core.config().maxPollMessages();
        ChunkFeed.Run run = core.next(max, Blocking.nanosOf(timeout));
        if (run == null) {
            return List.of();
        }
        List<ReceivedMessage> messages = run.messages();
        while (run != null) {
            run.subscription().position(run.nextPosition());
            run = messages.size() < max ? nextAtHand(max - messages.size()) : null;
            if (run != null) {
                messages.addAll(run.messages());
            }
        }
        return messages;
    }

    /** What is there; an error is left for the next poll, which finds it again. */
    private ChunkFeed.@Nullable Run nextAtHand(int maxMessages) {
        try {
            return core.next(maxMessages, 0);
        } catch (PortaskException e) {
            return null;
        }
    }

    /** For each partition the offset after what polls have returned; where reading began, before the first message. */
    public Map<TopicPartition, Long> positions() {
        return core.positions();
    }

    /** For each partition its end as last heard of. */
    public Map<TopicPartition, Long> endOffsets() {
        return core.endOffsets();
    }

    /** Commits {@link #positions()} under the consumer's name, and waits for it. */
    public void commit() {
        core.commit(positions());
    }

    /** Commits the next offsets wanted, as given, under the consumer's name, and waits for it. */
    public void commit(Map<TopicPartition, Long> offsets) {
        core.commit(offsets);
    }

    /** Commits {@link #positions()} under the consumer's name. */
    public CompletionStage<@Nullable Void> commitAsync() {
        return core.commitAsync(positions());
    }

    /** Makes a poll that waits, or else the next one, return at once. */
    public void wakeup() {
        core.wakeup();
    }

    /** Stops reading; commits nothing. Idempotent. */
    @Override
    public void close() {
        onClose.run();
        core.close();
    }
}
