package io.portask.protocol;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.io.ByteSource;
import io.portask.net.Connection;
import io.portask.net.ProtocolSession;
import io.portask.net.SessionInfo;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: its state, its unanswered requests, and its way out. What a type of request does is its handler's
 * business. On the connection's thread. A session that only listens costs this object, its decoder and its writer.
 */
final class PortSession implements ProtocolSession, FrameSink {
    private static final Logger LOG = LoggerFactory.getLogger(PortSession.class);
    /** Who has not said Hello yet may not send more than this. */
    private static final int MAX_HELLO_BYTES = 16 << 10;

    private enum State {
        NEW,
        OPEN,
        /** Shutting down: what is in flight is answered, nothing more is taken. */
        DRAINING,
        CLOSED
    }

    private final PortContext context;
    private final Connection connection;
    private final FrameDecoder decoder;
    private final FrameWriter writer;
    private State state = State.NEW;
    private String client = "";
    private int inFlight;
    private long framesIn;
    private long framesOut;
    private boolean paused;
    private @Nullable PublishRequest publishRequest;
    private @Nullable Subscriptions subscriptions;
    private @Nullable FetchCalls fetches;
    private @Nullable Memberships memberships;
    private @Nullable Workers workers;

    PortSession(PortContext context, Connection connection) {
        this.context = context;
        this.connection = connection;
        this.decoder = new FrameDecoder(
                MAX_HELLO_BYTES, context.config().keys(), context.config().requireEncryption());
        this.writer = new FrameWriter(connection);
    }

    PortContext context() {
        return context;
    }

    Connection connection() {
        return connection;
    }

    // Lifecycle

    private void transitionTo(State next) {
        if (next.compareTo(state) <= 0) {
            throw new IllegalStateException("A session that is " + state + " cannot become " + next);
        }
        state = next;
    }

    /** Hello was accepted. */
    void open(String clientName) {
        transitionTo(State.OPEN);
        client = clientName;
        decoder.maxPayloadBytes(context.maxFrameBytes());
    }

    @Override
    public void onIdle(int silentPeriods) {
        if (state == State.OPEN && silentPeriods == 1) {
            HeartbeatPayload.encode(begin(FrameType.HEARTBEAT, FrameFlags.NONE, 0), connection.id());
            send();
        } else {
            fail(
                    0,
                    new PortaskException(
                            ErrorCode.IDLE_TIMEOUT,
                            state == State.NEW
                                    ? "Nobody said Hello in time"
                                    : "Nothing was heard from the client for " + silentPeriods + " idle timeouts"));
        }
    }

    @Override
    public void onShutdown() {
        if (isTaking()) {
            transitionTo(State.DRAINING);
            connection.pauseReading();
            if (subscriptions != null) {
                subscriptions.endAll();
            }
            if (fetches != null) {
                fetches.hurry();
            }
            onAnswered();
        }
    }

    /** Tells the peer why, and closes. */
    private void fail(int correlationId, PortaskException reason) {
        if (state == State.CLOSED) {
            return;
        }
        try {
            writeError(correlationId, reason);
        } finally {
            release();
            connection.close(reason);
        }
    }

    @Override
    public SessionInfo info() {
        return new SessionInfo(client, framesIn, framesOut, subscriptions == null ? 0 : subscriptions.count());
    }

    @Override
    public void onClosed(PortaskException reason) {
        if (state != State.CLOSED) {
            release();
        }
    }

    private void release() {
        transitionTo(State.CLOSED);
        if (subscriptions != null) {
            subscriptions.endAll();
        }
        if (fetches != null) {
            fetches.closeAll();
        }
        if (memberships != null) {
            memberships.endAll();
        }
        if (workers != null) {
            workers.endAll();
        }
    }

    // In

    @Override
    public int onBytes(ByteBuffer bytes) {
        int needed = 0;
        if (isTaking()) {
            try {
                needed = decoder.decode(bytes, this);
            } catch (PortaskException e) {
                fail(0, e);
            }
        }
        if (!isTaking()) {
            bytes.position(bytes.limit());
            return 0;
        }
        if (!wantsMore()) {
            paused = true;
            connection.pauseReading();
        }
        return needed;
    }

    private boolean isTaking() {
        return state == State.NEW || state == State.OPEN;
    }

    @Override
    public boolean wantsMore() {
        return isTaking() && inFlight < context.config().maxInFlight() && connection.isWritable();
    }

    @Override
    public void onFrame(FrameType type, int flags, int correlationId, ByteBuffer payload) {
        context.meters().onReceived(type);
        framesIn++;
        startEncrypting();
        try {
            checkHello(type);
            context.router().route(this, type, flags, correlationId, payload);
        } catch (PortaskException e) {
            if (state == State.NEW && !e.code().fatal()) {
                fail(
                        correlationId,
                        new PortaskException(ErrorCode.HELLO_REQUIRED, "Hello cannot be read: " + e.getMessage(), e));
            } else {
                error(correlationId, e);
            }
        } catch (RuntimeException e) {
            error(correlationId, PortaskException.of(e));
        }
    }

    /** Who sends under a key gets answers under the same one. */
    private void startEncrypting() {
        PortKeys keys = context.config().keys();
        String keyId = decoder.keyId();
        if (keys != null && keyId != null && !writer.isEncrypting()) {
            writer.encryptWith(FrameSealer.create(keys, keyId));
        }
    }

    @Override
    public void onBadFrame(int flags, int correlationId, PortaskException error) {
        if (state == State.NEW) {
            fail(0, helloRequired());
        } else {
            startEncrypting();
            error(correlationId, error);
        }
    }

