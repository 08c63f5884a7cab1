package io.portask.http.host;

import com.sun.net.httpserver.Headers;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.exchange.HttpLimits;
import io.portask.http.exchange.UpgradeAnswer;
import io.portask.http.exchange.UpgradeHandler;
import io.portask.http.wire.RequestDecoder;
import io.portask.http.wire.RequestHead;
import io.portask.http.wire.RequestSink;
import io.portask.http.wire.ResponseEncoder;
import io.portask.net.Connection;
import io.portask.net.ProtocolSession;
import io.portask.net.SessionInfo;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: the queue of its unanswered requests, oldest first, and what it waits for. Inline requests are
 * handled as they come and answered in order; any other is alone under way. On the connection's thread.
 */
final class HttpSession implements ProtocolSession, RequestSink {
    private static final Logger LOG = LoggerFactory.getLogger(HttpSession.class);

    private enum State {
        OPEN,
        /** No further request is taken; the connection ends when those that were are answered. */
        ENDING,
        /** The connection speaks another protocol. */
        UPGRADED,
        CLOSED
    }

    private final HttpHost host;
    private final Connection connection;
    private final Thread thread = Thread.currentThread();
    private final Deadline deadline;
    private volatile State state = State.OPEN;
    private @Nullable RequestDecoder decoder;
    private @Nullable HostedExchange first;
    private @Nullable HostedExchange last;
    private @Nullable HostedExchange receiving;
    private @Nullable ProtocolSession successor;
    private final RouteMemory routes;
    private int unanswered;
    private long answered;
    private boolean paused;
    private boolean partialHead;
    private boolean advancing;
    private volatile boolean shuttingDown;
    private volatile boolean inputEnded;
    /** Bodies of unanswered requests. */
    private long bodyBytes;

    /** Answers that wait for an earlier one. */
    private long heldBytes;

    HttpSession(HttpHost host, Connection connection) {
        this.host = host;
        this.connection = connection;
        decoder = new RequestDecoder(host.decoderLimits());
        deadline = new Deadline(connection, host.nanoClock(), this::onExpired);
        routes = new RouteMemory(host);
    }

    private void transitionTo(State next) {
        if (next.compareTo(state) <= 0) {
            throw new IllegalStateException("A session that is " + state + " cannot become " + next);
        }
        state = next;
    }

    boolean onThread() {
        return Thread.currentThread() == thread;
    }

    HttpLimits limits() {
        return host.limits();
    }

    /** Whether a response is the last of this connection. Any thread. */
    boolean isLast(HostedExchange exchange) {
        return state != State.OPEN && exchange.next == null;
    }

    /** Whether the server wants to stop. Any thread. */
    boolean isShuttingDown() {
        return shuttingDown;
    }

    // In

    @Override
    public int onBytes(ByteBuffer bytes) {
        int needed = 0;
        RequestDecoder current = decoder;
        if (current != null) {
            needed = current.decode(bytes, this);
        }
        if (successor != null) {
            return bytes.hasRemaining() ? successor.onBytes(bytes) : 0;
        }
        if (isDeaf()) {
            bytes.position(bytes.limit());
        }
        boolean willing = isWilling();
        if (bytes.hasRemaining() && !willing) {
            paused = true;
            connection.pauseReading();
        }
        partialHead = bytes.hasRemaining() && willing && receiving == null && connection.isWritable();
        watch(true);
        return bytes.hasRemaining() ? needed : 0;
    }

    private boolean isDeaf() {
        return state.compareTo(State.ENDING) >= 0 && receiving == null;
    }

    @Override
    public boolean wantsMore() {
        return connection.isWritable() && isWilling();
    }

    /** Whether the session could use bytes, if they could be answered. Unanswered requests are bounded, and so are their bodies and answers. */
    private boolean isWilling() {
        if (receiving != null) {
            return receiving.intake().wantsMore();
        }
        return state == State.OPEN
                && unanswered < limits().maxPipelined()
                && bodyBytes <= limits().maxBodyBytes()
                && heldBytes <= limits().maxHeldBytes()
                && (last == null || !last.isExclusive());
    }

