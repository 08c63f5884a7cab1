package io.portask.http.feed;

import io.portask.broker.Cursor;
import io.portask.broker.ReadHandover;
import io.portask.broker.ReadTurns;
import io.portask.error.PortaskException;
import io.portask.record.ReceivedMessage;
import io.portask.store.FetchResult;
import java.util.concurrent.Executor;

/**
 * What one feed gets of one partition. It reads when there is credit and the client takes bytes; what of a portion cannot be
 * sent is forgotten and read again later, so that a slow client costs the cursor. On the client's thread.
 */
final class PartitionFeed implements ReadHandover.Receiver, ReadTurns.Turn {
    /** What one turn reads at most, unless a single batch is larger. */
    private static final int TURN_BYTES = 64 << 10;

    private final TopicFeed owner;
    private final ReadTurns turns;
    private final FeedSink sink;
    private final Executor thread;
    private final Cursor cursor;
    private final ReadHandover handover;
    /** The next offset that the client wants. */
    private long next;
    /** A turn is queued or running, or the cursor waits for more. */
    private boolean busy;

    private boolean reading;

    PartitionFeed(TopicFeed owner, ReadTurns turns, FeedSink sink, Executor thread, Cursor cursor) {
        this.owner = owner;
        this.turns = turns;
        this.sink = sink;
        this.thread = thread;
        this.cursor = cursor;
        this.next = cursor.position();
        this.handover = new ReadHandover(thread, this);
    }

    int partition() {
        return cursor.partition().partition();
    }

    void continueIfAble() {
        if (!busy && !owner.isEnded() && sink.hasCredit()) {
            busy = true;
            turns.enqueue(this);
        }
    }

    @Override
    public void takeTurn() {
        if (owner.isEnded()) {
            return;
        }
        if (!sink.hasCredit()) {
            busy = false;
            return;
        }
        reading = true;
        turns.readBegan();
        handover.await(cursor.read(TURN_BYTES));
    }

    @Override
    public void onRead(FetchResult result) {
        readEnded();
        if (owner.isEnded()) {
            result.close();
        } else if (result.isEmpty()) {
            result.close();
            next = cursor.position();
            awaitData();
        } else {
            deliver(result);
        }
        turns.pump();
    }

    private void readEnded() {
        if (reading) {
            reading = false;
            turns.readEnded();
        }
    }

    private void deliver(FetchResult result) {
        try {
            next = StoredMessages.visit(result, cursor.partition(), next, this::sent);
        } catch (PortaskException e) {
            sink.fail(e);
            return;
        }
        if (next != cursor.position()) {
            cursor.seek(next);
        }
        busy = false;
        continueIfAble();
    }

    private boolean sent(ReceivedMessage message) {
        if (owner.isEnded() || !sink.maySend()) {
            return false;
        }
        sink.send(message);
        return true;
    }

    /** Stays busy until the cursor wakes it; where data came in between, the thread's other work goes first. */
    private void awaitData() {
        if (!cursor.arm()) {
            thread.execute(this::onWake);
        }
    }

    @Override
    public void onReadFailed(PortaskException error) {
        readEnded();
        sink.fail(error);
        turns.pump();
    }

    void onWake() {
        busy = false;
        continueIfAble();
        turns.pump();
    }

    void end() {
        readEnded();
        handover.close();
        cursor.close();
    }
}