    private void checkHello(FrameType type) {
        if (state == State.NEW && type != FrameType.HELLO) {
            throw helloRequired();
        }
        if (state != State.NEW && type == FrameType.HELLO) {
            throw new PortaskException(ErrorCode.INVALID_REQUEST, "Hello was said before");
        }
    }

    private static PortaskException helloRequired() {
        return new PortaskException(ErrorCode.HELLO_REQUIRED, "The first frame must be Hello");
    }

    // Requests in flight

    /** Answers when the stage completes: at once if it has. */
    <T extends @Nullable Object> void answer(int flags, int correlationId, CompletionStage<T> stage, Answer<T> answer) {
        CompletableFuture<T> future = stage.toCompletableFuture();
        if (future.isDone()) {
            answerNow(flags, correlationId, future, answer);
            return;
        }
        enter();
        stage.whenComplete((result, error) -> connection.execute(() -> {
            leave();
            answerNow(flags, correlationId, future, answer);
            onAnswered();
        }));
    }

    private <T extends @Nullable Object> void answerNow(
            int flags, int correlationId, CompletableFuture<T> done, Answer<T> answer) {
        if (state == State.CLOSED) {
            return;
        }
        T result;
        try {
            result = done.join();
        } catch (CompletionException e) {
            error(correlationId, PortaskException.of(e));
            return;
        }
        answer.send(this, flags, correlationId, result);
    }

    void enter() {
        inFlight++;
    }

    void leave() {
        inFlight--;
    }

    /** Goes on where an unanswered request was waited for. */
    void onAnswered() {
        if (state == State.DRAINING && inFlight == 0 && (fetches == null || fetches.isEmpty())) {
            fail(0, new PortaskException(ErrorCode.SHUTTING_DOWN, "The server is shutting down"));
        } else if (paused && isTaking() && inFlight <= context.config().maxInFlight() / 2 && connection.isWritable()) {
            paused = false;
            connection.resumeReading();
        }
    }

    // Out

    @Override
    public void onWritable() {
        if (subscriptions != null) {
            subscriptions.pump();
        }
        if (fetches != null) {
            fetches.pump();
        }
        if (workers != null) {
            workers.pump();
        }
        onAnswered();
    }

    PayloadWriter begin(FrameType type, int flags, int correlationId) {
        context.meters().onSent(type);
        framesOut++;
        return writer.begin(type, flags, correlationId);
    }

    /** @param flags those of the request, and {@link FrameFlags#MORE} */
    PayloadWriter beginAnswer(FrameType type, int flags, int correlationId) {
        int kept = flags & (FrameFlags.COMPRESSED | FrameFlags.MORE);
        return begin(type, kept | FrameFlags.RESPONSE, correlationId);
    }

    void send() {
        writer.send();
    }

    void send(ByteSource rest) {
        writer.send(rest);
    }

    void sendEmptyAnswer(FrameType type, int flags, int correlationId) {
        beginAnswer(type, flags, correlationId);
        send();
    }

    /** Answers a request with an error, or ends the subscription, the membership or the worker of this id, or the connection if the error is fatal. */
    void error(int correlationId, PortaskException error) {
        if (error.code().fatal()) {
            fail(correlationId, error);
        } else if (state != State.CLOSED) {
            if (subscriptions != null) {
                subscriptions.end(correlationId);
            }
            if (memberships != null) {
                memberships.end(correlationId);
            }
            if (workers != null) {
                workers.end(correlationId);
            }
            writeError(correlationId, error);
        }
    }

    private void writeError(int correlationId, PortaskException error) {
        context.meters().onError(error.code());
        if (error.code() == ErrorCode.INTERNAL_ERROR) {
            LOG.error("Connection {}: {}", connection.id(), error.getMessage(), error);
        }
        ErrorPayload.of(error).encode(begin(FrameType.ERROR, FrameFlags.RESPONSE, correlationId));
        send();
    }

    // What some sessions need

    PublishRequest publishRequest() {
        PublishRequest known = publishRequest;
        if (known == null) {
            known = new PublishRequest();
            publishRequest = known;
        }
        return known;
    }

    Subscriptions subscriptions() {
        Subscriptions known = subscriptions;
        if (known == null) {
            known = new Subscriptions(this);
            subscriptions = known;
        }
        return known;
    }

    Memberships memberships() {
        Memberships known = memberships;
        if (known == null) {
            known = new Memberships(this);
            memberships = known;
        }
        return known;
    }

    Workers workers() {
        Workers known = workers;
        if (known == null) {
            known = new Workers(this);
            workers = known;
        }
        return known;
    }

    /** For the subscription or the worker of this name; one that has ended, perhaps while the frame was on its way, takes none. */
    void addCredit(int id, long more) {
        if (workers == null || !workers.addCredit(id, more)) {
            subscriptions().addCredit(id, more);
        }
    }

    void leave(int flags, int correlationId, LeaveRequest request) {
        if (workers == null || !workers.leave(flags, correlationId, request.membership())) {
            memberships().leave(flags, correlationId, request);
        }
    }

    /** @throws PortaskException which ends what has this name */
    void checkUnnamed(int id) {
        if ((subscriptions != null && subscriptions.contains(id))
                || (memberships != null && memberships.contains(id))
                || (workers != null && workers.contains(id))) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST,
                    "There is a subscription, a membership or a worker with this correlation id already; it ends here");
        }
    }

    FetchCalls fetches() {
        FetchCalls known = fetches;
        if (known == null) {
            known = new FetchCalls(connection, context.config().maxSubscriptions());
            fetches = known;
        }
        return known;
    }
}
