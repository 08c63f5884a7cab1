package io.portask.consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portask.broker.Blocking;
import io.portask.broker.Broker;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.queue.DeliveryAnswer;
import io.portask.queue.QueueConfig;
import io.portask.record.Message;
import io.portask.record.TopicPartition;
import io.portask.store.contract.HeldStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Work queues over a store that is slow, or fails, when the test says so. */
@Timeout(20)
class QueueFailuresTest {
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final HeldStore held = new HeldStore();
    private final Broker broker = Broker.builder().store(held.store()).build();
    private final ManualGroups manual = startedGroups();
    private final QueueOptions options = QueueOptions.of("g", "jobs")
            .config(QueueConfig.builder().retryDelayMs(0, 0).build());

    private ManualGroups startedGroups() {
        broker.start();
        return new ManualGroups(broker);
    }

    @BeforeEach
    void publish() {
        broker.createTopic("jobs", 1);
        broker.publish(Message.of("jobs", "a"));
        broker.publish(Message.of("jobs", "b"));
    }

    @AfterEach
    void close() {
        held.hold("");
        held.fail("", ErrorCode.INTERNAL_ERROR);
        held.release();
        manual.close();
        assertThat(held.openResults).isZero();
    }

    private void recover() {
        held.fail("", ErrorCode.INTERNAL_ERROR);
        manual.pass(RETRY);
    }

    private static List<Delivery> poll(QueueConsumer worker) {
        return worker.poll(10, Duration.ZERO);
    }

    private static List<String> texts(List<Delivery> deliveries) {
        return deliveries.stream().map(Delivery::text).toList();
    }

