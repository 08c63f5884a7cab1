package io.portask.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import io.portask.error.ErrorCode;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class PortSecurityTest extends PortSessionTestBase {
    private static final PortKeys K1 = PortKeys.of("k1", new byte[32]);
    private static final PortKeys BOTH = PortKeys.parse(List.of("k2:" + "0b".repeat(32), "k1:" + "00".repeat(32)));
    private static final PortConfig REQUIRED =
            PortConfig.builder().keys(BOTH).requireEncryption(true).build();

    @Test
    void encryptedSessionIsAnsweredEncryptedUnderTheSameKey() {
        TestPeer peer = new TestPeer(protocol(REQUIRED), K1);
        peer.hello(null);
        ByteBuffer batch = TestBatches.batch(0, "k", "a");
        peer.published(ORDERS, 2, batch);
        peer.subscribed(ORDERS, 3, 100 << 20);
        CollectedFrames.Frame delivery = peer.next();
        assertThat(delivery.flags()).isEqualTo(FrameFlags.ENCRYPTED);
        new BatchesPayload().wrap(delivery.payload());
        assertThat(delivery.payload()).isEqualTo(batch);
        peer.send(FrameType.FETCH, 4, out -> {});
        peer.assertError(ErrorCode.INVALID_REQUEST, 4);
    }

    @Test
    void plainHelloIsRefusedWhereEncryptionIsRequired() {
        TestPeer peer = new TestPeer(protocol(REQUIRED));
        peer.send(FrameType.HELLO, 1, new HelloRequest(1, 1, "test", null)::encode);
        peer.assertError(ErrorCode.ENCRYPTION_REQUIRED, 0);
    }

    @Test
    void unknownKeyIsToldInPlain() {
        TestPeer peer = new TestPeer(protocol(REQUIRED), PortKeys.of("k3", new byte[32]));
        peer.send(FrameType.HELLO, 1, new HelloRequest(1, 1, "test", null)::encode);
        peer.assertError(ErrorCode.UNKNOWN_KEY, 0);
    }

    @Test
    void badFrameThatIsTheFirstEncryptedOneIsAnsweredEncrypted() {
        TestPeer peer = TestPeer.open(protocol(PortConfig.builder().keys(K1).build()));
        ByteBuffer plain = ByteBuffer.allocate(8);
        FrameSealer sealer = FrameSealer.create(K1);
        int size = sealer.sealedSize(plain.remaining());
        ByteBuffer frame = ByteBuffer.allocate(FrameHeader.SIZE + size);
        new FrameHeader().wrap(frame, 0).encode(FrameType.HEARTBEAT, FrameFlags.ENCRYPTED, 7, size);
        frame.put(FrameHeader.TYPE_OFFSET, (byte) 99).position(FrameHeader.SIZE);
        sealer.seal(new FrameAead(), 0, plain, frame);
        peer.connection.receive(Frames.fixChecksums(frame.flip()));
        CollectedFrames got = new CollectedFrames();
        new FrameDecoder(Frames.MAX_PAYLOAD, K1, true).decode(peer.connection.takeWritten(), got);
        assertThat(got.frames).singleElement().satisfies(error -> {
            assertThat(error.correlationId()).isEqualTo(7);
            assertThat(ErrorPayload.decode(error.payload()).code()).isEqualTo(ErrorCode.UNKNOWN_FRAME_TYPE);
        });
    }

    @Test
    void keysAreNotNeededForPlainSessions() {
        PortProtocol protocol = protocol(PortConfig.builder().keys(BOTH).build());
        TestPeer.open(protocol);
        new TestPeer(protocol, K1).hello(null);
    }

    @Test
    void repeatedEncryptedRequestEndsTheConnection() {
        TestPeer peer = new TestPeer(protocol(REQUIRED), K1);
        peer.hello(null);
        ByteBuffer publish = peer.frame(FrameType.HEARTBEAT, 5, out -> out.i64(1));
        peer.sendRaw(publish);
        peer.answer(FrameType.HEARTBEAT, 5);
        peer.sendRaw(publish);
        peer.assertError(ErrorCode.DECRYPTION_FAILED, 0);
    }

    @Test
    void compressedRequestsAreAnsweredCompressedWhereItPays() {
        TestPeer peer = new TestPeer(protocol());
        peer.flags = FrameFlags.COMPRESSED;
        peer.hello(null);
        ByteBuffer batch = TestBatches.ofSize(50_000);
        peer.send(FrameType.PUBLISH, 2, out -> {
            PublishRequest.encode(out, ORDERS, null);
            out.bytes(batch);
        });
        assertThat(PublishResponse.decode(peer.answer(FrameType.PUBLISH, 2)).nextOffset())
                .isEqualTo(1);
        peer.flags = 0;
        peer.sendRaw(compressedAnyway(FrameType.FETCH, 3, new FetchRequest(ORDERS, 0, 1 << 20, 1, 0)::encode));
        CollectedFrames.Frame answer = peer.next();
        assertThat(answer.flags()).isEqualTo(FrameFlags.RESPONSE | FrameFlags.COMPRESSED);
        new BatchesPayload().wrap(answer.payload());
        assertThat(answer.payload()).isEqualTo(batch);
        assertThat(store.openResults).isZero();
    }

    /** The encoder would not compress what gets larger by it. */
    private static ByteBuffer compressedAnyway(FrameType type, int id, Consumer<PayloadWriter> payload) {
        ByteBuffer plain = Frames.payloadOf(payload);
        byte[] bytes = new byte[plain.remaining()];
        plain.get(bytes);
        ByteBuffer deflated = ByteBuffer.wrap(Zstd.compress(bytes));
        ByteBuffer frame = Frames.frame(type, 0, id, out -> out.bytes(deflated));
        return Frames.fixChecksums(frame.putShort(FrameHeader.FLAGS_OFFSET, (short) FrameFlags.COMPRESSED));
    }

    @Test
    void badCompressionEndsTheConnection() {
        TestPeer peer = TestPeer.open(protocol());
        ByteBuffer frame = Frames.heartbeat(2).putShort(FrameHeader.FLAGS_OFFSET, (short) FrameFlags.COMPRESSED);
        peer.sendRaw(Frames.fixChecksums(frame));
        peer.assertError(ErrorCode.BAD_COMPRESSION, 0);
    }

    @Test
    void configurationThatCannotWorkIsRefused() {
        Frames.assertFails(
                ErrorCode.INVALID_CONFIGURATION,
                () -> PortConfig.builder().requireEncryption(true).build());
        Frames.assertFails(
                ErrorCode.INVALID_CONFIGURATION,
                () -> PortConfig.builder().maxInFlight(0).build());
        Frames.assertFails(
                ErrorCode.INVALID_CONFIGURATION,
                () -> PortConfig.builder().maxSubscriptions(-1).build());
        Frames.assertFails(
                ErrorCode.INVALID_CONFIGURATION,
                () -> PortConfig.builder().heartbeatMs(0).build());
        Frames.assertFails(
                ErrorCode.INVALID_CONFIGURATION,
                () -> PortConfig.builder().maxFrameBytes(1000).build());
        Frames.assertFails(
                ErrorCode.INVALID_CONFIGURATION,
                () -> PortConfig.builder().tokens(List.of("")).build());
        Frames.assertFails(
                ErrorCode.INVALID_CONFIGURATION,
                () -> PortConfig.builder().serverName("x".repeat(256)).build());
    }

    @Test
    void tokensAndKeysAreNotPrinted() {
        PortConfig config =
                PortConfig.builder().tokens(List.of("s3cret")).keys(BOTH).build();
        assertThat(config.toString()).doesNotContain("s3cret").doesNotContain("0b0b");
    }
}
