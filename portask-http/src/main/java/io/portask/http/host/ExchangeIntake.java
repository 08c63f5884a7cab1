package io.portask.http.host;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.exchange.BodyException;
import io.portask.http.exchange.Problem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.RejectedExecutionException;

/**
 * The receiving side of one exchange: starts its handler when its route says, and brings the body to it. On the connection's
 * thread.
 */
final class ExchangeIntake {
    /** What of a body is still read when the response has ended without it, so that the connection can live on. */
    private static final int MAX_DROPPED_BYTES = 256 << 10;

    private final HostedExchange exchange;
    private final HttpSession session;
    private boolean ready;
    private boolean started;
    private boolean complete;
    private int dropped;
    private boolean refusedAtHead;
    private long bodyBytes;

    ExchangeIntake(HostedExchange exchange, HttpSession session) {
        this.exchange = exchange;
        this.session = session;
    }

    /** The head is there and acceptable. What the gate refused is answered now, and its body is dropped. */
    void onHead() {
        refusedAtHead = exchange.refusal() != null;
        boolean hasBody = exchange.request().hasBody() && !refusedAtHead;
        exchange.body(
                switch (exchange.route().mode()) {
                    case INLINE ->
                        hasBody ? new CollectedBody(exchange.request().contentLength()) : RequestBody.NONE;
                    case STREAMING -> new PushedBody();
                    case BLOCKING ->
                        hasBody
                                ? new PipedBody(
                                        session.limits().bodyBufferBytes(),
                                        () -> exchange.connection().execute(session::onBodyWanted))
                                : RequestBody.NONE;
                    case UPGRADE -> RequestBody.NONE;
                });
        ready = true;
    }

    /** Starts what waits for its turn, if it is its turn. */
    void startIfDue(boolean first) {
        if (!ready || started) {
            return;
        }
        switch (exchange.route().mode()) {
            case INLINE -> {
                if (complete || refusedAtHead) {
                    start();
                }
            }
            case STREAMING, BLOCKING -> {
                if (first) {
                    start();
                }
            }
            case UPGRADE -> {
                if (first && complete) {
                    started = true;
                    session.upgrade(exchange);
                }
            }
        }
    }

    private void start() {
        started = true;
        if (exchange.route().mode() == Route.Mode.BLOCKING) {
            try {
                exchange.route().executor().execute(exchange::handle);
            } catch (RejectedExecutionException e) {
                exchange.fail(new PortaskException(ErrorCode.OVERLOADED, "All threads for this path are busy", e));
            }
        } else {
            exchange.handle();
            if (complete) {
                endBody();
            }
        }
    }

    boolean wantsMore() {
        if (exchange.output().ended()) {
            return true;
        }
        return (started || !exchange.isExclusive()) && exchange.body().wantsMore();
    }

    void onBody(ByteBuffer part) {
        bodyBytes += part.remaining();
        if (exchange.output().ended()) {
            dropped += part.remaining();
            if (dropped > MAX_DROPPED_BYTES) {
                session.close(new PortaskException(
                        ErrorCode.INVALID_REQUEST, "A body was sent on although the request was answered"));
            }
            return;
        }
        try {
            exchange.body().onBytes(part);
        } catch (IOException | RuntimeException e) {
            exchange.body(RequestBody.NONE);
            exchange.fail(e);
        }
    }

    /** The request is whole. Who has not started yet, because it is not its turn, hears of that when it has. */
    void onEnd() {
        complete = true;
        if (started) {
            endBody();
        }
    }

    private void endBody() {
        if (!exchange.output().ended()) {
            try {
                exchange.body().onEnd();
            } catch (IOException | RuntimeException e) {
                exchange.fail(e);
            }
        }
    }

    /** The request turned out not to be acceptable; nothing more of it comes, and nothing after it. */
    void refuse(int status, String reason) {
        complete = true;
        exchange.endConnection();
        if (started) {
            exchange.body().fail(new BodyException(status, reason));
        } else {
            started = true;
            exchange.refuse(Problem.of(status, reason));
        }
    }

    /** What has arrived of the body. */
    long bodyBytes() {
        return bodyBytes;
    }

    boolean isComplete() {
        return complete;
    }
}