    private static void assertCode(ThrowingCallable call, ErrorCode code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        PortaskException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void anAckIsConfirmedWhenTheJournalHasIt() {
        try (QueueConsumer worker = manual.groups.work(options)) {
            List<Delivery> all = poll(worker);
            held.hold("append");
            CompletableFuture<DeliveryAnswer> first =
                    worker.ackAsync(all.get(0)).toCompletableFuture();
            CompletableFuture<DeliveryAnswer> second =
                    worker.ackAsync(all.get(1)).toCompletableFuture();
            assertThat(held.heldCount()).isEqualTo(1);
            assertThat(first).isNotDone();
            held.hold("");
            held.release();
            assertThat(first).isCompletedWithValue(DeliveryAnswer.ACCEPTED);
            assertThat(second).isCompletedWithValue(DeliveryAnswer.ACCEPTED);
        }
    }

    @Test
    void anAckThatTheJournalDoesNotTakeFailsAndIsStoredLater() {
        try (QueueConsumer worker = manual.groups.work(options)) {
            List<Delivery> all = poll(worker);
            held.fail("append", ErrorCode.DISK_FULL);
            assertCode(() -> worker.ack(all.get(0)), ErrorCode.DISK_FULL);
            CompletableFuture<DeliveryAnswer> second =
                    worker.ackAsync(all.get(1)).toCompletableFuture();
            assertThat(second).isNotDone();
            manual.pass(RETRY);
            assertCode(() -> Blocking.await(second), ErrorCode.DISK_FULL);
            recover();
            assertThat(worker.ack(all.get(1))).isEqualTo(DeliveryAnswer.ALREADY_SETTLED);
        }
        try (QueueConsumer worker = manual.groups.work(options)) {
            assertThat(poll(worker)).isEmpty();
        }
    }

    @Test
    void aGroupStaysUntilWhatItsWorkersDidIsStored() {
        try (QueueConsumer worker = manual.groups.work(options)) {
            List<Delivery> all = poll(worker);
            held.fail("append", ErrorCode.STORE_UNAVAILABLE);
            assertCode(() -> worker.ack(all.get(0)), ErrorCode.STORE_UNAVAILABLE);
        }
        QueueConfig other = QueueConfig.builder().maxDeliveries(3).build();
        assertCode(() -> manual.groups.work(options.config(other)), ErrorCode.INVALID_REQUEST);
        recover();
        try (QueueConsumer worker = manual.groups.work(options.config(other))) {
            assertThat(texts(poll(worker))).containsExactly("b");
        }
    }

    @Test
    void aGivenUpMessageIsCopiedOnceTheDeadLetterTopicCanBeMade() {
        try (QueueConsumer worker = manual.groups.work(options)) {
            List<Delivery> all = poll(worker);
            held.fail("createTopic", ErrorCode.STORE_UNAVAILABLE);
            worker.reject(all.get(0));
            manual.pass(RETRY);
            assertCode(() -> broker.describeTopic("jobs.dlq"), ErrorCode.UNKNOWN_TOPIC);
            recover();
            assertThat(broker.describeTopic("jobs.dlq").partitions().get(0).endOffset())
                    .isEqualTo(1);
        }
    }

    @Test
    void aGroupWhoseDeadLettersCannotBeStoredEndsAndGoesOnWithThemLater() {
        try (QueueConsumer worker = manual.groups.work(options)) {
            held.fail("createTopic", ErrorCode.STORE_UNAVAILABLE);
            worker.reject(poll(worker).get(0));
        }
        held.fail("", ErrorCode.INTERNAL_ERROR);
        try (QueueConsumer worker = manual.groups.work(options)) {
            assertThat(texts(poll(worker))).containsExactly("b");
            assertThat(broker.describeTopic("jobs.dlq").partitions().get(0).endOffset())
                    .isEqualTo(1);
        }
    }

    @Test
    void readsAreTriedAgain() {
        try (QueueConsumer worker = manual.groups.work(options)) {
            Delivery first = poll(worker).get(0);
            held.fail("read", ErrorCode.STORE_UNAVAILABLE);
            worker.nack(first);
            broker.publish(Message.of("jobs", "c"));
            assertThat(poll(worker)).isEmpty();
            recover();
            assertThat(texts(poll(worker))).containsExactly("a");
            assertThat(texts(poll(worker))).containsExactly("c");
        }
    }

    @Test
    void slowReadsBringWhatTheyAreFor() {
        try (QueueConsumer worker = manual.groups.work(options)) {
            Delivery first = poll(worker).get(0);
            held.hold("read");
            worker.nack(first);
            broker.publish(Message.of("jobs", "c"));
            assertThat(poll(worker)).isEmpty();
            held.hold("");
            held.release();
            assertThat(texts(poll(worker))).containsExactly("a");
            assertThat(texts(poll(worker))).containsExactly("c");
        }
    }

    @Test
    void whatIsReadWhenAGroupEndsIsClosed() {
        try (QueueConsumer worker = manual.groups.work(options)) {
            Delivery first = poll(worker).get(0);
            held.hold("read");
            worker.nack(first);
            broker.publish(Message.of("jobs", "c"));
        }
        held.hold("");
        held.release();
        try (QueueConsumer worker = manual.groups.work(options)) {
            assertThat(texts(poll(worker))).containsExactlyInAnyOrder("a", "b", "c");
        }
    }

    @Test
    void aGroupThatCannotBeOpenedIsOpenedLater() {
        held.fail("createTopic", ErrorCode.STORE_UNAVAILABLE);
        assertCode(() -> manual.groups.work(options), ErrorCode.STORE_UNAVAILABLE);
        held.fail("commitOffsets", ErrorCode.STORE_UNAVAILABLE);
        try (QueueConsumer worker = manual.groups.work(options)) {
            assertThat(poll(worker)).isEmpty();
            recover();
            assertThat(texts(poll(worker))).containsExactly("a", "b");
        }
    }

    @Test
    void offsetsAreCommittedOnceTheStoreTakesThem() {
        TopicPartition partition = new TopicPartition("jobs", 0);
        try (QueueConsumer worker = manual.groups.work(options)) {
            List<Delivery> all = poll(worker);
            held.fail("commitOffsets", ErrorCode.STORE_UNAVAILABLE);
            worker.ack(all.get(0));
            manual.pass(RETRY);
            assertThat(broker.committed("g")).isEqualTo(Map.of(partition, 0L));
            recover();
            assertThat(broker.committed("g")).isEqualTo(Map.of(partition, 1L));
        }
    }

    @Test
    void whoJoinsWhileTheBrokerClosesIsRefused() {
        held.hold("createTopic");
        CompletableFuture<GroupWorker> joining = manual.groups
                .workAsync(options, new GroupWorkerListener() {
                    @Override
                    public void onDeliveries(List<Delivery> deliveries) {}

                    @Override
                    public void onEnded(PortaskException reason) {}
                })
                .toCompletableFuture();
        manual.groups.close();
        held.hold("");
        held.release();
        assertThatThrownBy(joining::join)
                .hasCauseInstanceOf(PortaskException.class)
                .hasMessageContaining("closed");
    }
}
