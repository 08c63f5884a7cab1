package io.portask.broker;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
import io.portask.store.FetchResult;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One reader's place in a partition: it reads whole batches, moves on past them, and can ask to be woken when there is more.
 *
 * <p>Used by one thread at a time, and one read at a time. A cursor that waits costs a list entry; a cursor that nobody reads costs
 * nothing else. The typical loop: {@link #read} until the result is empty, then {@link #arm}; if that says false, read again.
 */
public final class Cursor implements AutoCloseable {
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

    /**
     * The next whole batches, at least one if there is one; empty at the end. Moves the position past them. Where the wanted
     * messages were trimmed meanwhile, it goes on at the oldest one kept, which the result's start offset shows.
     *
     * @return completes at once where the store does
     */
    public CompletionStage<FetchResult> read(int maxBytes) {
        if (closed) {
            return CompletableFuture.failedFuture(new PortaskException(ErrorCode.CLOSED, "The cursor is closed"));
        }
        long wanted = position;
        CompletableFuture<FetchResult> fetched =
                broker.fetchAsync(hub.partition(), wanted, maxBytes).toCompletableFuture();
        if (fetched.isDone() && !fetched.isCompletedExceptionally()) {
            advance(fetched.join());
            return fetched;
        }
        return fetched.thenApply(this::advance).exceptionallyCompose(error -> rereadAfterTrim(error, wanted, maxBytes));
    }

    private FetchResult advance(FetchResult result) {
        position = result.nextOffset();
        hub.onEndMoved(result.endOffset());
        return result;
    }

    private CompletionStage<FetchResult> rereadAfterTrim(Throwable error, long wanted, int maxBytes) {
        PortaskException failure = PortaskException.of(error);
        if (failure.code() != ErrorCode.OFFSET_OUT_OF_RANGE) {
            return CompletableFuture.failedFuture(failure);
        }
        return broker.store().describePartition(hub.partition()).thenCompose(info -> {
            if (wanted >= info.startOffset()) {
                return CompletableFuture.<FetchResult>failedFuture(failure);
            }
            position = info.startOffset();
            return broker.fetchAsync(hub.partition(), info.startOffset(), maxBytes)
                    .thenApply(this::advance);
        });
    }

    /**
     * Asks to be woken once when the partition grows beyond the position.
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
        if ((!waiting || hub.endOffset() > position || closed) && armed.compareAndSet(true, false)) {
            hub.forget(this);
            return false;
        }
        return true;
    }

    void wake() {
        if (armed.compareAndSet(true, false) && !closed) {
            onMoreData.run();
        }
    }

    @Override
    public void close() {
        closed = true;
        if (armed.compareAndSet(true, false)) {
            hub.forget(this);
        }
    }
}