    @Override
    public long onHead(RequestHead head) {
        deadline.clear();
        Route route = routes.route(head.uri());
        long maxBodyBytes = route.maxBodyBytes(limits().maxBodyBytes());
        HostedExchange exchange = new HostedExchange(this, connection, head, route);
        receiving = exchange;
        enqueue(exchange);
        if (!head.keepAlive()) {
            end();
        }
        if (head.contentLength() <= maxBodyBytes) {
            if (route.mode() != Route.Mode.UPGRADE) {
                exchange.refusal(host.gate().refusal(head.uri(), head.headers(), connection.localAddress()));
            }
            exchange.intake().onHead();
            giveTurn(exchange);
        }
        return maxBodyBytes;
    }

    @Override
    public void onBody(ByteBuffer part) {
        if (receiving != null) {
            bodyBytes += part.remaining();
            receiving.intake().onBody(part);
        }
    }

    @Override
    public void onEnd(@Nullable Headers trailers) {
        HostedExchange whole = receiving;
        receiving = null;
        if (whole != null) {
            whole.intake().onEnd();
            whole.intake().startIfDue(whole == first);
            advance();
        }
    }

    @Override
    public void onRefused(int status, String reason) {
        LOG.debug("Connection {}: a request is refused with {}: {}", connection.id(), status, reason);
        HostedExchange refused = receiving;
        receiving = null;
        if (refused == null) {
            refused = new HostedExchange(this, connection, RequestHead.unreadable(), host.fallback());
            enqueue(refused);
        }
        end();
        refused.intake().refuse(status, reason);
        advance();
    }

    /** A handler can take more of a body. */
    void onBodyWanted() {
        resume();
        watch(false);
    }

    /**
     * A client may end its side when it has asked for all that it wants: what it has asked for is answered, but for streams,
     * which end with their client and know no other sign of it.
     */
    @Override
    public boolean onInputEnd() {
        if (successor != null) {
            return successor.onInputEnd();
        }
        inputEnded = true;
        if (receiving != null || partialHead) {
            onRefused(400, "The connection ended within a request");
        }
        end();
        boolean answers = first != null && !hasOpenStream();
        if (answers) {
            watch(false);
        }
        return answers;
    }

    private boolean hasOpenStream() {
        return first != null && first.isOpenStream();
    }

    /** A response without an end was started; any thread. */
    void onStreamStarted() {
        if (inputEnded) {
            connection.execute(() -> {
                if (hasOpenStream()) {
                    close(gone());
                }
            });
        }
    }

    private static PortaskException gone() {
        return new PortaskException(ErrorCode.CONNECTION_LOST, "The client has ended its side and takes no answer");
    }

    // The queue

    private void giveTurn(HostedExchange exchange) {
        exchange.intake().startIfDue(exchange == first);
        if (exchange == first && exchange == receiving) {
            exchange.invite();
        }
    }

    private void enqueue(HostedExchange exchange) {
        unanswered++;
        if (last == null) {
            first = exchange;
            exchange.output().becomeFirst();
        } else {
            last.next = exchange;
        }
        last = exchange;
    }

    /** A part of an answer has to wait for the answers before it. */
    void onHeld(int bytes) {
        if (heldBytes > limits().closingHeldBytes()) {
            close(new PortaskException(
                    ErrorCode.OVERLOADED, heldBytes + " bytes of answers wait for the answer to an earlier request"));
        }
        heldBytes += bytes;
    }

    void onReleased(int bytes) {
        heldBytes -= bytes;
    }

    /** A response was ended. */
    void onResponseEnd() {
        if (!advancing) {
            advance();
            resume();
            watch(false);
        }
    }

    /** Takes what is answered off the queue, and gives the next its turn. */
    private void advance() {
        if (advancing) {
            return;
        }
        advancing = true;
        boolean answeredLast = false;
        try {
            HostedExchange current = first;
            while (current != null && current.isFinished()) {
                current.onSent();
                unanswered--;
                answered++;
                bodyBytes -= current.intake().bodyBytes();
                first = current.next;
                if (first == null) {
                    last = null;
                }
                if (!current.keepsAlive()) {
                    // What has been taken or half received behind it is not answered (RFC 9112 section 9.6).
                    receiving = null;
                    end();
                    answeredLast = true;
                    break;
                }
                if (first != null) {
                    first.output().becomeFirst();
                    giveTurn(first);
                }
                current = first;
            }
        } finally {
            advancing = false;
        }
        if (state == State.ENDING && (answeredLast || (first == null && receiving == null))) {
            close(new PortaskException(ErrorCode.CLOSED, "The last request of the connection was answered"));
        }
    }

    /** No further request is taken. */
    private void end() {
        if (state == State.OPEN) {
            transitionTo(State.ENDING);
        }
    }

