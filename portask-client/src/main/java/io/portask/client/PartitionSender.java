package io.portask.client;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.net.Connection;
import io.portask.record.Durability;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends the batches of one partition in order, several at a time, and sends again what was not stored, in the same order and
 * under the same sequence numbers. On the loop's thread, but for {@link #settled()}.
 *
 * <p>Nothing is sent again while something of the partition is on the wire: first every batch is answered, then all that need it
 * go out again. Where a batch was failed for good, its sequence numbers leave a gap that the store will not pass. The batches
 * behind it then begin a new producer epoch; not before it is certain of each that it was not stored, which the store says with
 * OUT_OF_ORDER_SEQUENCE, and where the answer was lost, to the same batch sent again.
 */
final class PartitionSender {
    private static final int RETRY_MIN_MS = 20;
    private static final int RETRY_MAX_MS = 1_000;

    private final ProducerCore core;
    private final TopicPartition partition;
    private final ProducerConfig config;
    private final ClientLoop loop;
    private final PartitionAccumulator accumulator;
    private final ProducerIdentity identity;
    private final Backoff backoff;
    /** Taken and not answered, in order. */
    private final Deque<ProducerBatch> queue = new ArrayDeque<>();

    private @Nullable ClientSession session;
    private int onWire;
    private boolean resending;
    private boolean gap;
    private boolean awaitingRoom;
    private Connection.@Nullable Timer retryTimer;
    private Connection.@Nullable Timer lingerTimer;
    private long taken;
    private volatile long settled;

    PartitionSender(ProducerCore core, TopicPartition partition, BatchPool pool, ClientLoop loop) {
        this.core = core;
        this.partition = partition;
        this.config = core.config();
        this.loop = loop;
        this.identity = new ProducerIdentity(core.random(), core.producerId());
        this.backoff = new Backoff(RETRY_MIN_MS, RETRY_MAX_MS, core.random());
        this.accumulator = new PartitionAccumulator(
                this, pool, loop, TimeUnit.MILLISECONDS.toNanos(core.config().lingerMs()));
    }

    TopicPartition partition() {
        return partition;
    }

    PartitionAccumulator accumulator() {
        return accumulator;
    }

    @Nullable
    Durability durability() {
        return config.durability();
    }

    /** All batches up to this ordinal are acknowledged or failed. Any thread. */
    long settled() {
        return settled;
    }

    void onReady(ClientSession ready) {
        session = ready;
        pump();
    }

    void onLost() {
        session = null;
        awaitingRoom = false;
    }

    void onRoom() {
        awaitingRoom = false;
        pump();
    }

    /** Sends what may be sent now. */
    void pump() {
        ClientSession current = session;
        if (current == null || !current.isReady() || retryTimer != null) {
            return;
        }
        if (resending || gap) {
            if (onWire == 0) {
                recover(current);
            }
            if (resending || gap) {
                return;
            }
        }
        while (queue.size() < config.effectiveInFlight()) {
            if (!hasRoom(current)) {
                return;
            }
            ProducerBatch next = accumulator.take(queue.isEmpty(), loop.nanoTime());
            if (next == null) {
                lingerOn();
                return;
            }
            taken = next.ordinal();
            queue.add(next);
            if (config.idempotent()) {
                identity.stamp(next);
            }
            send(current, next);
        }
    }

    private boolean hasRoom(ClientSession current) {
        if (!current.isWritable() && !awaitingRoom) {
            awaitingRoom = true;
            core.awaitRoom(this);
        }
        return !awaitingRoom;
    }

    private void lingerOn() {
        long ns = accumulator.lingersForNs(loop.nanoTime());
        if (ns >= 0 && lingerTimer == null) {
            lingerTimer = loop.schedule(TimeUnit.NANOSECONDS.toMillis(ns) + 1, () -> {
                lingerTimer = null;
                pump();
            });
        }
    }

    /** With nothing on the wire: closes a gap if that is safe, and sends everything again. */
    private void recover(ClientSession current) {
        ProducerBatch first = queue.peek();
        if (gap && (first == null || first.isRefused())) {
            identity.renew();
            queue.forEach(identity::stamp);
            gap = false;
        }
        resending = false;
        for (ProducerBatch batch : queue) {
            send(current, batch);
        }
    }

    private void send(ClientSession current, ProducerBatch batch) {
        batch.onWire(true);
        batch.refused(false);
        onWire++;
        current.send(batch);
    }

    void onStored(ProducerBatch batch, AppendResult result) {
        leaveWire(batch);
        backoff.reset();
        batch.complete(result);
        remove(batch);
        pump();
    }

    void onRefused(ProducerBatch batch, PortaskException failure, boolean retriable) {
        leaveWire(batch);
        boolean outOfOrder = failure.code() == ErrorCode.OUT_OF_ORDER_SEQUENCE && config.idempotent();
        boolean fenced = failure.code() == ErrorCode.PRODUCER_FENCED && config.idempotent();
        if (outOfOrder || fenced) {
            batch.refused(true);
            gap |= batch == queue.peek();
            if (fenced) {
                identity.forget();
            }
        }
        if (failure.code() == ErrorCode.CLOSED || batch.isAbandoned()) {
            giveUp(batch, failure);
        } else if (outOfOrder || fenced || retriable) {
            resending = true;
            if (retriable && failure.code() != ErrorCode.CONNECTION_LOST) {
                retryLater();
            }
        } else {
            core.onRejected(partition, failure);
            giveUp(batch, failure);
        }
        pump();
    }

    private void leaveWire(ProducerBatch batch) {
        batch.onWire(false);
        onWire--;
    }

    private void retryLater() {
        if (retryTimer == null) {
            retryTimer = loop.schedule(1 + backoff.nextMs(), () -> {
                retryTimer = null;
                pump();
            });
        }
    }

    private void giveUp(ProducerBatch batch, PortaskException failure) {
        core.onFailed(failure);
        batch.fail(failure);
        gap |= config.idempotent();
        remove(batch);
    }

    private void remove(ProducerBatch batch) {
        queue.remove(batch);
        settle();
        batch.finish();
    }

    private void settle() {
        long upTo = taken;
        for (ProducerBatch batch : queue) {
            if (!batch.isAbandoned()) {
                upTo = batch.ordinal() - 1;
                break;
            }
        }
        settled = upTo;
        core.onSettled();
    }

    void recycle(ProducerBatch batch) {
        core.recycle(batch);
    }

    /** Fails what was begun before a moment and is not acknowledged. */
    void failOlderThan(long createdNs, PortaskException failure) {
        List<ProducerBatch> late = new ArrayList<>();
        for (ProducerBatch batch : queue) {
            if (batch.createdNs() - createdNs <= 0) {
                late.add(batch);
            }
        }
        for (ProducerBatch batch : late) {
            if (batch.isOnWire()) {
                core.onFailed(failure);
                batch.fail(failure);
                settle();
            } else {
                giveUp(batch, failure);
            }
        }
        for (ProducerBatch batch = accumulator.takeOlderThan(createdNs);
                batch != null;
                batch = accumulator.takeOlderThan(createdNs)) {
            taken = batch.ordinal();
            core.onFailed(failure);
            batch.fail(failure);
            settle();
            batch.finish();
        }
        pump();
    }
}
