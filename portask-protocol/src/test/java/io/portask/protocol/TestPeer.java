package io.portask.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.net.ProtocolSession;
import io.portask.net.testing.FakeConnection;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A client of a session on a {@link FakeConnection}: sends frames and reads the answers. */
final class TestPeer {
    final FakeConnection connection = new FakeConnection();
    final ProtocolSession session;
    private final FrameDecoder decoder;
    private final ArrayDeque<CollectedFrames.Frame> arrived = new ArrayDeque<>();
    private final FrameSealer sealer;
    int flags;

    TestPeer(PortProtocol protocol) {
        this(protocol, null);
    }

    TestPeer(PortProtocol protocol, PortKeys keys) {
        session = protocol.open(connection);
        connection.attach(session);
        decoder = new FrameDecoder(64 << 20, keys, keys != null);
        sealer = keys == null ? null : FrameSealer.create(keys);
    }

    /** A client that was welcomed. */
    static TestPeer open(PortProtocol protocol) {
        TestPeer peer = new TestPeer(protocol);
        peer.hello(null);
        return peer;
    }

    HelloResponse hello(String token) {
        send(FrameType.HELLO, 1, new HelloRequest(1, 1, "test", token)::encode);
        return HelloResponse.decode(answer(FrameType.HELLO, 1));
    }

    void send(FrameType type, int correlationId, Consumer<PayloadWriter> payload) {
        sendRaw(frame(type, correlationId, payload));
    }

    ByteBuffer frame(FrameType type, int correlationId, Consumer<PayloadWriter> payload) {
        return Frames.frame(type, flags, correlationId, sealer, payload);
    }

    void sendRaw(ByteBuffer bytes) {
        connection.receive(bytes);
        connection.runTasks();
    }

    private void collect() {
        connection.runTasks();
        CollectedFrames collected = new CollectedFrames();
        ByteBuffer bytes = connection.takeWritten();
        decoder.decode(bytes, collected);
        assertThat(bytes.hasRemaining()).as("half a frame").isFalse();
        assertThat(collected.badFrames).isEmpty();
        arrived.addAll(collected.frames);
    }

    /** The next frame; null if there is none. */
    CollectedFrames.Frame poll() {
        collect();
        return arrived.poll();
    }

    CollectedFrames.Frame next() {
        CollectedFrames.Frame frame = poll();
        assertThat(frame).as("a frame should have arrived").isNotNull();
        return frame;
    }

    /** The next frame, which a thread of the broker may have to make first. */
    CollectedFrames.Frame await() {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        CollectedFrames.Frame frame = poll();
        while (frame == null && System.nanoTime() - deadlineNs < 0) {
            Thread.onSpinWait();
            frame = poll();
        }
        assertThat(frame).as("a frame should have arrived").isNotNull();
        return frame;
    }

    void assertSilent() {
        assertThat(poll()).isNull();
    }

    ByteBuffer answer(FrameType type, int correlationId) {
        return answer(next(), type, correlationId);
    }

    ByteBuffer awaitAnswer(FrameType type, int correlationId) {
        return answer(await(), type, correlationId);
    }

    private static ByteBuffer answer(CollectedFrames.Frame frame, FrameType type, int correlationId) {
        String error = frame.type() == FrameType.ERROR
                ? ErrorPayload.decode(frame.payload().duplicate()).toString()
                : "";
        assertThat(frame.type()).as(error).isEqualTo(type);
        assertThat(frame.correlationId()).isEqualTo(correlationId);
        assertThat(frame.flags() & FrameFlags.RESPONSE).isEqualTo(FrameFlags.RESPONSE);
        return frame.payload();
    }

    ErrorPayload assertError(ErrorCode code, int correlationId) {
        ErrorPayload error = ErrorPayload.decode(answer(FrameType.ERROR, correlationId));
        assertThat(error.code()).as(error.text()).isEqualTo(code);
        assertThat(error.retriable()).isEqualTo(code.retriable());
        assertThat(error.fatal()).isEqualTo(code.fatal());
        assertThat(error.text()).isNotBlank();
        assertThat(connection.closeReason != null).isEqualTo(code.fatal());
        return error;
    }

    void publish(TopicPartition partition, int correlationId, ByteBuffer batch) {
        send(FrameType.PUBLISH, correlationId, out -> {
            PublishRequest.encode(out, partition, null);
            out.bytes(batch);
        });
    }

    AppendResult published(TopicPartition partition, int correlationId, ByteBuffer batch) {
        publish(partition, correlationId, batch);
        return PublishResponse.decode(answer(FrameType.PUBLISH, correlationId));
    }

    void subscribe(TopicPartition partition, int id, long credit) {
        send(FrameType.SUBSCRIBE, id, new SubscribeRequest(partition, StartPosition.earliest(), null, credit)::encode);
    }

    SubscribeResponse subscribed(TopicPartition partition, int id, long credit) {
        subscribe(partition, id, credit);
        return SubscribeResponse.decode(answer(FrameType.SUBSCRIBE, id));
    }

    void credit(int id, long bytes) {
        send(FrameType.CREDIT, id, out -> CreditPayload.encode(out, bytes));
    }

    /** The next frame, which must be a delivery; its payload's position is at the batches. */
    ByteBuffer delivery(int id, BatchesPayload offsets) {
        CollectedFrames.Frame frame = next();
        assertThat(frame.type()).isEqualTo(FrameType.DELIVER);
        assertThat(frame.correlationId()).isEqualTo(id);
        offsets.wrap(frame.payload());
        return frame.payload();
    }
}
