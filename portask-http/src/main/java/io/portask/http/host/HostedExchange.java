package io.portask.http.host;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpPrincipal;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.exchange.BodyException;
import io.portask.http.exchange.Problem;
import io.portask.http.exchange.RequestBodyConsumer;
import io.portask.http.exchange.ResponseStream;
import io.portask.http.exchange.StreamingExchange;
import io.portask.http.exchange.UpgradeAnswer.Refused;
import io.portask.http.wire.RequestHead;
import io.portask.http.wire.ResponseEncoder;
import io.portask.net.Connection;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request and its response, as its handler sees them. A link in the queue of its session's. Handed from thread to thread by
 * whoever handles it, but never used by two at once; {@link StreamingExchange} says what any thread may call.
 */
final class HostedExchange extends HttpExchange implements StreamingExchange {
    private static final Logger LOG = LoggerFactory.getLogger(HostedExchange.class);

    private final HttpSession session;
    private final Connection connection;
    private final RequestHead request;
    private final Route route;
    private final ResponseOutput output;
    private final ResponseBody responseBody;
    private final DoneListeners doneListeners = new DoneListeners();
    private final Headers responseHeaders = new Headers();
    private @Nullable Refused refusal;
    private RequestBody requestBody = RequestBody.NONE;
    private @Nullable InputStream in;
    private @Nullable OutputStream out;
    private @Nullable Map<String, Object> attributes;
    private volatile @Nullable PushedResponse pushed;
    private volatile @Nullable Runnable onShutdown;
    private volatile int status = -1;
    private volatile boolean keepAlive;
    private volatile boolean lastOfConnection;
    private volatile boolean uninvited;

    /** Changed on the connection's thread. */
    volatile @Nullable HostedExchange next;

    private final ExchangeIntake intake;

    HostedExchange(HttpSession session, Connection connection, RequestHead request, Route route) {
        this.session = session;
        this.connection = connection;
        this.request = request;
        this.route = route;
        output = new ResponseOutput(session, connection);
        responseBody = new ResponseBody(this, output, route.mode() == Route.Mode.BLOCKING);
        keepAlive = request.keepAlive();
        uninvited = request.expectsContinue() && request.hasBody();
        intake = new ExchangeIntake(this, session);
    }

    RequestHead request() {
        return request;
    }

    Route route() {
        return route;
    }

    ResponseOutput output() {
        return output;
    }

    ExchangeIntake intake() {
        return intake;
    }

    /** What the gate said; null if the request may go on. Decided before the handler runs. */
    @Nullable
    Refused refusal() {
        return refusal;
    }

    void refusal(@Nullable Refused decided) {
        refusal = decided;
    }

    RequestBody body() {
        return requestBody;
    }

    void body(RequestBody chosen) {
        requestBody = chosen;
    }

    /** Whether nothing else of its connection may be under way while it is. */
    boolean isExclusive() {
        return route.mode() != Route.Mode.INLINE;
    }

    /** Answered, and nothing of the request is still to come that the connection has to get past. On its thread. */
    boolean isFinished() {
        return output.ended() && (intake.isComplete() || !keepsAlive());
    }

    boolean keepsAlive() {
        return keepAlive && !lastOfConnection;
    }

    /** Lets the client send the body that it holds back, unless a response has made that pointless. */
    void invite() {
        if (uninvited && !isStarted()) {
            uninvited = false;
            connection.write(ResponseEncoder.start().interimContinue().take());
        }
    }

    /** The connection ends behind the response. */
    void endConnection() {
        lastOfConnection = true;
    }

    boolean isStarted() {
        return status >= 0;
    }

    /** Whether the response is pushed and goes on. */
    boolean isOpenStream() {
        return pushed != null && !output.ended();
    }

    /** Runs the handler, on whatever thread its route says. */
    void handle() {
        try {
            route.handle(this);
        } catch (Throwable e) {
            fail(e);
        }
    }

    /** Answers with a problem, or breaks off a response that was started. */
    void fail(Throwable error) {
        if (isStarted()) {
            abort("The handler of " + route.getPath() + " failed: " + error);
        } else {
            Problem problem = Problem.of(error);
            if (problem.code() == ErrorCode.INTERNAL_ERROR) {
                LOG.error("Connection {}: {} {} failed", connection.id(), request.method(), route.getPath(), error);
            }
            refuse(problem);
        }
    }

    void refuse(Problem problem) {
        responseHeaders.remove("Content-Encoding");
        try {
            try {
                problem.send(this);
            } catch (IllegalArgumentException e) {
                // A field that the handler had set cannot be written.
                responseHeaders.clear();
                problem.send(this);
            }
        } catch (IOException e) {
            abort("A problem could not be sent: " + e.getMessage());
        }
    }

    /** Ends the connection without the rest of the response. */
    void abort(String why) {
        connection.execute(() -> connection.close(new PortaskException(ErrorCode.CONNECTION_LOST, why)));
    }

    // The connection's side.

    void onRoom() {
        output.updateRoom();
        PushedResponse stream = pushed;
        if (stream != null) {
            stream.update();
        }
    }

