package io.portask.broker;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
import io.portask.store.FetchResult;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One reader's place in a partition: it reads whole batches, moves on past them, and can ask to be woken when there is more.
 *
 * <p>Used by one thread at a time, and one read at a time. A cursor that waits costs a set's entry; a cursor that nobody reads costs
 * nothing else. The typical loop: {@link #read} until the result is empty, then {@link #arm}; if that says false, read again.
 */
public final class Cursor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Cursor.class);

    private final Broker broker;
    private final PartitionHub hub;
    private final Runnable onMoreData;
    private final AtomicBoolean armed = new AtomicBoolean();
    private volatile long position;
    private volatile boolean closed;

    Cursor(Broker broker, PartitionHub hub, long position, Runnable onMoreData) {
        this.broker = broker;
        this.hub = hub;
        this.position = position;
        this.onMoreData = onMoreData;
    }

    public TopicPartition partition() {
        return hub.partition();
    }

    /** The next offset wanted. A read may begin with older records of the same batch; skip what is before it. */
    public long position() {
        return position;
    }

    /** The newest end of the partition known here. */
    public long endOffset() {
        return hub.endOffset();
    }

    public void seek(long offset) {
        position = offset;
    }

    /** Closes this one, whose read may still run, and goes on at an offset with another. */
    Cursor restartedAt(long offset) {
        close();
        return new Cursor(broker, hub, offset, onMoreData);
    }

    /**
     * The next whole batches, at least one if there is one; empty at the end. Moves the position past them. Where the wanted
     * messages were trimmed meanwhile, it goes on at the oldest one kept, which the result's start offset shows. Fails with
     * {@link ErrorCode#UNKNOWN_TOPIC} once the topic was deleted, also where one of the same name was created since.
     *
     * @return completes at once where the store does
     */
    public CompletionStage<FetchResult> read(int maxBytes) {
        return broker.counted(() -> tryRead(maxBytes));
    }

    private CompletionStage<FetchResult> tryRead(int maxBytes) {
        if (closed) {
            throw new PortaskException(ErrorCode.CLOSED, "The cursor is closed");
        }
        if (hub.isRetired()) {
            throw deleted();
        }
        long wanted = position;
        long knownEnd = hub.endOffset();
        CompletableFuture<FetchResult> fetched =
                broker.read(hub.partition(), wanted, maxBytes).toCompletableFuture();
        if (fetched.isDone() && !fetched.isCompletedExceptionally()) {
            advance(fetched.join(), knownEnd);
            return fetched;
        }
        return fetched.handle((result, error) -> error == null
                        ? CompletableFuture.completedFuture(advance(result, knownEnd))
                        : rereadAfterTrim(error, wanted, knownEnd, maxBytes))
                .thenCompose(reread -> reread);
    }

    private FetchResult advance(FetchResult result, long knownEnd) {
        if (hub.isRetired() || result.endOffset() < knownEnd) {
            result.close();
            throw deleted();
        }
        position = result.nextOffset();
        hub.onEndMoved(result.endOffset());
        return result;
    }

    private CompletionStage<FetchResult> rereadAfterTrim(Throwable error, long wanted, long knownEnd, int maxBytes) {
        PortaskException failure = PortaskException.of(error);
        if (isGone(failure)) {
            throw deleted();
        }
        if (failure.code() != ErrorCode.OFFSET_OUT_OF_RANGE) {
            return CompletableFuture.failedFuture(failure);
        }
        return broker.store().describePartition(hub.partition()).thenCompose(info -> {
            if (info.endOffset() < knownEnd) {
                throw deleted();
            }
            if (wanted >= info.startOffset()) {
                return CompletableFuture.<FetchResult>failedFuture(failure);
            }
            position = info.startOffset();
            return broker.read(hub.partition(), info.startOffset(), maxBytes)
                    .thenApply(result -> advance(result, knownEnd));
        });
    }

    /** The partition was there when the cursor was opened, and topics never lose one. */
    private static boolean isGone(PortaskException failure) {
        return failure.code() == ErrorCode.UNKNOWN_TOPIC || failure.code() == ErrorCode.UNKNOWN_PARTITION;
    }

    /** Ends never go back, so one that did belongs to another topic of the same name. */
    private PortaskException deleted() {
        broker.forget(hub);
        return new PortaskException(
                ErrorCode.UNKNOWN_TOPIC,
                "Topic '" + hub.partition().topic() + "' was deleted while it was read. Begin anew");
    }

    /**
     * Asks to be woken once when the partition grows beyond the position, or is deleted.
     *
     * @return false if it has grown already: read again, nobody will call. True: the callback given when the cursor was
     *     opened is run once, on any thread; it must be quick.
     */
    public boolean arm() {
        if (hub.endOffset() > position) {
            return false;
        }
        if (!armed.compareAndSet(false, true)) {
            return true;
        }
        boolean waiting = hub.await(this);
        if (!waiting || hub.endOffset() > position || closed) {
            hub.forget(this);
            return !armed.compareAndSet(true, false);
        }
        return true;
    }

    /** Whether the topic is gone, as far as is known here. */
    public boolean isDeleted() {
        return hub.isRetired();
    }

    void wake() {
        if (armed.compareAndSet(true, false) && !closed) {
            try {
                onMoreData.run();
            } catch (RuntimeException e) {
                LOG.error("Whoever reads {} failed on being told of more", hub.partition(), e);
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        armed.set(false);
        hub.forget(this);
    }
}
