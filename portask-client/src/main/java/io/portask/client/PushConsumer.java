package io.portask.client;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.ReceivedMessage;
import io.portask.record.TopicPartition;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads and hands each message to a {@link MessageHandler}, on a thread of its own: a daemon that ends with {@link #close()} or
 * with the error that ends the reading. The methods are for any thread.
 */
public final class PushConsumer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PushConsumer.class);
    private static final long FOREVER_NS = Long.MAX_VALUE / 2;
    private static final int JOIN_MS = 5_000;

    private final ConsumerCore core;
    private final MessageHandler handler;
    private final Runnable onClose;
    private final Thread thread;

    private PushConsumer(ConsumerCore core, MessageHandler handler, Runnable onClose) {
        this.core = core;
        this.handler = handler;
        this.onClose = onClose;
        thread = new Thread(this::run, "portask-consumer-" + core.config().topic());
        thread.setDaemon(true);
    }

    static PushConsumer start(ConsumerCore core, MessageHandler handler, Runnable onClose) {
        PushConsumer consumer = new PushConsumer(core, handler, onClose);
        consumer.thread.start();
        return consumer;
    }

    private void run() {
        try {
            while (!core.isClosed()) {
                ChunkFeed.Run run = core.next(core.config().maxPollMessages(), FOREVER_NS);
                if (run != null) {
                    deliver(run);
                }
            }
        } catch (RuntimeException | Error e) {
            if (!core.isClosed()) {
                end(PortaskException.of(e));
            }
        }
    }

    private void deliver(ChunkFeed.Run run) {
        for (ReceivedMessage message : run.messages()) {
            if (core.isClosed()) {
                return;
            }
            handler.onMessage(message);
            run.subscription().position(message.offset() + 1);
        }
        run.subscription().position(run.nextPosition());
    }

    private void end(PortaskException failure) {
        onClose.run();
        core.close();
        try {
            handler.onError(failure);
        } catch (RuntimeException | Error e) {
            LOG.warn("A handler failed when told of {}", failure.code(), e);
        }
    }

    /** For each partition the offset after the last message that the handler has taken. */
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

    /** Commits {@link #positions()} under the consumer's name. */
    public CompletionStage<@Nullable Void> commitAsync() {
        return core.commitAsync(positions());
    }

    /**
     * No call of the handler begins after this one returns. Waits a bounded time for one that runs, unless called by it.
     * Idempotent.
     *
     * @throws PortaskException {@link ErrorCode#INTERRUPTED} if the waiting was interrupted; the consumer is closed then too
     */
    @Override
    public void close() {
        onClose.run();
        core.close();
        if (Thread.currentThread() == thread) {
            return;
        }
        try {
            thread.join(JOIN_MS);
            if (thread.isAlive()) {
                LOG.warn(
                        "A handler of {} did not return within {} ms of closing",
                        core.config().topic(),
                        JOIN_MS);
            }
        } catch (InterruptedException e) {
            throw Blocking.interrupted(e);
        }
    }
}
