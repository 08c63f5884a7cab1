package io.portask.protocol;

import io.portask.broker.Cursor;
import io.portask.broker.ReadHandover;
import io.portask.broker.ReadTurns;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.store.FetchResult;
import org.jspecify.annotations.Nullable;

/**
 * One subscription: a cursor and the bytes that the client is ready to take. It reads only what it may send, and waits at the
 * partition's end without costing anything. On the connection's thread, but for {@link #wake}.
 */
final class PortSubscription implements ReadHandover.Receiver, ReadTurns.Turn {
    /** What one turn delivers at most, unless a single batch is larger. */
    static final int TURN_BYTES = 256 << 10;
    /** More credit than this can only be a mistake. */
    static final long MAX_CREDIT = 1L << 40;

    private final PortSession session;
    private final ReadTurns turns;
    private final int id;
    private final int flags;
    private final ReadHandover handover;
    private @Nullable Cursor cursor;
    private long credit;
    private boolean busy;
    private boolean reading;
    private boolean ended;

    PortSubscription(PortSession session, ReadTurns turns, int id, int flags) {
        this.session = session;
        this.turns = turns;
        this.id = id;
        this.flags = flags & FrameFlags.COMPRESSED;
        this.handover = new ReadHandover(session.connection()::execute, this);
    }

    int id() {
        return id;
    }

    boolean isEnded() {
        return ended;
    }

    void begin(Cursor opened) {
        cursor = opened;
        continueIfAble();
    }

    void addCredit(long bytes) {
        if (bytes > MAX_CREDIT - credit) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST,
                    "The subscription's credit would be above " + MAX_CREDIT + " bytes; it ends here");
        }
        credit += bytes;
        continueIfAble();
    }

    /** Queues for a turn, unless one is queued or running, or the cursor waits for data. */
    private void continueIfAble() {
        if (!busy && !ended && cursor != null && credit > 0) {
            busy = true;
            turns.enqueue(this);
        }
    }

    @Override
    public void takeTurn() {
        Cursor open = cursor;
        if (!ended && open != null) {
            reading = true;
            turns.readBegan();
            handover.await(open.read((int) Math.min(credit, TURN_BYTES)));
        }
    }

    @Override
    public void onRead(FetchResult result) {
        readEnded();
        if (ended) {
            result.close();
        } else if (result.isEmpty()) {
            result.close();
            awaitData();
        } else {
            deliver(result);
            busy = false;
            continueIfAble();
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
        credit -= result.sizeInBytes();
        PayloadWriter out = session.begin(FrameType.DELIVER, flags, id);
        BatchesPayload.encode(out, result.startOffset(), result.endOffset(), result.nextOffset());
        session.send(result.batches());
    }

    /** Stays busy until the cursor wakes it; where data came in between, the loop's other work goes first. */
    private void awaitData() {
        Cursor open = cursor;
        if (open != null && !open.arm()) {
            wake();
        }
    }

    @Override
    public void onReadFailed(PortaskException error) {
        readEnded();
        if (!ended) {
            session.error(id, error);
        }
        turns.pump();
    }

    /** There may be more to read. Any thread. */
    void wake() {
        session.connection().execute(this::onWake);
    }

    private void onWake() {
        busy = false;
        continueIfAble();
        turns.pump();
    }

    void end() {
        ended = true;
        readEnded();
        handover.close();
        if (cursor != null) {
            cursor.close();
        }
    }
}
