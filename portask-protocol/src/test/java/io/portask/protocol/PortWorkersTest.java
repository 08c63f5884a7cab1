package io.portask.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.broker.Broker;
import io.portask.broker.BrokerConfig;
import io.portask.consumer.Delivery;
import io.portask.consumer.GroupMode;
import io.portask.consumer.Groups;
import io.portask.consumer.QueueConsumer;
import io.portask.consumer.QueueOptions;
import io.portask.consumer.Settlement;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.queue.DeliveryAnswer;
import io.portask.queue.QueueConfig;
import io.portask.record.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Workers of work queues. Queues have a thread of their own, so answers are waited for. */
class PortWorkersTest extends PortSessionTestBase {
    private static final int WORK = 5;
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final QueueOptions OPTIONS = QueueOptions.of("billing", "orders")
            .config(QueueConfig.builder().retryDelayMs(0, 0).build());

    private Broker broker;

    private PortProtocol served() {
        broker = broker(BrokerConfig.defaults());
        broker.createTopic("orders", 2);
        return new PortProtocol(broker, PortConfig.defaults(), meters);
    }

    private void publish(int partition, String... texts) {
        for (String text : texts) {
            broker.publish(Message.of("orders", "key", text).withPartition(partition));
        }
    }

    private static TestPeer worker(PortProtocol protocol, QueueOptions options) {
        TestPeer peer = TestPeer.open(protocol);
        peer.send(FrameType.WORK, WORK, new WorkRequest(options)::encode);
        WorkResponse.decode(peer.awaitAnswer(FrameType.WORK, WORK));
        return peer;
    }

    private static List<Delivery> take(TestPeer peer, int count) {
        peer.credit(WORK, count);
        List<Delivery> taken = new ArrayList<>();
        while (taken.size() < count) {
            CollectedFrames.Frame frame = peer.await();
            assertThat(frame.type()).isEqualTo(FrameType.WORK);
            assertThat(frame.correlationId()).isEqualTo(WORK);
            assertThat(frame.flags() & FrameFlags.RESPONSE).isZero();
            taken.addAll(DeliveriesPayload.decode(frame.payload()));
        }
        assertThat(taken).hasSize(count);
        return taken;
    }

    private static List<DeliveryAnswer> settle(TestPeer peer, int id, Settlement... settlements) {
        peer.send(FrameType.SETTLE, id, new SettleRequest(WORK, List.of(settlements))::encode);
        return SettleResponse.decode(peer.awaitAnswer(FrameType.SETTLE, id)).answers();
    }

    private static List<String> texts(List<Delivery> deliveries) {
        return deliveries.stream().map(Delivery::text).toList();
    }

    @Test
    void aWorkerGetsWhatItGaveCreditForAndAnswersForIt() {
        PortProtocol protocol = served();
        publish(0, "a", "b", "c");
        TestPeer peer = worker(protocol, OPTIONS);
        List<Delivery> two = take(peer, 2);
        assertThat(texts(two)).containsExactly("a", "b");
        assertThat(two.get(1).message().keyText()).isEqualTo("key");
        assertThat(two.get(1).attempt()).isEqualTo(1);
        assertThat(settle(peer, 6, Settlement.ack(two.get(0)), Settlement.nack(two.get(1), Duration.ZERO)))
                .containsExactly(DeliveryAnswer.ACCEPTED, DeliveryAnswer.ACCEPTED);
        peer.assertSilent();
        List<Delivery> rest = take(peer, 2);
        assertThat(texts(rest)).containsExactlyInAnyOrder("b", "c");
        Delivery again = rest.get(texts(rest).indexOf("b"));
        assertThat(again.attempt()).isEqualTo(2);
        assertThat(settle(peer, 7, Settlement.ack(two.get(1)), Settlement.reject(again)))
                .containsExactly(DeliveryAnswer.HANDED_ON, DeliveryAnswer.ACCEPTED);
    }

    @Test
    void workersOfAllDoorsShareOneQueueAndALostConnectionGivesBackWhatItHeld() {
        PortProtocol protocol = served();
        publish(0, "a", "b");
        publish(1, "c", "d");
        TestPeer peer = worker(protocol, OPTIONS);
        assertThat(take(peer, 3)).hasSize(3);
        try (QueueConsumer here = Groups.of(broker).work(OPTIONS)) {
            Delivery one = here.poll(10, PATIENCE).get(0);
            assertThat(here.ack(one)).isEqualTo(DeliveryAnswer.ACCEPTED);
            assertThat(Groups.of(broker)
                            .describeAsync("billing")
                            .toCompletableFuture()
                            .join()
                            .mode())
                    .isEqualTo(GroupMode.QUEUE);
            peer.session.onClosed(new PortaskException(ErrorCode.CONNECTION_LOST, "The test wants it"));
            List<Delivery> got = new ArrayList<>();
            while (got.size() < 3) {
                got.addAll(here.poll(10, PATIENCE));
            }
            assertThat(got).extracting(Delivery::attempt).containsOnly(2);
        }
    }

    @Test
    void whoLeavesIsAWorkerNoMore() {
        PortProtocol protocol = served();
        publish(0, "a");
        TestPeer peer = worker(protocol, OPTIONS);
        Delivery held = take(peer, 1).get(0);
        peer.send(FrameType.LEAVE, 6, new LeaveRequest(WORK, false)::encode);
        peer.awaitAnswer(FrameType.LEAVE, 6);
        peer.send(FrameType.SETTLE, 7, new SettleRequest(WORK, List.of(Settlement.ack(held)))::encode);
        peer.assertError(ErrorCode.UNKNOWN_MEMBER, 7);
        peer.credit(WORK, 1);
        peer.assertSilent();
    }

    @Test
    void whatAQueueDoesNotTakeIsRefused() {
        PortProtocol protocol = served();
        TestPeer first = worker(protocol, OPTIONS);
        TestPeer second = TestPeer.open(protocol);
        QueueConfig other = QueueConfig.builder().maxDeliveries(3).build();
        second.send(FrameType.WORK, 6, new WorkRequest(OPTIONS.config(other))::encode);
        CollectedFrames.Frame refused = second.await();
        assertThat(ErrorPayload.decode(refused.payload()).code()).isEqualTo(ErrorCode.INVALID_REQUEST);
        first.send(FrameType.WORK, WORK, new WorkRequest(OPTIONS)::encode);
        first.assertError(ErrorCode.INVALID_REQUEST, WORK);
        first.credit(WORK, 1);
        first.assertSilent();
        second.send(FrameType.WORK, 7, out -> {
            new WorkRequest(OPTIONS).encode(out);
            out.u8(1);
        });
        second.assertError(ErrorCode.INVALID_REQUEST, 7);
    }

    @Test
    void aClientThatDoesNotTakeBytesIsAskedForNoMore() {
        PortProtocol protocol = served();
        String large = "x".repeat(64 << 10);
        for (int i = 0; i < 300; i++) {
            publish(i % 2, large);
        }
        TestPeer peer = worker(protocol, OPTIONS);
        peer.connection.writable = false;
        peer.credit(WORK, 300);
        peer.assertSilent();
        peer.connection.becomeWritable();
        List<Delivery> first = new ArrayList<>();
        while (first.size() < 300) {
            first.addAll(DeliveriesPayload.decode(peer.await().payload()));
        }
        assertThat(first).extracting(delivery -> delivery.message().id()).doesNotHaveDuplicates();
    }
}
