package io.portask.client;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.net.Connection;
import io.portask.protocol.HelloResponse;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a client connected: tries the servers in turn, greets, beats, notices a dead peer, and connects anew after a pause.
 * Requests wait here while there is no connection. Everything happens on the loop's thread, but for {@link #submit} and {@link
 * #server()}, which are for any.
 */
final class ClientConductor implements ClientSession.Owner {
    private enum State {
        NEW,
        CONNECTING,
        READY,
        /** A pause before the next attempt. */
        PAUSED,
        CLOSED
    }

    /** Requests on their way to the loop, and those that wait there; publishes are bounded by their producer's memory. */
    static final int MAX_OUTSTANDING = 65_536;

    private static final Logger LOG = LoggerFactory.getLogger(ClientConductor.class);
    private static final int MIN_TICK_MS = 10;
    private static final int MAX_TICK_MS = 250;
    private static final int BEATS_PER_PERIOD = 4;
    private static final int SILENT_BEATS = 2 * BEATS_PER_PERIOD;

    private final ClientConfig config;
    private final ClientLoop loop;
    private final Backoff backoff;
    private final CompletableFuture<ServerInfo> connected = new CompletableFuture<>();
    private final Set<ConnectionListener> listeners = new LinkedHashSet<>();
    private final Deque<Request> waiting = new ArrayDeque<>();
    private final AtomicInteger underway = new AtomicInteger();
    private volatile @Nullable ServerInfo server;
    private State state = State.NEW;
    private @Nullable ClientSession session;
    private int turn;
    private int failedInRound;
    private int silentBeats;
    private long readySinceNs;
    private Connection.@Nullable Timer beatTimer;
    private PortaskException lastFailure =
            new PortaskException(ErrorCode.CONNECTION_LOST, "There was no connection yet");

    ClientConductor(ClientConfig config, ClientLoop loop, Random random) {
        this.config = config;
        this.loop = loop;
        this.backoff = new Backoff(config.reconnectMinMs(), config.reconnectMaxMs(), random);
    }

    /** Starts to connect; completes with the first success, or fails when no server can be reached in a first round. Any thread. */
    CompletableFuture<ServerInfo> start() {
        loop.execute(() -> {
            tick();
            connectNext();
        });
        return connected;
    }

    /** What the server said when it was last connected. */
    ServerInfo server() {
        ServerInfo known = server;
        if (known == null) {
            throw new IllegalStateException("The client was never connected");
        }
        return known;
    }

    int requestTimeoutMs() {
        return config.requestTimeoutMs();
    }

    /** Sends the request, or keeps it until there is a connection; its own timeout bounds both. Any thread. */
    void submit(Request request) {
        if (underway.incrementAndGet() > MAX_OUTSTANDING) {
            underway.decrementAndGet();
            request.onFailure(overloaded(), true);
            return;
        }
        loop.execute(() -> {
            underway.decrementAndGet();
            sendOrKeep(request);
        });
    }

    private static PortaskException overloaded() {
        return new PortaskException(
                ErrorCode.OVERLOADED, "More than " + MAX_OUTSTANDING + " requests of this client wait for an answer");
    }

    private void sendOrKeep(Request request) {
        ClientSession current = session;
        if (state == State.CLOSED) {
            request.onFailure(closed(), false);
        } else if ((current == null ? 0 : current.unanswered()) + waiting.size() >= MAX_OUTSTANDING) {
            request.onFailure(overloaded(), true);
        } else if (state == State.READY && current != null) {
            current.send(request);
        } else {
            request.deadlineNs(loop.nanoTime() + TimeUnit.MILLISECONDS.toNanos(config.requestTimeoutMs()));
            waiting.add(request);
        }
    }

    /** From now on the listener is told; at once if there is a connection, or the client is closed. */
    void addListener(ConnectionListener listener) {
        if (state == State.CLOSED) {
            listener.onClosed();
            return;
        }
        listeners.add(listener);
        ClientSession current = session;
        if (state == State.READY && current != null) {
            listener.onReady(current);
        }
    }

    void removeListener(ConnectionListener listener) {
        listeners.remove(listener);
    }

    private void connectNext() {
        if (state == State.CLOSED) {
            return;
        }
        transitionTo(State.CONNECTING);
        InetSocketAddress address = config.servers().get(turn);
        turn = (turn + 1) % config.servers().size();
        loop.connect(
                address,
                config.connectTimeoutMs(),
                connection -> new ClientSession(connection, config, loop, this),
                this::onAttemptFailed);
    }

