package io.portask.client;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.io.ByteSource;
import io.portask.net.Connection;
import io.portask.net.ProtocolSession;
import io.portask.protocol.AssignmentPayload;
import io.portask.protocol.BatchesPayload;
import io.portask.protocol.CreditPayload;
import io.portask.protocol.DeliveriesPayload;
import io.portask.protocol.ErrorPayload;
import io.portask.protocol.FrameDecoder;
import io.portask.protocol.FrameFlags;
import io.portask.protocol.FrameHeader;
import io.portask.protocol.FrameSealer;
import io.portask.protocol.FrameSink;
import io.portask.protocol.FrameType;
import io.portask.protocol.FrameWriter;
import io.portask.protocol.HeartbeatPayload;
import io.portask.protocol.HelloRequest;
import io.portask.protocol.HelloResponse;
import io.portask.protocol.PayloadWriter;
import io.portask.protocol.PortKeys;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.Int2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One connection, from its Hello to its end: what waits for an answer, and which subscriptions and memberships it carries. On the loop's thread.
 * It knows nothing of reconnecting; its {@link Owner} does.
 */
final class ClientSession implements ProtocolSession, FrameSink {
    /** Is told of the connection's life. */
    interface Owner {
        void onReady(ClientSession session, HelloResponse hello);

        void onWritable(ClientSession session);

        void onLost(ClientSession session, PortaskException reason);
    }

    private static final int MAX_HELLO_BYTES = 64 << 10;
    /** What a frame may hold beyond the server's own limit: offsets, key id, nonce and tag. */
    private static final int FRAME_SLACK_BYTES = 4096;

    private final Connection connection;
    private final Owner owner;
    private final FrameDecoder decoder;
    private final FrameWriter writer;
    private final int requestFlags;
    private final ClientLoop loop;
    private final int requestTimeoutMs;
    private final Int2ObjectHashMap<Request> inFlight = new Int2ObjectHashMap<>();
    private final Int2ObjectHashMap<PushTarget> targets = new Int2ObjectHashMap<>();
    private final BatchesPayload deliverPayload = new BatchesPayload();
    private final Connection.Timer helloTimer;
    private @Nullable PortaskException farewell;
    private int lastCorrelationId;
    private boolean ready;
    private boolean closed;
    private boolean wasSilent;
    private boolean wasQuiet;

    ClientSession(Connection connection, ClientConfig config, ClientLoop loop, Owner owner) {
        this.connection = connection;
        this.owner = owner;
        this.loop = loop;
        this.requestTimeoutMs = config.requestTimeoutMs();
        this.requestFlags = config.compressFrames() ? FrameFlags.COMPRESSED : FrameFlags.NONE;
        PortKeys keys = config.encryptionKeys();
        this.decoder = new FrameDecoder(MAX_HELLO_BYTES, keys, keys != null);
        this.writer = new FrameWriter(connection);
        if (keys != null) {
            writer.encryptWith(FrameSealer.create(keys));
        }
        HelloRequest hello =
                new HelloRequest(FrameHeader.VERSION, FrameHeader.VERSION, config.clientName(), config.token());
        send(new Greeting(hello));
        this.helloTimer = connection.schedule(
                config.connectTimeoutMs(),
                () -> connection.close(new PortaskException(
                        ErrorCode.TIMEOUT,
                        "The server did not answer Hello within " + config.connectTimeoutMs()
                                + " ms; is it a Portask server?")));
    }

    /** The question that every connection begins with. */
    private final class Greeting extends Request {
        private final HelloRequest hello;

        Greeting(HelloRequest hello) {
            this.hello = hello;
        }

        @Override
        FrameType type() {
            return FrameType.HELLO;
        }

        @Override
        void encode(PayloadWriter out) {
            hello.encode(out);
        }

        @Override
        void onResponse(ByteBuffer payload, boolean last) {
            HelloResponse answer = HelloResponse.decode(payload);
            int largest = Math.max(answer.maxFrameBytes(), answer.maxBatchBytes());
            decoder.maxPayloadBytes(Math.min(largest, Integer.MAX_VALUE - FRAME_SLACK_BYTES) + FRAME_SLACK_BYTES);
            helloTimer.cancel();
            ready = true;
            owner.onReady(ClientSession.this, answer);
        }

        @Override
        void onFailure(PortaskException failure, boolean retriable) {
            connection.close(failure);
        }
    }

    boolean isReady() {
        return ready && !closed;
    }

    boolean isWritable() {
        return connection.isWritable();
    }

    /** How many requests wait for their answer. */
    int unanswered() {
        return inFlight.size();
    }

    /** Sends the request and keeps it until it is answered. */
    void send(Request request) {
        int id = nextCorrelationId();
        request.correlationId(id);
        request.deadlineNs(loop.nanoTime() + (requestTimeoutMs + (long) request.extraTimeMs()) * 1_000_000L);
        inFlight.put(id, request);
        request.encode(writer.begin(request.type(), requestFlags, id));
        ByteSource body = request.body();
        if (body == null) {
            writer.send();
        } else {
            writer.send(body);
        }
        wasQuiet = false;
    }

    /** Directs what the server sends under this id; from when the request that has it is answered. */
    void attach(int id, PushTarget target) {
        targets.put(id, target);
    }

    void detach(int id) {
        targets.remove(id);
    }

    void credit(int subscription, long bytes) {
        CreditPayload.encode(writer.begin(FrameType.CREDIT, FrameFlags.NONE, subscription), bytes);
        writer.send();
        wasQuiet = false;
    }

