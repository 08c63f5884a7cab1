package io.portask.protocol;

import io.portask.broker.Broker;
import io.portask.broker.Cursor;
import io.portask.broker.ReadHandover;
import io.portask.error.PortaskException;
import io.portask.net.Connection;
import io.portask.record.StartPosition;
import io.portask.store.FetchResult;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One fetch. It reads; where there is less than wanted it counts with a cursor what is appended, holding no data meanwhile, and
 * reads again when there is enough or the time is over. On the connection's thread, but for {@link #wake}.
 */
final class FetchCall implements ReadHandover.Receiver {
    static final int MAX_WAIT_MS = 300_000;

    private enum Phase {
        FIRST_READ,
        OPENING,
        COUNTING,
        ARMED,
        LAST_READ,
        DONE
    }

    private final PortSession session;
    private final FetchRequest request;
    private final int flags;
    private final int correlationId;
    private final int maxBytes;
    private final int minBytes;
    private final FetchCalls fetches;
    private final ReadHandover handover;
    private Phase phase = Phase.FIRST_READ;
    private boolean hurried;
    private long counted;
    private @Nullable Cursor cursor;
    private Connection.@Nullable Timer timer;

    FetchCall(PortSession session, FetchRequest request, int flags, int correlationId) {
        this.session = session;
        this.request = request;
        this.flags = flags;
        this.correlationId = correlationId;
        this.maxBytes =
                Math.min(request.maxBytes(), session.context().maxAnswerBytes() - BatchesPayload.BATCHES_OFFSET);
        this.minBytes = Math.min(request.minBytes(), maxBytes);
        this.fetches = session.fetches();
        this.handover = new ReadHandover(session.connection()::execute, this);
    }

    void start() {
        session.enter();
        fetches.add(this);
        fetches.enqueue(this);
    }

    int maxBytes() {
        return maxBytes;
    }

    /** The call's turn to read has come. */
    void read() {
        Cursor open = cursor;
        handover.await(
                phase == Phase.COUNTING && open != null
                        ? open.read(maxBytes)
                        : broker().fetchAsync(request.partition(), request.offset(), maxBytes));
    }

    @Override
    public void onRead(FetchResult result) {
        fetches.readEnded(this);
        use(result);
        fetches.pump();
    }

    private void use(FetchResult result) {
        switch (phase) {
            case FIRST_READ -> onFirstRead(result);
            case COUNTING -> onCounted(result);
            case LAST_READ -> answer(result);
            default -> result.close();
        }
    }

    private void onFirstRead(FetchResult result) {
        if (result.sizeInBytes() >= minBytes || request.maxWaitMs() == 0 || hurried) {
            session.leave();
            answer(result);
            return;
        }
        counted = result.sizeInBytes();
        long next = result.nextOffset();
        result.close();
        waitFrom(next);
    }

    private void waitFrom(long offset) {
        try {
            fetches.startWaiting();
        } catch (PortaskException e) {
            fail(e);
            return;
        }
        phase = Phase.OPENING;
        session.leave();
        timer = session.connection().schedule(Math.min(request.maxWaitMs(), MAX_WAIT_MS), this::hurry);
        CompletionStage<Cursor> opening =
                broker().openCursor(request.partition(), StartPosition.offset(offset), null, this::wake);
        opening.whenComplete((opened, error) -> session.connection().execute(() -> onOpened(opened, error)));
    }

    private void onOpened(@Nullable Cursor opened, @Nullable Throwable error) {
        if (phase != Phase.OPENING) {
            if (opened != null) {
                opened.close();
            }
            return;
        }
        if (opened == null) {
            fail(PortaskException.of(error == null ? new IllegalStateException("no cursor") : error));
            return;
        }
        cursor = opened;
        count();
    }

    private void count() {
        phase = Phase.COUNTING;
        fetches.enqueue(this);
    }

    private void onCounted(FetchResult result) {
        boolean atEnd = result.isEmpty();
        counted += result.sizeInBytes();
        result.close();
        Cursor open = cursor;
        if (open == null || hurried || counted >= minBytes) {
            readLast();
            return;
        }
        phase = Phase.ARMED;
        if (!atEnd || !open.arm()) {
            wake();
        }
    }

    /** There may be more to count. Any thread. */
    private void wake() {
        session.connection().execute(this::onWake);
    }

    private void onWake() {
        if (phase == Phase.ARMED && cursor != null) {
            count();
        }
    }

    /** Answers with what is there, as soon as a read that runs has come back. */
    void hurry() {
        hurried = true;
        if (phase == Phase.OPENING || phase == Phase.ARMED) {
            readLast();
        }
    }

    private void readLast() {
        stopWaiting();
        phase = Phase.LAST_READ;
        fetches.enqueue(this);
    }

    private void answer(FetchResult result) {
        finish();
        PayloadWriter out = session.beginAnswer(FrameType.FETCH, flags, correlationId);
        BatchesPayload.encode(out, result.startOffset(), result.endOffset(), result.nextOffset());
        session.send(result.batches());
        session.onAnswered();
    }

    @Override
    public void onReadFailed(PortaskException error) {
        fetches.readEnded(this);
        fail(error);
        fetches.pump();
    }

    private void fail(PortaskException error) {
        if (phase == Phase.FIRST_READ) {
            session.leave();
        } else if (phase != Phase.LAST_READ) {
            stopWaiting();
        }
        finish();
        session.error(correlationId, error);
        session.onAnswered();
    }

    private void stopWaiting() {
        fetches.stopWaiting();
        if (timer != null) {
            timer.cancel();
        }
        if (cursor != null) {
            cursor.close();
        }
    }

    private void finish() {
        phase = Phase.DONE;
        fetches.remove(this);
    }

    /** Nobody will read the answer. */
    void close() {
        phase = Phase.DONE;
        handover.close();
        if (timer != null) {
            timer.cancel();
        }
        if (cursor != null) {
            cursor.close();
        }
    }

    private Broker broker() {
        return session.context().broker();
    }
}