    private void resume() {
        if (paused && isWilling()) {
            paused = false;
            connection.resumeReading();
        }
    }

    /** Something about a response changed: it may go on. */
    void onRoom(ResponseOutput output) {
        if (first != null && first.output() == output) {
            first.onRoom();
        }
    }

    @Override
    public void onWritable() {
        if (successor != null) {
            successor.onWritable();
            return;
        }
        if (first != null) {
            first.onRoom();
        }
        watch(true);
    }

    // Upgrades

    /** The request is whole and all before it are answered. */
    void upgrade(HostedExchange exchange) {
        UpgradeHandler handler = exchange.route().upgradeHandler();
        RequestHead request = exchange.request();
        if (handler == null) {
            throw new IllegalStateException("A route for upgrades has no handler for them");
        }
        UpgradeAnswer answer;
        try {
            answer = handler.answer(request.method(), request.uri(), request.upgradeFields(), connection);
        } catch (RuntimeException e) {
            exchange.fail(e);
            return;
        }
        if (answer instanceof UpgradeAnswer.Accepted accepted) {
            accept(accepted);
        } else if (answer instanceof UpgradeAnswer.Refused refused) {
            exchange.getResponseHeaders().putAll(refused.headers());
            exchange.refuse(refused.problem());
        }
    }

    private void accept(UpgradeAnswer.Accepted accepted) {
        connection.write(ResponseEncoder.start()
                .head(101, accepted.headers())
                .upgrade()
                .endHead()
                .take());
        transitionTo(State.UPGRADED);
        deadline.stop();
        decoder = null;
        first = null;
        last = null;
        receiving = null;
        routes.forget();
        successor = accepted.session().apply(connection);
        if (paused) {
            paused = false;
            connection.resumeReading();
        }
    }

    // Time and end

    private void watch(boolean arrived) {
        HttpLimits limits = limits();
        if (receiving != null) {
            boolean waits = receiving.intake().wantsMore() && connection.isWritable();
            boolean progress = arrived && receiving.isExclusive();
            if (!waits) {
                deadline.clear();
            } else if (progress || deadline.kind() != Deadline.Kind.BODY) {
                deadline.set(Deadline.Kind.BODY, limits.bodyTimeoutMs());
            }
        } else if (inputEnded) {
            if (deadline.kind() != Deadline.Kind.ANSWER) {
                deadline.set(Deadline.Kind.ANSWER, limits.keepAliveMs());
            }
        } else if (state != State.OPEN) {
            deadline.clear();
        } else if (partialHead) {
            if (deadline.kind() != Deadline.Kind.HEAD) {
                deadline.set(Deadline.Kind.HEAD, limits.headTimeoutMs());
            }
        } else if (first == null) {
            deadline.set(Deadline.Kind.KEEP_ALIVE, limits.keepAliveMs());
        } else {
            deadline.clear();
        }
    }

    private void onExpired() {
        switch (deadline.kind()) {
            case KEEP_ALIVE ->
                close(new PortaskException(ErrorCode.IDLE_TIMEOUT, "No request came for the keep-alive time"));
            case ANSWER -> close(gone());
            case HEAD -> onRefused(408, "The head of the request did not come in time");
            case BODY -> onRefused(408, "The body of the request did not come in time");
            case NONE -> {}
        }
    }

    /** The session's own deadlines say what silence means. */
    @Override
    public void onIdle(int silentPeriods) {
        if (successor != null) {
            successor.onIdle(silentPeriods);
        }
    }

    @Override
    public void onShutdown() {
        if (successor != null) {
            successor.onShutdown();
            return;
        }
        shuttingDown = true;
        end();
        for (HostedExchange each = first; each != null; each = each.next) {
            each.onServerShutdown();
        }
        if (first == null) {
            close(new PortaskException(ErrorCode.SHUTTING_DOWN, "The server is shutting down"));
        }
    }

    @Override
    public SessionInfo info() {
        return successor == null ? new SessionInfo("", answered + unanswered, answered, 0) : successor.info();
    }

    void close(PortaskException reason) {
        connection.close(reason);
    }

    @Override
    public void onClosed(PortaskException reason) {
        boolean upgraded = state == State.UPGRADED;
        transitionTo(State.CLOSED);
        deadline.stop();
        if (upgraded && successor != null) {
            successor.onClosed(reason);
        }
        for (HostedExchange each = first; each != null; each = each.next) {
            each.onClosed(reason);
        }
        first = null;
        last = null;
        receiving = null;
    }
}