    void onServerShutdown() {
        Runnable task = onShutdown;
        if (task != null) {
            task.run();
        }
    }

    void onClosed(PortaskException reason) {
        output.onClosed(reason);
        if (!intake.isComplete()) {
            requestBody.fail(new BodyException(408, "The connection was closed before the body was whole"));
        }
        doneListeners.done(reason);
    }

    void onSent() {
        doneListeners.done(null);
    }

    // Streaming.

    @Override
    public Connection connection() {
        return connection;
    }

    @Override
    public boolean isOnLoop() {
        return session.onThread();
    }

    @Override
    public void receiveBody(RequestBodyConsumer consumer) {
        if (!(requestBody instanceof PushedBody body)) {
            throw new IllegalStateException("Only the body of a streaming handler's exchange is pushed");
        }
        body.consumer(consumer);
    }

    @Override
    public void pauseBody() {
        if (requestBody instanceof PushedBody body) {
            body.paused(true);
        }
    }

    @Override
    public void resumeBody() {
        connection.execute(() -> {
            if (requestBody instanceof PushedBody body) {
                body.paused(false);
                session.onBodyWanted();
            }
        });
    }

    @Override
    public ResponseStream startStream(int code) {
        if (isStarted()) {
            throw new IllegalStateException("The response was started before");
        }
        ResponseEncoder encoder = ResponseEncoder.start();
        ResponseHead head = encodeHead(encoder, code, ResponseHead.UNKNOWN);
        PushedResponse stream = new PushedResponse(this, output, head);
        pushed = stream;
        output.send(encoder, head.bodiless());
        session.onStreamStarted();
        return stream;
    }

    @Override
    public void onDone(Consumer<@Nullable Exception> outcome) {
        doneListeners.add(outcome);
    }

    @Override
    public void onShutdown(Runnable task) {
        onShutdown = task;
        connection.execute(() -> {
            if (session.isShuttingDown()) {
                task.run();
            }
        });
    }

    // The JDK's API.

    @Override
    public void sendResponseHeaders(int code, long length) throws IOException {
        if (isStarted()) {
            throw new IOException("The response was started before");
        }
        output.checkOpen();
        ResponseEncoder encoder = ResponseEncoder.start();
        ResponseHead head = encodeHead(encoder, code, length == 0 ? ResponseHead.UNKNOWN : Math.max(0, length));
        responseBody.start(head, encoder);
    }

    private ResponseHead encodeHead(ResponseEncoder encoder, int code, long length) {
        if (code < 200 || code > 999) {
            throw new IllegalArgumentException("The status " + code + " is none of a response");
        }
        if (lastOfConnection
                || uninvited
                || session.isLast(this)
                || "close".equalsIgnoreCase(responseHeaders.getFirst("Connection"))) {
            keepAlive = false;
        }
        ResponseHead head = new ResponseHead(request, code, length, keepAlive);
        head.encode(encoder, request, code, responseHeaders);
        keepAlive = head.keepAlive();
        status = code;
        return head;
    }

    /** Ends the response; without one, ends the connection. */
    @Override
    public void close() {
        if (!isStarted()) {
            abort("The handler of " + route.getPath() + " closed an exchange without an answer");
            return;
        }
        try {
            getResponseBody().close();
            responseBody.close();
        } catch (IOException e) {
            abort("A response could not be ended: " + e.getMessage());
        }
    }

    @Override
    public Headers getRequestHeaders() {
        return request.headers();
    }

    @Override
    public Headers getResponseHeaders() {
        return responseHeaders;
    }

    @Override
    public URI getRequestURI() {
        return request.uri();
    }

    @Override
    public String getRequestMethod() {
        return request.method();
    }

    @Override
    public HttpContext getHttpContext() {
        return route;
    }

    @Override
    public InputStream getRequestBody() {
        InputStream known = in;
        if (known == null) {
            known = requestBody.stream();
            in = known;
        }
        return known;
    }

    @Override
    public OutputStream getResponseBody() {
        return out == null ? responseBody : out;
    }

    @Override
    public void setStreams(@Nullable InputStream input, @Nullable OutputStream output) {
        in = input == null ? in : input;
        out = output == null ? out : output;
    }

    @Override
    public InetSocketAddress getRemoteAddress() {
        return (InetSocketAddress) connection.remoteAddress();
    }

    @Override
    public InetSocketAddress getLocalAddress() {
        return (InetSocketAddress) connection.localAddress();
    }

    @Override
    public int getResponseCode() {
        return status;
    }

    @Override
    public String getProtocol() {
        return request.minorVersion() == 0 ? "HTTP/1.0" : "HTTP/1.1";
    }

    @Override
    public @Nullable Object getAttribute(String name) {
        return attributes == null ? null : attributes.get(name);
    }

    @Override
    public void setAttribute(String name, @Nullable Object value) {
        Map<String, Object> known = attributes;
        if (known == null) {
            known = new HashMap<>(4);
            attributes = known;
        }
        if (value == null) {
            known.remove(name);
        } else {
            known.put(name, value);
        }
    }

    @Override
    public @Nullable HttpPrincipal getPrincipal() {
        return null;
    }
}
