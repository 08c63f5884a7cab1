package io.portask.consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portask.broker.Blocking;
import io.portask.broker.Broker;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.queue.DeliveryAnswer;
import io.portask.queue.QueueConfig;
import io.portask.record.Header;
import io.portask.record.Message;
import io.portask.record.TopicPartition;
import io.portask.store.contract.HeldStore;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
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

    @Test
    void whoHasAnswersUnderWayIsToldWhenTheBrokerCloses() {
        QueueConsumer worker = manual.groups.work(options);
        List<Delivery> all = poll(worker);
        held.fail("append", ErrorCode.DISK_FULL);
        assertCode(() -> worker.ack(all.get(0)), ErrorCode.DISK_FULL);
        CompletableFuture<DeliveryAnswer> second = worker.ackAsync(all.get(1)).toCompletableFuture();
        manual.groups.close();
        assertCode(() -> Blocking.await(second), ErrorCode.CLOSED);
        assertCode(() -> Blocking.await(manual.groups.workAsync(options, new NoListener())), ErrorCode.CLOSED);
    }

    private static final class NoListener implements GroupWorkerListener {
        @Override
        public void onDeliveries(List<Delivery> deliveries) {}

        @Override
        public void onEnded(PortaskException reason) {}
    }

    @Test
    void aTopicWhoseDeadLettersHaveNoNameStopsNobodyElse() {
        try (QueueConsumer all = manual.groups.work(QueueOptions.of("all", ">"));
                QueueConsumer worker = manual.groups.work(options)) {
            assertThat(poll(all)).hasSize(2);
            broker.createTopic("x".repeat(248), 1);
            manual.pass(Duration.ofMinutes(1));
            broker.publish(Message.of("jobs", "c"));
            assertThat(texts(poll(all))).contains("c");
            assertThat(texts(poll(worker))).contains("a", "b", "c");
        }
        assertCode(() -> QueueOptions.of("g", "x".repeat(248)), ErrorCode.INVALID_TOPIC_NAME);
        assertCode(
                () -> QueueConfig.builder().deadLetterTopic("_portask.queues").build(), ErrorCode.INVALID_TOPIC_NAME);
    }

    @Test
    void lateWordOfADeletionTakesNothingFromTheTopicThatWasMadeSince() {
        try (QueueConsumer worker = manual.groups.work(options)) {
            worker.ackAll(poll(worker));
            broker.deleteTopic("jobs");
            broker.createTopic("jobs", 1);
            broker.publish(Message.of("jobs", "c"));
            manual.passForQueues(RETRY);
            List<Delivery> again = poll(worker);
            assertThat(texts(again)).containsExactly("c");
            worker.ackAll(again);
            manual.pass(Duration.ofMinutes(1));
            manual.pass(Duration.ofMinutes(1));
            assertThat(poll(worker)).isEmpty();
        }
        assertThat(broker.committed("g")).containsEntry(new TopicPartition("jobs", 0), 1L);
    }

    @Test
    void aTopicMadeAnewIsBegunAnewAlsoWhenItsFirstOpeningFails() {
        try (QueueConsumer worker = manual.groups.work(options)) {
            worker.ackAll(poll(worker));
        }
        broker.deleteTopic("jobs");
        broker.createTopic("jobs", 1);
        broker.publish(Message.of("jobs", "x"));
        broker.publish(Message.of("jobs", "y"));
        broker.publish(Message.of("jobs", "z"));
        held.hold("commitOffsets");
        try (QueueConsumer worker = manual.groups.work(options)) {
            assertThat(poll(worker)).isEmpty();
            held.fail("describeTopic", ErrorCode.STORE_UNAVAILABLE);
            held.hold("");
            held.release();
            recover();
            assertThat(texts(poll(worker))).containsExactly("x", "y", "z");
        }
    }

    @Test
    void whatWasGivenUpIsDiscardedWhereTheNextWorkersHaveNoDeadLetterTopic() {
        try (QueueConsumer worker = manual.groups.work(options)) {
            held.fail("createTopic", ErrorCode.STORE_UNAVAILABLE);
            worker.reject(poll(worker).get(0));
        }
        held.fail("", ErrorCode.INTERNAL_ERROR);
        QueueConfig none = QueueConfig.builder().deadLetterTopic(null).build();
        try (QueueConsumer worker = manual.groups.work(options.config(none))) {
            worker.ackAll(poll(worker));
        }
        assertThat(broker.committed("g")).containsEntry(new TopicPartition("jobs", 0), 2L);
        Blocking.await(manual.groups.deleteAsync("g"));
    }

    @Test
    void demandThatALookUpTookIsThereAgainWhenTheTopicGoesUnlessItWasWithdrawn() {
        broker.createTopic("more", 1);
        QueueOptions both = QueueOptions.of("g", "jobs", "more").config(options.config());
        List<Delivery> got = new ArrayList<>();
        GroupWorker worker = Blocking.await(manual.groups.workAsync(both, new GroupWorkerListener() {
            @Override
            public void onDeliveries(List<Delivery> deliveries) {
                got.addAll(deliveries);
            }

            @Override
            public void onEnded(PortaskException reason) {}
        }));
        worker.request(2);
        assertThat(texts(got)).containsExactly("a", "b");
        held.hold("read");
        Blocking.await(worker.settleAsync(List.of(Settlement.nack(got.get(0)))));
        worker.request(1);
        held.hold("");
        broker.deleteTopic("jobs");
        held.release();
        manual.pass(Duration.ofMinutes(1));
        broker.publish(Message.of("more", "c"));
        assertThat(texts(got)).containsExactly("a", "b", "c");
        Blocking.await(worker.leaveAsync());
    }

    @Test
    void theNextWorkersMayHaveOtherOptions() {
        for (int i = 1; i <= 20; i++) {
            QueueConfig config = QueueConfig.builder().maxDeliveries(i).build();
            held.hold(i % 2 == 0 ? "commitOffsets" : "");
            QueueConsumer worker = manual.groups.work(options.config(config));
            broker.publish(Message.of("jobs", "m" + i));
            held.release();
            worker.ackAll(poll(worker));
            worker.close();
            CompletableFuture<GroupWorker> next = manual.groups
                    .workAsync(
                            options.config(
                                    QueueConfig.builder().maxDeliveries(100 + i).build()),
                            new NoListener())
                    .toCompletableFuture();
            held.hold("");
            held.release();
            Blocking.await(next.join().leaveAsync());
        }
    }

    @Test
    void aCommitBeyondTheEndCostsNoMessages() {
        TopicPartition partition = new TopicPartition("jobs", 0);
        broker.commit("g", Map.of(partition, 50L));
        try (QueueConsumer worker = manual.groups.work(options)) {
            broker.publish(Message.of("jobs", "c"));
            assertThat(texts(poll(worker))).containsExactly("c");
        }
        try (QueueConsumer worker = manual.groups.work(options)) {
            assertThat(texts(poll(worker))).containsExactly("c");
        }
    }

    @Test
    void aBacklogThatExpiredIsReadInPortions() {
        long now = manual.clock.millis();
        List<Header> ttl = List.of(new Header("portask-ttl", "1".getBytes(StandardCharsets.UTF_8)));
        for (int i = 0; i < 300; i++) {
            broker.publish(new Message("jobs", 0, null, new byte[64 << 10], ttl, now));
        }
        manual.pass(Duration.ofSeconds(10));
        int before = held.reads;
        try (QueueConsumer worker = manual.groups.work(options)) {
            List<Delivery> two = poll(worker);
            assertThat(texts(two)).containsExactly("a", "b");
            worker.ackAll(two);
            assertThat(poll(worker)).isEmpty();
        }
        assertThat(held.reads - before).isGreaterThan(50);
        assertThat(broker.committed("g")).containsEntry(new TopicPartition("jobs", 0), 302L);
    }
}
