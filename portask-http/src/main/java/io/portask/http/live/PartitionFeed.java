package io.portask.http.live;

import io.portask.broker.Cursor;
import io.portask.broker.ReadHandover;
import io.portask.error.PortaskException;
import io.portask.net.Connection;
import io.portask.record.RecordBatch;
import io.portask.record.RecordReader;
import io.portask.store.FetchResult;
import java.nio.ByteBuffer;

/**
 * What one subscription gets of one partition. It reads when there is credit and the connection takes bytes; what of a
 * portion cannot be sent is forgotten and read again later, so that a slow client costs the cursor. On the connection's thread.
 */
final class PartitionFeed implements ReadHandover.Receiver {
    /** What one turn reads at most, unless a single batch is larger. */
    private static final int TURN_BYTES = 64 << 10;

    private final LiveSubscription subscription;
    private final LiveSubscriptions owner;
    private final Cursor cursor;
    private final ReadHandover handover;
    /** The next offset that the client wants. */
    private long next;
    /** A turn is queued or running, or the cursor waits for more. */
    private boolean busy;

    private boolean reading;

    PartitionFeed(LiveSubscription subscription, LiveSubscriptions owner, Connection connection, Cursor cursor) {
        this.subscription = subscription;
        this.owner = owner;
        this.cursor = cursor;
        this.next = cursor.position();
        this.handover = new ReadHandover(connection, this);
    }

    int partition() {
        return cursor.partition().partition();
    }

    void continueIfAble() {
        if (!busy && !subscription.isEnded() && subscription.hasCredit()) {
            busy = true;
            owner.enqueue(this);
        }
    }

    void takeTurn() {
        if (subscription.isEnded()) {
            return;
        }
        if (!subscription.hasCredit()) {
            busy = false;
            return;
        }
        reading = true;
        owner.readBegan();
        handover.await(cursor.read(TURN_BYTES));
    }

    @Override
    public void onRead(FetchResult result) {
        readEnded();
        if (subscription.isEnded()) {
            result.close();
        } else if (result.isEmpty()) {
            result.close();
            next = cursor.position();
            awaitData();
        } else {
            deliver(result);
        }
        owner.pump();
    }

    private void readEnded() {
        if (reading) {
            reading = false;
            owner.readEnded();
        }
    }

    private void deliver(FetchResult result) {
        try (result) {
            next = Math.max(next, result.startOffset());
            if (sendAll(result.batches().buffer())) {
                next = result.nextOffset();
            } else {
                cursor.seek(next);
            }
        } catch (PortaskException e) {
            owner.fail(subscription, e);
            return;
        }
        busy = false;
        continueIfAble();
    }

    /** @return false if it had to stop before {@link #next} */
    private boolean sendAll(ByteBuffer batches) {
        RecordBatch batch = new RecordBatch();
        try (RecordReader records = new RecordReader()) {
            for (int at = 0; at < batches.limit(); at += batch.sizeInBytes()) {
                batch.wrapChecked(batches, at);
                if (batch.nextOffset() > next && !sendAll(records.wrap(batch))) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean sendAll(RecordReader records) {
        while (records.next()) {
            if (records.offset() >= next) {
                if (!subscription.maySend()) {
                    return false;
                }
                subscription.send(records.toMessage(cursor.partition().topic(), partition()));
                next = records.offset() + 1;
            }
        }
        return true;
    }

    /** Stays busy until the cursor wakes it; where data came in between, the loop's other work goes first. */
    private void awaitData() {
        if (!cursor.arm()) {
            subscription.wake(partition());
        }
    }

    @Override
    public void onReadFailed(PortaskException error) {
        readEnded();
        owner.fail(subscription, error);
        owner.pump();
    }

    void onWake() {
        busy = false;
        continueIfAble();
        owner.pump();
    }

    void end() {
        readEnded();
        handover.close();
        cursor.close();
    }
}
