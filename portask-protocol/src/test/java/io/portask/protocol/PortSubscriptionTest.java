package io.portask.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.broker.ReadTurns;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PortSubscriptionTest extends PortSessionTestBase {
    private static final long PLENTY = 100 << 20;
    private static final TopicPartition EVENTS = new TopicPartition("events", 0);

    private final BatchesPayload offsets = new BatchesPayload();

    @Test
    void subscriptionDeliversWhatIsThereAndWhatComes() {
        TestPeer peer = TestPeer.open(protocol());
        ByteBuffer first = TestBatches.batch(0, "k", "a", "b");
        peer.published(ORDERS, 2, first);

        assertThat(peer.subscribed(ORDERS, 3, PLENTY)).isEqualTo(new SubscribeResponse(0, 0, 2));
        assertThat(peer.delivery(3, offsets)).isEqualTo(first);
        assertThat(List.of(offsets.startOffset(), offsets.endOffset(), offsets.nextOffset()))
                .containsExactly(0L, 2L, 2L);
        peer.assertSilent();

        peer.published(ORDERS, 4, TestBatches.batch(0, "k", "c"));
        assertThat(peer.delivery(3, offsets)).isEqualTo(TestBatches.batch(2, "k", "c"));
        assertThat(offsets.nextOffset()).isEqualTo(3);
    }

    @Test
    void subscriptionStartsWhereItIsTold() {
        TestPeer peer = TestPeer.open(protocol());
        for (int i = 0; i < 3; i++) {
            peer.published(ORDERS, 2, TestBatches.batch(0, "k", "a"));
        }
        assertThat(positionOf(peer, 3, StartPosition.earliest())).isZero();
        assertThat(positionOf(peer, 4, StartPosition.latest())).isEqualTo(3);
        assertThat(positionOf(peer, 5, StartPosition.offset(1))).isEqualTo(1);
        assertThat(positionOf(peer, 6, StartPosition.timestamp(TestBatches.TIMESTAMP + 1)))
                .isEqualTo(3);
        peer.send(FrameType.SUBSCRIBE, 7, new SubscribeRequest(ORDERS, StartPosition.offset(9), null, 0)::encode);
        peer.assertError(ErrorCode.OFFSET_OUT_OF_RANGE, 7);
    }

    private static long positionOf(TestPeer peer, int id, StartPosition start) {
        peer.send(FrameType.SUBSCRIBE, id, new SubscribeRequest(ORDERS, start, null, 0)::encode);
        return SubscribeResponse.decode(peer.answer(FrameType.SUBSCRIBE, id)).position();
    }

    @Test
    void withoutCreditNothingIsSent() {
        TestPeer peer = TestPeer.open(protocol());
        peer.published(ORDERS, 2, TestBatches.batch(0, "k", "a"));
        peer.subscribed(ORDERS, 3, 0);
        peer.assertSilent();
        peer.credit(3, 1);
        peer.delivery(3, offsets);
    }

    @Test
    void deliveriesSpendCreditByTheBytesOfTheirBatches() {
        TestPeer peer = TestPeer.open(protocol());
        int size = TestBatches.batch(0, "k", "a").limit();
        for (int i = 0; i < 6; i++) {
            peer.published(ORDERS, 2, TestBatches.batch(0, "k", "a"));
        }
        peer.subscribed(ORDERS, 3, 2L * size);
        assertThat(peer.delivery(3, offsets).remaining()).isEqualTo(2 * size);
        peer.assertSilent();
        peer.credit(3, size);
        assertThat(peer.delivery(3, offsets).remaining()).isEqualTo(size);
        peer.assertSilent();
    }

    @Test
    void batchLargerThanTheCreditPassesAndIsPaidBackFirst() {
        TestPeer peer = TestPeer.open(protocol());
        int size = TestBatches.ofSize(1000).limit();
        peer.published(ORDERS, 2, TestBatches.ofSize(1000));
        peer.published(ORDERS, 2, TestBatches.ofSize(1000));
        peer.subscribed(ORDERS, 3, 1);
        assertThat(peer.delivery(3, offsets).remaining()).isEqualTo(size);
        peer.assertSilent();
        peer.credit(3, size - 1);
        peer.assertSilent();
        peer.credit(3, 1);
        assertThat(peer.delivery(3, offsets).remaining()).isEqualTo(size);
        peer.assertSilent();
    }

    @Test
    void creditBeyondItsBoundEndsTheSubscription() {
        TestPeer peer = TestPeer.open(protocol());
        peer.subscribed(ORDERS, 3, PortSubscription.MAX_CREDIT);
        peer.credit(3, 1);
        peer.assertError(ErrorCode.INVALID_REQUEST, 3);
        peer.published(ORDERS, 4, TestBatches.batch(0, "k", "a"));
        peer.assertSilent();
        peer.subscribe(ORDERS, 5, PortSubscription.MAX_CREDIT + 1);
        peer.assertError(ErrorCode.INVALID_REQUEST, 5);
    }

    @Test
    void creditForNoSubscriptionChangesNothing() {
        TestPeer peer = TestPeer.open(protocol());
        peer.credit(99, 1);
        peer.assertSilent();
    }

    @Test
    void nothingIsDeliveredAfterTheAnswerToUnsubscribe() {
        TestPeer peer = TestPeer.open(protocol());
        peer.subscribed(ORDERS, 3, PLENTY);
        peer.send(FrameType.UNSUBSCRIBE, 4, out -> UnsubscribePayload.encode(out, 3));
        assertThat(peer.answer(FrameType.UNSUBSCRIBE, 4).hasRemaining()).isFalse();
        peer.published(ORDERS, 5, TestBatches.batch(0, "k", "a"));
        peer.assertSilent();
        peer.send(FrameType.UNSUBSCRIBE, 6, out -> UnsubscribePayload.encode(out, 3));
        peer.assertError(ErrorCode.UNKNOWN_SUBSCRIPTION, 6);
    }

    @Test
    void unsubscribeWhileAReadIsRunningDeliversNothingAndFreesTheResult() {
        TestPeer peer = TestPeer.open(protocol());
        peer.published(ORDERS, 2, TestBatches.batch(0, "k", "a"));
        store.hold("read");
        peer.subscribed(ORDERS, 3, PLENTY);
        assertThat(store.heldCount()).isEqualTo(1);
        peer.send(FrameType.UNSUBSCRIBE, 4, out -> UnsubscribePayload.encode(out, 3));
        peer.answer(FrameType.UNSUBSCRIBE, 4);
        store.release();
        peer.assertSilent();
        assertThat(store.openResults).isZero();
    }

    @Test
    void unsubscribeBetweenTheReadsEndAndItsHandoverDeliversNothing() {
        TestPeer peer = TestPeer.open(protocol());
        peer.published(ORDERS, 2, TestBatches.batch(0, "k", "a"));
        store.hold("read");
        peer.subscribed(ORDERS, 3, PLENTY);
        store.release();
        peer.connection.receive(peer.frame(FrameType.UNSUBSCRIBE, 4, out -> UnsubscribePayload.encode(out, 3)));
        peer.answer(FrameType.UNSUBSCRIBE, 4);
        peer.assertSilent();
        assertThat(store.openResults).isZero();
    }

    @Test
    void unsubscribeWhileTheSubscriptionOpensAnswersBoth() {
        TestPeer peer = TestPeer.open(protocol());
        peer.published(ORDERS, 2, TestBatches.batch(0, "k", "a"));
        store.hold("describePartition");
        peer.subscribe(ORDERS, 3, PLENTY);
        peer.send(FrameType.UNSUBSCRIBE, 4, out -> UnsubscribePayload.encode(out, 3));
        peer.answer(FrameType.UNSUBSCRIBE, 4);
        store.release();
        peer.assertError(ErrorCode.CLOSED, 3);
        peer.assertSilent();
    }

    @Test
    void subscriptionsTakeTurns() {
        PortProtocol protocol = protocol();
        TestPeer peer = subscribedToBoth(protocol);
        peer.connection.writable = false;
        publishEightTurnsToBoth(protocol);
        peer.assertSilent();
        peer.connection.becomeWritable();
        List<Integer> order = new ArrayList<>();
        for (CollectedFrames.Frame frame = peer.poll(); frame != null; frame = peer.poll()) {
            order.add(frame.correlationId());
        }
        assertThat(order).containsExactly(3, 4, 3, 4, 3, 4, 3, 4, 3, 4, 3, 4, 3, 4, 3, 4);
    }

    @Test
    void subscriptionThatWakesLaterWaitsNoLongerThanForWhatIsQueued() {
        PortProtocol protocol = protocol();
        TestPeer peer = subscribedToBoth(protocol);
        peer.connection.highWatermark = PortSubscription.TURN_BYTES;
        publishEightTurnsToBoth(protocol);
        List<Integer> order = new ArrayList<>();
        for (CollectedFrames.Frame frame = peer.poll(); frame != null; frame = peer.poll()) {
            order.add(frame.correlationId());
            peer.connection.becomeWritable();
        }
        assertThat(order).containsExactly(3, 3, 4, 3, 4, 3, 4, 3, 4, 3, 4, 3, 4, 3, 4, 4);
    }

    private static TestPeer subscribedToBoth(PortProtocol protocol) {
        TestPeer peer = TestPeer.open(protocol);
        peer.subscribed(ORDERS, 3, PLENTY);
        peer.subscribed(EVENTS, 4, PLENTY);
        return peer;
    }

    /** Both subscriptions are woken, but their connection's thread has not heard of it yet. */
    private static void publishEightTurnsToBoth(PortProtocol protocol) {
        TestPeer other = TestPeer.open(protocol);
        for (int i = 0; i < 8; i++) {
            other.published(ORDERS, 2, TestBatches.ofSize(PortSubscription.TURN_BYTES));
            other.published(EVENTS, 2, TestBatches.ofSize(PortSubscription.TURN_BYTES));
        }
    }

    @Test
    void readsThatRunAtTheSameTimeAreBounded() {
        TestPeer peer = TestPeer.open(protocol());
        peer.published(ORDERS, 2, TestBatches.batch(0, "k", "a"));
        store.hold("read");
        int subscriptions = ReadTurns.MAX_READING + 4;
        for (int i = 0; i < subscriptions; i++) {
            peer.subscribed(ORDERS, 10 + i, PLENTY);
        }
        assertThat(store.heldCount()).isEqualTo(ReadTurns.MAX_READING);
        peer.send(FrameType.UNSUBSCRIBE, 4, out -> UnsubscribePayload.encode(out, 10));
        peer.answer(FrameType.UNSUBSCRIBE, 4);
        assertThat(store.heldCount()).isEqualTo(ReadTurns.MAX_READING + 1);
        store.hold("none");
        store.release();
        List<Integer> order = new ArrayList<>();
        for (CollectedFrames.Frame frame = peer.poll(); frame != null; frame = peer.poll()) {
            order.add(frame.correlationId());
        }
        assertThat(order).hasSize(subscriptions - 1).doesNotHaveDuplicates().doesNotContain(10);
        assertThat(store.openResults).isZero();
    }

    @Test
    void nothingIsDeliveredWhileTheConnectionIsNotWritable() {
        PortProtocol protocol = protocol();
        TestPeer peer = TestPeer.open(protocol);
        peer.subscribed(ORDERS, 3, PLENTY);
        TestPeer other = TestPeer.open(protocol);
        peer.connection.writable = false;
        other.published(ORDERS, 2, TestBatches.batch(0, "k", "a"));
        peer.assertSilent();
        peer.connection.becomeWritable();
        peer.delivery(3, offsets);
    }

    @Test
    void readErrorEndsTheSubscriptionAndNothingElse() {
        TestPeer peer = TestPeer.open(protocol());
        peer.published(ORDERS, 2, TestBatches.batch(0, "k", "a"));
        peer.subscribed(ORDERS, 3, 0);
        store.fail("read", ErrorCode.CORRUPT_STORE);
        peer.credit(3, 100);
        peer.assertError(ErrorCode.CORRUPT_STORE, 3);
        store.fail("none", ErrorCode.CORRUPT_STORE);
        peer.subscribed(ORDERS, 3, 0);
    }

    @Test
    void deletedTopicEndsItsSubscriptions() {
        TestPeer peer = TestPeer.open(protocol());
        peer.subscribed(ORDERS, 3, PLENTY);
        peer.send(FrameType.TOPICS, 4, TopicsRequest.delete("orders")::encode);
        peer.answer(FrameType.TOPICS, 4);
        peer.assertError(ErrorCode.UNKNOWN_TOPIC, 3);
    }

    @Test
    void subscriptionsOfOneConnectionAreBounded() {
        TestPeer peer =
                TestPeer.open(protocol(PortConfig.builder().maxSubscriptions(2).build()));
        peer.subscribed(ORDERS, 2, 0);
        peer.subscribed(ORDERS, 3, 0);
        peer.subscribe(ORDERS, 4, 0);
        peer.assertError(ErrorCode.OVERLOADED, 4);
        peer.send(FrameType.UNSUBSCRIBE, 5, out -> UnsubscribePayload.encode(out, 2));
        peer.answer(FrameType.UNSUBSCRIBE, 5);
        peer.subscribed(ORDERS, 6, 0);
    }

    @Test
    void secondSubscriptionUnderOneIdEndsTheFirst() {
        TestPeer peer = TestPeer.open(protocol());
        peer.subscribed(ORDERS, 3, PLENTY);
        peer.subscribe(ORDERS, 3, PLENTY);
        peer.assertError(ErrorCode.INVALID_REQUEST, 3);
        peer.published(ORDERS, 4, TestBatches.batch(0, "k", "a"));
        peer.assertSilent();
    }

    @Test
    void closedConnectionFreesWhatIsRead() {
        TestPeer peer = TestPeer.open(protocol());
        peer.published(ORDERS, 2, TestBatches.batch(0, "k", "a"));
        store.hold("read");
        peer.subscribed(ORDERS, 3, PLENTY);
        store.release();
        peer.connection.close(new PortaskException(ErrorCode.CONNECTION_LOST, "gone"));
        assertThat(store.openResults).isZero();
    }

    @Test
    void readThatEndsAfterTheConnectionIsFreed() {
        TestPeer peer = TestPeer.open(protocol());
        peer.published(ORDERS, 2, TestBatches.batch(0, "k", "a"));
        store.hold("read");
        peer.subscribed(ORDERS, 3, PLENTY);
        peer.connection.close(new PortaskException(ErrorCode.CONNECTION_LOST, "gone"));
        store.release();
        assertThat(store.openResults).isZero();
    }

    @Test
    void everyMessageIsDeliveredOnceInOrderUnderRandomCredit() {
        long seed = 42;
        Random random = new Random(seed);
        TestPeer peer = TestPeer.open(protocol());
        peer.subscribed(ORDERS, 1000, 0);
        long published = 0;
        long delivered = 0;
        for (int i = 0; i < 2000; i++) {
            switch (random.nextInt(4)) {
                case 0, 1 -> {
                    peer.publish(ORDERS, 2, TestBatches.batch(0, "k", "x".repeat(random.nextInt(200))));
                    published++;
                }
                case 2 -> peer.credit(1000, 1 + random.nextInt(400));
                default -> {
                    peer.connection.writable = random.nextBoolean();
                    if (peer.connection.writable) {
                        peer.connection.becomeWritable();
                    }
                }
            }
            delivered = takeDeliveries(peer, delivered, seed);
        }
        peer.connection.becomeWritable();
        peer.credit(1000, PLENTY);
        assertThat(takeDeliveries(peer, delivered, seed)).as("seed %d", seed).isEqualTo(published);
        assertThat(store.openResults).isZero();
    }

    private long takeDeliveries(TestPeer peer, long delivered, long seed) {
        long next = delivered;
        for (CollectedFrames.Frame frame = peer.poll(); frame != null; frame = peer.poll()) {
            if (frame.type() == FrameType.DELIVER) {
                offsets.wrap(frame.payload());
                assertThat(frame.payload().getLong(frame.payload().position()))
                        .as("seed %d", seed)
                        .isEqualTo(next);
                next = offsets.nextOffset();
            }
        }
        return next;
    }
}