    private int nextCorrelationId() {
        do {
            lastCorrelationId++;
        } while (lastCorrelationId == 0
                || inFlight.containsKey(lastCorrelationId)
                || targets.containsKey(lastCorrelationId));
        return lastCorrelationId;
    }

    /** Whether no byte arrived since the last call. */
    boolean wasSilent() {
        boolean silent = wasSilent;
        wasSilent = true;
        return silent;
    }

    /** Whether nothing was sent since the last call. */
    boolean wasQuiet() {
        boolean quiet = wasQuiet;
        wasQuiet = true;
        return quiet;
    }

    void heartbeat() {
        HeartbeatPayload.encode(
                writer.begin(FrameType.HEARTBEAT, FrameFlags.NONE, nextCorrelationId()), loop.nanoTime());
        writer.send();
        wasQuiet = false;
    }

    /** Fails what waited too long. */
    void expire(long nowNs) {
        List<Request> late = new ArrayList<>();
        for (Request request : inFlight.values()) {
            if (nowNs - request.deadlineNs() >= 0) {
                late.add(request);
            }
        }
        for (Request request : late) {
            String text = "No answer to " + request.type() + " within "
                    + (requestTimeoutMs + (long) request.extraTimeMs()) + " ms";
            if (request.timeoutEndsConnection()) {
                close(new PortaskException(ErrorCode.CONNECTION_LOST, text + "; connecting anew"));
                return;
            }
            inFlight.remove(request.correlationId());
            request.onFailure(new PortaskException(ErrorCode.TIMEOUT, text), true);
        }
    }

    void close(PortaskException reason) {
        connection.close(reason);
    }

    @Override
    public int onBytes(ByteBuffer bytes) {
        wasSilent = false;
        return decoder.decode(bytes, this);
    }

    @Override
    public void onFrame(FrameType type, int flags, int correlationId, ByteBuffer payload) {
        if (type == FrameType.DELIVER) {
            if (targets.get(correlationId) instanceof DeliveryTarget target) {
                target.onDeliver(deliverPayload.wrap(payload), payload);
            }
        } else if (type == FrameType.ASSIGNMENT) {
            if (targets.get(correlationId) instanceof AssignmentTarget target) {
                target.onAssignment(AssignmentPayload.decode(payload));
            }
        } else if (type == FrameType.WORK && !FrameFlags.has(flags, FrameFlags.RESPONSE)) {
            if (targets.get(correlationId) instanceof WorkTarget target) {
                target.onDeliveries(DeliveriesPayload.decode(payload));
            }
        } else if (type == FrameType.ERROR) {
            onError(correlationId, ErrorPayload.decode(payload));
        } else if (FrameFlags.has(flags, FrameFlags.RESPONSE)) {
            onResponse(flags, correlationId, payload);
        } else if (type == FrameType.HEARTBEAT) {
            long opaque = HeartbeatPayload.decode(payload);
            HeartbeatPayload.encode(writer.begin(FrameType.HEARTBEAT, FrameFlags.RESPONSE, correlationId), opaque);
            writer.send();
        }
    }

    private void onResponse(int flags, int correlationId, ByteBuffer payload) {
        boolean last = !FrameFlags.has(flags, FrameFlags.MORE);
        Request request = last ? inFlight.remove(correlationId) : inFlight.get(correlationId);
        if (request == null) {
            return;
        }
        try {
            request.onResponse(payload, last);
        } catch (PortaskException e) {
            inFlight.remove(correlationId);
            request.onFailure(
                    new PortaskException(
                            ErrorCode.INTERNAL_ERROR, "The server's answer cannot be read: " + e.getMessage(), e),
                    false);
        }
    }

    private void onError(int correlationId, ErrorPayload error) {
        PortaskException failure = error.toException();
        Request request = inFlight.remove(correlationId);
        PushTarget target = targets.get(correlationId);
        if (request != null) {
            request.onFailure(failure, error.retriable());
        } else if (target != null) {
            targets.remove(correlationId);
            target.onEnded(failure, error.retriable());
        }
        if (correlationId == 0 || error.fatal()) {
            farewell = failure;
            connection.close(failure);
        }
    }

    /** A damaged answer: whoever waits for it may ask again. */
    @Override
    public void onBadFrame(int flags, int correlationId, PortaskException error) {
        Request request = inFlight.remove(correlationId);
        if (request != null) {
            request.onFailure(error, true);
        } else if (targets.containsKey(correlationId)) {
            connection.close(error);
        }
    }

    @Override
    public boolean wantsMore() {
        return !closed;
    }

    @Override
    public void onWritable() {
        owner.onWritable(this);
    }

    /** Silence is noticed by the owner's own timer. */
    @Override
    public void onIdle(int silentPeriods) {}

    @Override
    public void onShutdown() {
        connection.close(new PortaskException(ErrorCode.CLOSED, "The client is closed"));
    }

    @Override
    public void onClosed(PortaskException reason) {
        closed = true;
        helloTimer.cancel();
        PortaskException known = farewell;
        PortaskException cause = known == null ? reason : known;
        owner.onLost(this, cause);
        PortaskException lost = known == null && cause.code() == ErrorCode.CLOSED
                ? cause
                : new PortaskException(
                        ErrorCode.CONNECTION_LOST,
                        "The connection to the server was lost before it answered: " + cause.getMessage(),
                        cause);
        List<Request> unanswered = new ArrayList<>(inFlight.values());
        inFlight.clear();
        targets.clear();
        for (Request request : unanswered) {
            request.onFailure(lost, true);
        }
    }
}
