package io.portask.http.feed;

import io.portask.broker.Cursor;
import io.portask.broker.ReadHandover;
import io.portask.broker.ReadTurns;
import io.portask.error.PortaskException;
import io.portask.record.ReceivedMessage;
import io.portask.store.FetchResult;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What one feed gets of one partition. It reads when there is credit and the client takes bytes. What of a portion cannot be
 * sent is forgotten and read again later, so that a slow client costs the cursor; where only credit is missing, it is kept as far
 * as there is room for all clients. On the client's thread.
 */
final class PartitionFeed implements ReadHandover.Receiver, ReadTurns.Turn {
    /** What one turn reads at most, unless a single batch is larger. */
    private static final int TURN_BYTES = 64 << 10;

    private final TopicFeed owner;
    private final ReadTurns turns;
    private final FeedSink sink;
    private final Executor thread;
    private final PortionBudget budget;
    private final Cursor cursor;
    private final ReadHandover handover;
    /** The next offset that the client wants. */
    private long next;
    /** A turn is queued or running, or the cursor waits for more. */
    private boolean busy;

    private boolean reading;

    /** What waits for credit, and what it takes of the budget. */
    private @Nullable Portion kept;

    private long keptBytes;

    PartitionFeed(
            TopicFeed owner, ReadTurns turns, FeedSink sink, Executor thread, PortionBudget budget, Cursor cursor) {
        this.owner = owner;
        this.turns = turns;
        this.sink = sink;
        this.thread = thread;
        this.budget = budget;
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
        Portion waiting = kept;
        if (waiting != null) {
            deliver(waiting);
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
            deliver(new Portion(result, cursor.partition(), next));
        }
        turns.pump();
    }

    private void readEnded() {
        if (reading) {
            reading = false;
            turns.readEnded();
        }
    }

    private void deliver(Portion portion) {
        boolean whole;
        try {
            whole = portion.visit(this::sent);
        } catch (PortaskException e) {
            forget(portion);
            sink.fail(e);
            return;
        }
        next = portion.next();
        if (whole || owner.isEnded() || sink.hasCredit() || !keep(portion)) {
            forget(portion);
            if (next != cursor.position()) {
                cursor.seek(next);
            }
        }
        busy = false;
        continueIfAble();
    }

    /** The cursor stays behind the portion, for that is where the next read begins. */
    private boolean keep(Portion portion) {
        long bytes = portion.sizeInBytes();
        if (!budget.tryTake(bytes - keptBytes)) {
            return false;
        }
        keptBytes = bytes;
        kept = portion;
        portion.keep();
        return true;
    }

    private void forget(Portion portion) {
        budget.giveBack(keptBytes);
        keptBytes = 0;
        kept = null;
        portion.close();
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
        if (kept != null) {
            forget(kept);
        }
        handover.close();
        cursor.close();
    }
}