    private void onAttemptFailed(PortaskException failure) {
        if (state == State.CLOSED) {
            return;
        }
        lastFailure = failure;
        failedInRound++;
        boolean refused = failure.code().fatal() && !failure.code().retriable();
        if (!connected.isDone() && (refused || failedInRound == config.servers().size())) {
            connected.completeExceptionally(failure);
        } else if (failedInRound % config.servers().size() != 0) {
            connectNext();
        } else {
            LOG.debug("No server could be reached", failure);
            pause();
        }
    }

    private void pause() {
        transitionTo(State.PAUSED);
        loop.schedule(backoff.nextMs(), this::connectNext);
    }

    @Override
    public void onReady(ClientSession ready, HelloResponse hello) {
        if (state == State.CLOSED) {
            ready.close(closed());
            return;
        }
        transitionTo(State.READY);
        session = ready;
        failedInRound = 0;
        silentBeats = 0;
        readySinceNs = loop.nanoTime();
        ServerInfo info = ServerInfo.of(hello);
        server = info;
        long periodMs = Math.max(1, Math.min(config.heartbeatMs(), hello.heartbeatMs()));
        scheduleBeat(ready, Math.max(1, periodMs / BEATS_PER_PERIOD));
        connected.complete(info);
        for (ConnectionListener listener : new ArrayList<>(listeners)) {
            listener.onReady(ready);
        }
        for (Request request = waiting.poll(); request != null; request = waiting.poll()) {
            ready.send(request);
        }
    }

    @Override
    public void onWritable(ClientSession writable) {
        for (ConnectionListener listener : listeners) {
            listener.onWritable();
        }
    }

    @Override
    public void onLost(ClientSession lost, PortaskException reason) {
        if (lost != session) {
            onAttemptFailed(reason);
            return;
        }
        session = null;
        lastFailure = reason;
        if (beatTimer != null) {
            beatTimer.cancel();
        }
        for (ConnectionListener listener : new ArrayList<>(listeners)) {
            listener.onLost();
        }
        if (state != State.CLOSED) {
            LOG.debug("Connection lost", reason);
            if (loop.nanoTime() - readySinceNs > TimeUnit.MILLISECONDS.toNanos(config.reconnectMaxMs())) {
                backoff.reset();
            }
            pause();
        }
    }

    private void scheduleBeat(ClientSession current, long intervalMs) {
        beatTimer = loop.schedule(intervalMs, () -> beat(current, intervalMs));
    }

    /** Counts beats, not time, so that a stall of our own is not taken for the server's silence. */
    private void beat(ClientSession current, long intervalMs) {
        if (current != session) {
            return;
        }
        silentBeats = current.wasSilent() ? silentBeats + 1 : 0;
        if (silentBeats >= SILENT_BEATS) {
            current.close(new PortaskException(
                    ErrorCode.CONNECTION_LOST,
                    "The server was silent for two heartbeat periods (" + SILENT_BEATS * intervalMs + " ms)"));
            return;
        }
        if (current.wasQuiet()) {
            current.heartbeat();
        }
        scheduleBeat(current, intervalMs);
    }

    private void tick() {
        if (state == State.CLOSED) {
            return;
        }
        long nowNs = loop.nanoTime();
        ClientSession current = session;
        if (current != null) {
            current.expire(nowNs);
        }
        List<Request> late = new ArrayList<>();
        waiting.removeIf(request -> nowNs - request.deadlineNs() >= 0 && late.add(request));
        for (Request request : late) {
            request.onFailure(
                    new PortaskException(
                            ErrorCode.TIMEOUT,
                            "No connection within " + config.requestTimeoutMs() + " ms: " + lastFailure.getMessage(),
                            lastFailure),
                    true);
        }
        loop.schedule(
                Math.max(MIN_TICK_MS, Math.min(MAX_TICK_MS, config.requestTimeoutMs() / BEATS_PER_PERIOD)), this::tick);
    }

    private void transitionTo(State next) {
        boolean legal = switch (next) {
            case NEW -> false;
            case CONNECTING -> state == State.NEW || state == State.PAUSED || state == State.CONNECTING;
            case READY -> state == State.CONNECTING;
            case PAUSED -> state == State.CONNECTING || state == State.READY;
            case CLOSED -> true;
        };
        if (!legal) {
            throw new IllegalStateException("A client cannot go from " + state + " to " + next);
        }
        state = next;
    }

    /** Ends what listens, fails what waits and closes the connection. */
    void close() {
        transitionTo(State.CLOSED);
        connected.completeExceptionally(closed());
        for (ConnectionListener listener : new ArrayList<>(listeners)) {
            listener.onClosed();
        }
        for (Request request = waiting.poll(); request != null; request = waiting.poll()) {
            request.onFailure(closed(), false);
        }
        ClientSession current = session;
        if (current != null) {
            current.close(closed());
        }
    }

    static PortaskException closed() {
        return new PortaskException(ErrorCode.CLOSED, "The client is closed");
    }
}
