package io.portask.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.broker.Broker;
import io.portask.broker.BrokerConfig;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.net.ProtocolHandler.Recognition;
import io.portask.net.SessionInfo;
import io.portask.record.Durability;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.TopicConfig;
import io.portask.store.TopicDescription;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PortSessionTest extends PortSessionTestBase {
    @Test
    void firstBytesTellWhoseConnectionItIs() {
        PortProtocol protocol = protocol();
        assertThat(protocol.name()).isEqualTo("port");
        assertThat(protocol.recognize(ByteBuffer.wrap(new byte[0]))).isEqualTo(Recognition.UNDECIDED);
        assertThat(protocol.recognize(ascii("PO"))).isEqualTo(Recognition.UNDECIDED);
        assertThat(protocol.recognize(ascii("PORT!"))).isEqualTo(Recognition.MINE);
        assertThat(protocol.recognize(ascii("POST / HTTP/1.1"))).isEqualTo(Recognition.NOT_MINE);
        assertThat(protocol.recognize(ascii("G"))).isEqualTo(Recognition.NOT_MINE);
    }

    private static ByteBuffer ascii(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void helloTellsTheLimits() {
        PortConfig config = PortConfig.builder()
                .serverName("n")
                .serverVersion("v")
                .heartbeatMs(5)
                .build();
        HelloResponse hello = new TestPeer(protocol(config)).hello(null);
        assertThat(hello)
                .isEqualTo(new HelloResponse(
                        1, (4 << 20) + (64 << 10), 4 << 20, 5, Durability.NONE, Durability.NONE, false, "n", "v"));
    }

    @Test
    void firstFrameMustBeHello() {
        TestPeer peer = new TestPeer(protocol());
        peer.send(FrameType.HEARTBEAT, 5, out -> out.i64(1));
        peer.assertError(ErrorCode.HELLO_REQUIRED, 5);
    }

    @Test
    void unreadableFirstFrameIsToldThatHelloIsMissing() {
        TestPeer peer = new TestPeer(protocol());
        peer.sendRaw(Frames.heartbeat(9).put(FrameHeader.SIZE, (byte) 1));
        peer.assertError(ErrorCode.HELLO_REQUIRED, 0);
    }

    @Test
    void helloThatCannotBeReadEndsTheConnection() {
        TestPeer peer = new TestPeer(protocol());
        peer.send(FrameType.HELLO, 1, out -> out.u8(1).u8(1).string("no token"));
        assertThat(peer.assertError(ErrorCode.HELLO_REQUIRED, 1).text()).contains("token");
    }

    @Test
    void offsetsOfMorePartitionsThanAnAnswerHoldsAreRefused() {
        PortConfig config = PortConfig.builder().maxFrameBytes(256 << 10).build();
        TestPeer peer = TestPeer.open(
                protocol(config, BrokerConfig.builder().maxBatchBytes(4096).build()));
        List<TopicPartition> many = Collections.nCopies(33_000, new TopicPartition("t", 0));
        peer.send(FrameType.OFFSETS, 2, new OffsetsRequest("billing", many)::encode);
        assertThat(peer.assertError(ErrorCode.INVALID_REQUEST, 2).text()).contains("33000");
    }

    @Test
    void secondHelloIsRefusedAndTheConnectionGoesOn() {
        TestPeer peer = TestPeer.open(protocol());
        peer.send(FrameType.HELLO, 2, new HelloRequest(1, 1, "again", null)::encode);
        peer.assertError(ErrorCode.INVALID_REQUEST, 2);
        peer.send(FrameType.HEARTBEAT, 3, out -> out.i64(1));
        peer.answer(FrameType.HEARTBEAT, 3);
    }

    @Test
    void sessionTellsItsClientAndCountsItsFrames() {
        TestPeer peer = TestPeer.open(protocol());
        assertThat(peer.session.info()).isEqualTo(new SessionInfo("test", 1, 1, 0));
        peer.send(FrameType.HEARTBEAT, 3, out -> out.i64(1));
        peer.answer(FrameType.HEARTBEAT, 3);
        assertThat(peer.session.info()).isEqualTo(new SessionInfo("test", 2, 2, 0));
    }

    @Test
    void noCommonVersionIsFatal() {
        TestPeer peer = new TestPeer(protocol());
        peer.send(FrameType.HELLO, 1, new HelloRequest(2, 9, "newer", null)::encode);
        peer.assertError(ErrorCode.UNSUPPORTED_VERSION, 1);
    }

    @Test
    void helloLargerThanAHelloNeedsIsRefused() {
        TestPeer peer = new TestPeer(protocol());
        peer.send(FrameType.HELLO, 1, out -> out.bytes(ByteBuffer.allocate(20_000)));
        peer.assertError(ErrorCode.FRAME_TOO_LARGE, 0);
    }

    @Test
    void tokenMustBeOneOfThoseConfigured() {
        PortProtocol protocol =
                protocol(PortConfig.builder().tokens(List.of("s3cret", "two")).build());
        assertThat(new TestPeer(protocol).hello("two").version()).isEqualTo(1);
        for (String wrong : new String[] {null, "", "three", "tw", "twoo"}) {
            TestPeer peer = new TestPeer(protocol);
            peer.send(FrameType.HELLO, 1, new HelloRequest(1, 1, "test", wrong)::encode);
            assertThat(peer.assertError(ErrorCode.AUTHENTICATION_FAILED, 1).text())
                    .doesNotContain("s3cret");
        }
    }

    @Test
    void publishedBatchIsStoredUnderItsOffsets() {
        TestPeer peer = TestPeer.open(protocol());
        assertThat(peer.published(ORDERS, 2, TestBatches.batch(0, "k", "a", "b")))
                .isEqualTo(new AppendResult(0, 2, Durability.NONE, false));
        assertThat(peer.published(ORDERS, 3, TestBatches.batch(0, "k", "c")))
                .isEqualTo(new AppendResult(2, 3, Durability.NONE, false));
    }

    @Test
    void retriedPublishOfAnIdempotentProducerIsToldAsADuplicate() {
        TestPeer peer = TestPeer.open(protocol());
        ByteBuffer batch = TestBatches.batch(0, 77, 0, "k", "a");
        peer.published(ORDERS, 2, batch);
        assertThat(peer.published(ORDERS, 3, batch)).isEqualTo(new AppendResult(0, 1, Durability.NONE, true));
        peer.publish(ORDERS, 4, TestBatches.batch(0, 77, 9, "k", "a"));
        peer.assertError(ErrorCode.OUT_OF_ORDER_SEQUENCE, 4);
    }

    @Test
    void refusedPublishesNameTheReasonAndStoreNothing() {
        BrokerConfig small = BrokerConfig.builder().maxBatchBytes(1024).build();
        TestPeer peer = TestPeer.open(protocol(PortConfig.defaults(), small));
        ByteBuffer corrupt = TestBatches.batch(0, "k", "a");
        corrupt.put(corrupt.limit() - 1, (byte) 99);
        peer.publish(ORDERS, 2, corrupt);
        peer.assertError(ErrorCode.CORRUPT_BATCH, 2);
        peer.publish(ORDERS, 3, TestBatches.ofSize(2000));
        peer.assertError(ErrorCode.BATCH_TOO_LARGE, 3);
        peer.send(FrameType.PUBLISH, 4, out -> {
            PublishRequest.encode(out, ORDERS, Durability.SYNCED);
            out.bytes(TestBatches.batch(0, "k", "a"));
        });
        peer.assertError(ErrorCode.DURABILITY_UNAVAILABLE, 4);
        peer.publish(new TopicPartition("orders", 7), 5, TestBatches.batch(0, "k", "a"));
        peer.assertError(ErrorCode.UNKNOWN_PARTITION, 5);
        peer.send(
                FrameType.PUBLISH, 6, out -> out.string("or/ders").i32(0).u8(0).u8(0));
        peer.assertError(ErrorCode.INVALID_TOPIC_NAME, 6);
        assertThat(peer.published(ORDERS, 7, TestBatches.batch(0, "k", "a")).baseOffset())
                .isZero();
    }

    @Test
    void unknownTopicIsRefusedWhereTopicsAreNotCreatedByThemselves() {
        TestPeer peer = TestPeer.open(protocol(
                PortConfig.defaults(),
                BrokerConfig.builder().autoCreateTopics(false).build()));
        peer.publish(ORDERS, 2, TestBatches.batch(0, "k", "a"));
        peer.assertError(ErrorCode.UNKNOWN_TOPIC, 2);
        peer.subscribe(ORDERS, 3, 1000);
        peer.assertError(ErrorCode.UNKNOWN_TOPIC, 3);
        peer.send(FrameType.TOPICS, 4, TopicsRequest.ensure("orders")::encode);
        peer.assertError(ErrorCode.UNKNOWN_TOPIC, 4);
    }

    @Test
    void topicsAreCreatedDescribedListedAndDeleted() {
        TestPeer peer = TestPeer.open(protocol());
        peer.send(FrameType.TOPICS, 2, TopicsRequest.create("orders", 3, TopicConfig.DEFAULT)::encode);
        assertThat(topics(peer, 2)).singleElement().satisfies(topic -> {
            assertThat(topic.name()).isEqualTo("orders");
            assertThat(topic.partitionCount()).isEqualTo(3);
        });
        peer.send(FrameType.TOPICS, 3, TopicsRequest.create("orders", 3, TopicConfig.DEFAULT)::encode);
        peer.assertError(ErrorCode.TOPIC_EXISTS, 3);
        peer.send(FrameType.TOPICS, 4, TopicsRequest.ensure("events")::encode);
        assertThat(topics(peer, 4)).extracting(TopicDescription::partitionCount).containsExactly(1);
        peer.published(ORDERS, 5, TestBatches.batch(0, "k", "a"));
        peer.send(FrameType.TOPICS, 6, TopicsRequest.describe("orders")::encode);
        assertThat(topics(peer, 6).get(0).partitions().get(0).endOffset()).isEqualTo(1);
        peer.send(FrameType.TOPICS, 7, TopicsRequest.list()::encode);
        assertThat(topics(peer, 7)).extracting(TopicDescription::name).containsExactly("events", "orders");
        TopicConfig hour = TopicConfig.DEFAULT.withRetentionMs(3_600_000).withRetentionBytes(1 << 20);
        peer.send(FrameType.TOPICS, 11, TopicsRequest.configure("orders", hour)::encode);
        assertThat(topics(peer, 11)).extracting(TopicDescription::config).containsExactly(hour);
        peer.send(FrameType.TOPICS, 12, TopicsRequest.describe("orders")::encode);
        assertThat(topics(peer, 12)).extracting(TopicDescription::config).containsExactly(hour);
        peer.send(FrameType.TOPICS, 8, TopicsRequest.delete("orders")::encode);
        assertThat(topics(peer, 8)).isEmpty();
        peer.send(FrameType.TOPICS, 9, TopicsRequest.describe("orders")::encode);
        peer.assertError(ErrorCode.UNKNOWN_TOPIC, 9);
        peer.send(FrameType.TOPICS, 10, TopicsRequest.create("orders", 20_000, TopicConfig.DEFAULT)::encode);
        peer.assertError(ErrorCode.INVALID_REQUEST, 10);
    }

    @Test
    void longListComesInSeveralFrames() {
        TestPeer peer = TestPeer.open(protocol());
        for (int i = 0; i < 40; i++) {
            int number = i;
            peer.send(FrameType.TOPICS, 2, TopicsRequest.create("t" + number, 100, TopicConfig.DEFAULT)::encode);
            peer.next();
        }
        peer.send(FrameType.TOPICS, 3, TopicsRequest.list()::encode);
        List<TopicDescription> all = new ArrayList<>();
        int frames = 0;
        CollectedFrames.Frame frame;
        do {
            frame = peer.next();
            frames++;
            assertThat(frame.payload().remaining()).isLessThanOrEqualTo(ListFrames.FRAME_BYTES + 4);
            all.addAll(TopicsResponse.decode(frame.payload()));
        } while (FrameFlags.has(frame.flags(), FrameFlags.MORE));
        peer.assertSilent();
        assertThat(frames).isGreaterThan(1);
        assertThat(all).extracting(TopicDescription::name).hasSize(40).doesNotHaveDuplicates();
    }

    private static List<TopicDescription> topics(TestPeer peer, int correlationId) {
        return TopicsResponse.decode(peer.answer(FrameType.TOPICS, correlationId));
    }

    @Test
    void acknowledgedOffsetsAreRemembered() {
        TestPeer peer = TestPeer.open(protocol());
        peer.published(ORDERS, 2, TestBatches.batch(0, "k", "a", "b"));
        peer.send(FrameType.ACK, 3, new AckRequest("billing", Map.of(ORDERS, 1L))::encode);
        assertThat(peer.answer(FrameType.ACK, 3).hasRemaining()).isFalse();
        peer.send(
                FrameType.OFFSETS,
                4,
                new OffsetsRequest("billing", List.of(new TopicPartition("other", 0), ORDERS))::encode);
        assertThat(OffsetsResponse.decode(peer.answer(FrameType.OFFSETS, 4), 2)).containsExactly(-1, 1);
        peer.send(
                FrameType.SUBSCRIBE, 5, new SubscribeRequest(ORDERS, StartPosition.committed(), "billing", 0)::encode);
        assertThat(SubscribeResponse.decode(peer.answer(FrameType.SUBSCRIBE, 5)))
                .isEqualTo(new SubscribeResponse(1, 0, 2));
        peer.send(FrameType.ACK, 6, new AckRequest("", Map.of(ORDERS, 1L))::encode);
        peer.assertError(ErrorCode.INVALID_REQUEST, 6);
    }

    @Test
    void heartbeatIsReturned() {
        TestPeer peer = TestPeer.open(protocol());
        peer.send(FrameType.HEARTBEAT, 2, out -> HeartbeatPayload.encode(out, -5));
        assertThat(HeartbeatPayload.decode(peer.answer(FrameType.HEARTBEAT, 2))).isEqualTo(-5);
    }

    @Test
    void silentClientIsAskedOnceAndThenLeft() {
        TestPeer peer = TestPeer.open(protocol());
        peer.session.onIdle(1);
        CollectedFrames.Frame question = peer.next();
        assertThat(question.type()).isEqualTo(FrameType.HEARTBEAT);
        assertThat(question.flags()).isZero();
        peer.sendRaw(Frames.frame(FrameType.HEARTBEAT, FrameFlags.RESPONSE, 0, out -> out.bytes(question.payload())));
        peer.assertSilent();
        assertThat(peer.connection.closeReason).isNull();
        peer.session.onIdle(1);
        peer.next();
        peer.session.onIdle(2);
        peer.assertError(ErrorCode.IDLE_TIMEOUT, 0);
    }

    @Test
    void clientThatNeverSaysHelloIsLeftAtTheFirstTimeout() {
        TestPeer peer = new TestPeer(protocol());
        peer.session.onIdle(1);
        peer.assertError(ErrorCode.IDLE_TIMEOUT, 0);
    }

    @Test
    void framesThatNoClientSendsAreRefused() {
        TestPeer peer = TestPeer.open(protocol());
        peer.send(FrameType.DELIVER, 2, out -> {});
        peer.assertError(ErrorCode.INVALID_REQUEST, 2);
        peer.send(FrameType.ERROR, 3, out -> {});
        peer.assertError(ErrorCode.INVALID_REQUEST, 3);
        peer.flags = FrameFlags.RESPONSE;
        peer.send(FrameType.PUBLISH, 4, out -> {});
        peer.assertError(ErrorCode.INVALID_REQUEST, 4);
        peer.flags = FrameFlags.MORE;
        peer.send(FrameType.HEARTBEAT, 5, out -> out.i64(1));
        peer.assertError(ErrorCode.INVALID_REQUEST, 5);
    }

    @Test
    void recoverableErrorsAnswerOneRequestAndTheConnectionGoesOn() {
        TestPeer peer = TestPeer.open(protocol());
        ByteBuffer damaged = Frames.heartbeat(2).put(FrameHeader.SIZE, (byte) 1);
        ByteBuffer unknown = Frames.fixChecksums(Frames.heartbeat(3).put(FrameHeader.TYPE_OFFSET, (byte) 99));
        peer.sendRaw(Frames.concat(
                damaged, unknown, Frames.frame(FrameType.FETCH, 0, 4, out -> out.u8(1)), Frames.heartbeat(5)));
        peer.assertError(ErrorCode.BAD_PAYLOAD_CHECKSUM, 2);
        peer.assertError(ErrorCode.UNKNOWN_FRAME_TYPE, 3);
        peer.assertError(ErrorCode.INVALID_REQUEST, 4);
        peer.answer(FrameType.HEARTBEAT, 5);
    }

    @Test
    void fatalErrorIsToldAndNothingBehindItIsRead() {
        TestPeer peer = TestPeer.open(protocol());
        peer.sendRaw(Frames.concat(ascii("This is not a frame at all"), Frames.heartbeat(1)));
        peer.assertError(ErrorCode.BAD_MAGIC, 0);
        assertThat(peer.connection.closeReason.code()).isEqualTo(ErrorCode.BAD_MAGIC);
        peer.assertSilent();
    }

    @Test
    void storeErrorsReachTheClientUnderTheirCodes() {
        PortProtocol protocol = protocol();
        for (ErrorCode code : List.of(
                ErrorCode.STORE_UNAVAILABLE,
                ErrorCode.STORE_IO_ERROR,
                ErrorCode.DISK_FULL,
                ErrorCode.PARTITION_READ_ONLY,
                ErrorCode.TIMEOUT,
                ErrorCode.INTERNAL_ERROR)) {
            TestPeer peer = TestPeer.open(protocol);
            store.fail("listTopics", code);
            peer.send(FrameType.TOPICS, 2, TopicsRequest.list()::encode);
            peer.assertError(code, 2);
        }
    }

    @Test
    void framesAndErrorsAreCounted() {
        TestPeer peer = TestPeer.open(protocol());
        peer.send(FrameType.HEARTBEAT, 2, out -> out.i64(1));
        peer.send(FrameType.FETCH, 3, out -> {});
        assertThat(frames("in", "heartbeat")).isEqualTo(1);
        assertThat(frames("out", "hello")).isEqualTo(1);
        assertThat(frames("out", "error")).isEqualTo(1);
        assertThat(meters.get("portask.port.errors")
                        .tag("code", "INVALID_REQUEST")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    private double frames(String direction, String type) {
        return meters.get("portask.port.frames")
                .tag("direction", direction)
                .tag("type", type)
                .counter()
                .count();
    }

    @Test
    void frameLimitThatCouldNotHoldABatchIsRefused() {
        Broker broker = broker(BrokerConfig.defaults());
        PortConfig tooSmall = PortConfig.builder().maxFrameBytes(4 << 20).build();
        PortaskException refused =
                Frames.assertFails(ErrorCode.INVALID_CONFIGURATION, () -> new PortProtocol(broker, tooSmall, meters));
        assertThat(refused).hasMessageContaining("maxFrameBytes");
        PortConfig enough = PortConfig.builder().maxFrameBytes(5 << 20).build();
        assertThat(TestPeer.open(new PortProtocol(broker, enough, meters)).connection.closeReason)
                .isNull();
    }
}
