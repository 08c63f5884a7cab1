package io.portask.consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portask.broker.Blocking;
import io.portask.broker.Broker;
import io.portask.broker.SubscribeOptions;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.queue.DeliveryAnswer;
import io.portask.queue.MessageTimes;
import io.portask.queue.QueueConfig;
import io.portask.record.Header;
import io.portask.record.Message;
import io.portask.record.ReceivedMessage;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Work queues with all parts but threads: time passes when the test says so. */
class QueueConsumerTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    /** On a store that answers from threads of its own. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final TopicPartition P0 = new TopicPartition("jobs", 0);

    @TempDir
    Path dir;

    private ManualGroups manual = new ManualGroups("memory:");

    @BeforeEach
    void create() {
        broker().createTopic("jobs", 1);
    }

    @AfterEach
    void close() {
        manual.close();
    }

    private Broker broker() {
        return manual.broker;
    }

    private static QueueOptions options() {
        return QueueOptions.of("g", "jobs");
    }

    private QueueConsumer work() {
        return manual.groups.work(options());
    }

    private QueueConsumer work(QueueConfig.Builder config) {
        return manual.groups.work(options().config(config.build()));
    }

    private void publish(String... texts) {
        for (String text : texts) {
            broker().publish(message(text));
        }
    }

    /** The broker stamps what has no time with its own clock, which the test does not move. */
    private Message message(String text, Header... headers) {
        return new Message(
                "jobs",
                Message.ANY_PARTITION,
                null,
                text.getBytes(StandardCharsets.UTF_8),
                List.of(headers),
                manual.clock.millis());
    }

    private static Header header(String name, String value) {
        return new Header(name, value.getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> texts(List<Delivery> deliveries) {
        return deliveries.stream().map(Delivery::text).toList();
    }

    private static List<String> poll(QueueConsumer worker) {
        return texts(worker.poll(100, Duration.ZERO));
    }

    private static Delivery one(QueueConsumer worker) {
        List<Delivery> polled = worker.poll(1, Duration.ZERO);
        assertThat(polled).hasSize(1);
        return polled.get(0);
    }

    private List<ReceivedMessage> deadLetters() {
        try (var all = broker().subscribe(SubscribeOptions.of("jobs.dlq"))) {
            return all.poll(Duration.ZERO);
        }
    }

    private static void assertCode(ThrowingCallable call, ErrorCode code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        PortaskException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void eachMessageIsDoneOnceByWhoeverGetsIt() {
        publish("a", "b", "c", "d");
        try (QueueConsumer first = work();
                QueueConsumer second = work()) {
            List<Delivery> mine = first.poll(2, SECOND);
            List<Delivery> theirs = second.poll(100, SECOND);
            assertThat(texts(mine)).containsExactly("a", "b");
            assertThat(texts(theirs)).containsExactly("c", "d");
            assertThat(mine.get(1).attempt()).isEqualTo(1);
            assertThat(first.ackAll(mine)).containsOnly(DeliveryAnswer.ACCEPTED);
            assertThat(second.ack(theirs.get(1))).isEqualTo(DeliveryAnswer.ACCEPTED);
            assertThat(second.ack(mine.get(0))).isEqualTo(DeliveryAnswer.ALREADY_SETTLED);
            assertThat(first.ack(theirs.get(0))).isEqualTo(DeliveryAnswer.NOT_THE_HOLDER);
            assertThat(poll(first)).isEmpty();
            publish("e");
            assertThat(poll(first)).containsExactly("e");
        }
    }

    @Test
    void whatAWorkerHoldsGoesToOthersWhenItLeaves() {
        publish("a", "b");
        try (QueueConsumer second = work()) {
            try (QueueConsumer first = work()) {
                assertThat(poll(first)).containsExactly("a", "b");
                assertThat(poll(second)).isEmpty();
            }
            List<Delivery> again = second.poll(10, Duration.ZERO);
            assertThat(texts(again)).containsExactly("a", "b");
            assertThat(again).extracting(Delivery::attempt).containsOnly(2);
        }
    }

    @Test
    void aFailedMessageComesBackAfterADelayThatGrows() {
        publish("a");
        try (QueueConsumer worker = work(QueueConfig.builder().retryDelayMs(1_000, 60_000))) {
            assertThat(worker.nack(one(worker))).isEqualTo(DeliveryAnswer.ACCEPTED);
            assertThat(poll(worker)).isEmpty();
            manual.pass(SECOND);
            Delivery second = one(worker);
            assertThat(second.attempt()).isEqualTo(2);
            worker.nack(second);
            manual.pass(Duration.ofMillis(1_999));
            assertThat(poll(worker)).isEmpty();
            manual.pass(Duration.ofMillis(1));
            Delivery third = one(worker);
            worker.nack(third, Duration.ZERO);
            assertThat(one(worker).attempt()).isEqualTo(4);
        }
    }

    @Test
    void whatIsNotAnsweredForInTimeIsTakenBackUnlessItIsExtended() {
        publish("a", "b");
        try (QueueConsumer worker =
                work(QueueConfig.builder().ackTimeoutMs(1_000).retryDelayMs(0, 0))) {
            List<Delivery> held = worker.poll(2, Duration.ZERO);
            manual.pass(Duration.ofMillis(900));
            assertThat(worker.extend(held.get(1), Duration.ofSeconds(5))).isEqualTo(DeliveryAnswer.ACCEPTED);
            manual.pass(Duration.ofMillis(200));
            Delivery again = one(worker);
            assertThat(again.text()).isEqualTo("a");
            assertThat(worker.ack(held.get(0))).isEqualTo(DeliveryAnswer.HANDED_ON);
            assertThat(worker.ack(again)).isEqualTo(DeliveryAnswer.ACCEPTED);
            assertThat(worker.ack(held.get(1))).isEqualTo(DeliveryAnswer.ACCEPTED);
        }
    }

    @Test
    void whatFailsTooOftenGoesToTheDeadLetterTopicOnce() {
        publish("bad", "good", "worse");
        try (QueueConsumer worker = work(QueueConfig.builder().maxDeliveries(2).retryDelayMs(0, 0))) {
            Delivery bad = one(worker);
            worker.nack(bad);
            List<Delivery> rest = worker.poll(10, Duration.ZERO);
            assertThat(texts(rest)).containsExactlyInAnyOrder("bad", "good", "worse");
            for (Delivery delivery : rest) {
                switch (delivery.text()) {
                    case "bad" -> worker.nack(delivery);
                    case "worse" -> worker.reject(delivery);
                    default -> worker.ack(delivery);
                }
            }
            assertThat(poll(worker)).isEmpty();
        }
        List<ReceivedMessage> dead = deadLetters();
        assertThat(dead).extracting(ReceivedMessage::text).containsExactlyInAnyOrder("bad", "worse");
        ReceivedMessage bad = dead.stream()
                .filter(each -> each.text().equals("bad"))
                .findFirst()
                .orElseThrow();
        assertThat(bad.headers())
                .extracting(each -> each.name() + "=" + new String(each.value(), StandardCharsets.UTF_8))
                .contains(
                        "portask-dead-topic=jobs",
                        "portask-dead-offset=0",
                        "portask-dead-group=g",
                        "portask-dead-attempts=2",
                        "portask-dead-reason=NACKED");
        assertThat(broker().committed("g")).containsEntry(P0, 3L);
        try (QueueConsumer later = work(QueueConfig.builder())) {
            assertThat(poll(later)).isEmpty();
        }
    }

    @Test
    void messagesAreDelayedAndExpireAsTheirHeadersSay() {
        broker().publish(message("late", header(MessageTimes.DELAY, "5000")));
        broker().publish(message("short", header(MessageTimes.TTL, "1000")));
        broker().publish(message("odd", header(MessageTimes.TTL, "soon")));
        publish("plain");
        try (QueueConsumer worker = work()) {
            manual.pass(SECOND);
            List<Delivery> polled = worker.poll(10, Duration.ZERO);
            assertThat(texts(polled)).containsExactly("odd", "plain");
            assertThat(polled.get(0).defect()).contains("portask-ttl").contains("soon");
            assertThat(polled.get(1).defect()).isNull();
            worker.ackAll(polled);
            manual.pass(Duration.ofSeconds(4));
            assertThat(poll(worker)).containsExactly("late");
        }
    }

    @Test
    void aGroupGoesOnWhereItWasWithItsAttempts() {
        QueueConfig.Builder config = QueueConfig.builder().retryDelayMs(0, 0);
        publish("a", "b", "c");
        try (QueueConsumer worker = work(config)) {
            List<Delivery> all = worker.poll(10, Duration.ZERO);
            worker.ack(all.get(1));
            worker.nack(all.get(2));
        }
        try (QueueConsumer worker = work(config.maxDeliveries(7))) {
            List<Delivery> again = worker.poll(10, Duration.ZERO);
            assertThat(texts(again)).containsExactly("a", "c");
            assertThat(again).extracting(Delivery::attempt).containsExactly(2, 2);
        }
    }

    @Test
    void aGroupGoesOnAfterARestartOfTheBroker() {
        manual.close();
        manual = new ManualGroups("file:" + dir);
        broker().createTopic("jobs", 1);
        publish("a", "b", "c", "d");
        try (QueueConsumer worker = work(QueueConfig.builder().retryDelayMs(60_000, 60_000))) {
            List<Delivery> all = worker.poll(4, PATIENCE);
            worker.ack(all.get(0));
            worker.ack(all.get(2));
            worker.nack(all.get(3));
            manual.close();
            assertCode(() -> worker.poll(1, SECOND), ErrorCode.CLOSED);
            assertCode(() -> worker.ack(all.get(1)), ErrorCode.UNKNOWN_MEMBER);
        }
        manual = new ManualGroups("file:" + dir);
        try (QueueConsumer worker = work(QueueConfig.builder().retryDelayMs(60_000, 60_000))) {
            assertThat(texts(worker.poll(4, PATIENCE))).containsExactly("b");
            manual.pass(Duration.ofMinutes(1));
            Delivery failed = worker.poll(1, PATIENCE).get(0);
            assertThat(failed.text()).isEqualTo("d");
            assertThat(failed.attempt()).isEqualTo(2);
        }
    }

    @Test
    void allWorkersOfAGroupHaveTheSameTopicsAndConfiguration() {
        try (QueueConsumer worker = work()) {
            assertThat(poll(worker)).isEmpty();
            assertCode(() -> work(QueueConfig.builder().maxDeliveries(3)), ErrorCode.INVALID_REQUEST);
            assertCode(() -> manual.groups.work(QueueOptions.of("g", "jobs.*")), ErrorCode.INVALID_REQUEST);
        }
        try (QueueConsumer worker = work(QueueConfig.builder().maxDeliveries(3))) {
            assertThat(poll(worker)).isEmpty();
        }
    }

    @Test
    void aGroupIsEitherOrderedOrAWorkQueue() {
        publish("a");
        try (QueueConsumer worker = work()) {
            worker.ack(one(worker));
            assertCode(() -> manual.join("jobs"), ErrorCode.GROUP_MODE_MISMATCH);
            assertCode(() -> broker().commit("g", Map.of(P0, 0L)), ErrorCode.GROUP_MODE_MISMATCH);
            assertCode(() -> await(manual.groups.deleteAsync("g")), ErrorCode.GROUP_MODE_MISMATCH);
        }
        assertCode(() -> manual.join("jobs"), ErrorCode.GROUP_MODE_MISMATCH);
        await(manual.groups.deleteAsync("g"));
        try (GroupConsumer ordered = manual.join("jobs")) {
            assertCode(this::work, ErrorCode.GROUP_MODE_MISMATCH);
            assertThat(ordered.poll(Duration.ZERO)).hasSize(1);
        }
    }

    private static <T> T await(CompletionStage<T> stage) {
        return Blocking.await(stage);
    }

    @Test
    void aGroupIsSeenResetAndForgotten() {
        publish("a", "b", "c");
        try (QueueConsumer worker = work()) {
            List<Delivery> all = worker.poll(10, Duration.ZERO);
            worker.ackAll(all);
            GroupDescription seen = await(manual.groups.describeAsync("g"));
            assertThat(seen.mode()).isEqualTo(GroupMode.QUEUE);
            assertThat(seen.members()).hasSize(1);
            assertThat(seen.lag()).isZero();
        }
        OffsetReset toB = OffsetReset.to(StartPosition.offset(1), Set.of(P0));
        assertThat(await(manual.groups.resetAsync("g", toB))).containsEntry(P0, 1L);
        assertThat(await(manual.groups.describeAsync("g")).lag()).isEqualTo(2);
        try (QueueConsumer worker = work()) {
            assertThat(poll(worker)).containsExactly("b", "c");
        }
        await(manual.groups.deleteAsync("g"));
        assertThat(await(manual.groups.listAsync())).isEmpty();
    }

    @Test
    void topicsThatMatchAreJoinedAndTheDeadLettersOfTheOthersAreNot() {
        broker().createTopic("jobs.eu", 1);
        QueueConfig config = QueueConfig.builder().maxDeliveries(1).build();
        try (QueueConsumer worker =
                manual.groups.work(QueueOptions.of("g", "jobs.>").config(config))) {
            broker().publish(Message.of("jobs.eu", "x"));
            worker.reject(one(worker));
            assertThat(broker().describeTopic("jobs.eu.dlq").partitions().get(0).endOffset())
                    .isEqualTo(1);
            manual.pass(Duration.ofMinutes(1));
            broker().createTopic("jobs.us", 2);
            manual.pass(Duration.ofMinutes(1));
            broker().publish(Message.of("jobs.us", "y").withPartition(1));
            assertThat(poll(worker)).containsExactly("y");
        }
    }

    @Test
    void aTopicThatIsDeletedAndMadeAnewIsBegunAnew() {
        publish("a", "b");
        try (QueueConsumer worker = work()) {
            List<Delivery> all = worker.poll(10, Duration.ZERO);
            worker.ack(all.get(0));
            broker().deleteTopic("jobs");
            manual.pass(Duration.ofMinutes(1));
            assertThat(worker.ack(all.get(1))).isEqualTo(DeliveryAnswer.UNKNOWN_DELIVERY);
            broker().createTopic("jobs", 1);
            publish("c");
            manual.pass(Duration.ofMinutes(1));
            assertThat(poll(worker)).containsExactly("c");
        }
    }

    @Test
    void deletedMessagesAreNotDeliveredAgain() {
        publish("a", "b", "c");
        try (QueueConsumer worker = work(QueueConfig.builder().retryDelayMs(1_000, 1_000))) {
            List<Delivery> all = worker.poll(10, Duration.ZERO);
            all.forEach(worker::nack);
            broker().deleteMessages(P0, List.of(0L, 1L));
            manual.pass(SECOND);
            assertThat(poll(worker)).containsExactly("c");
            manual.pass(SECOND);
            assertThat(broker().committed("g")).containsEntry(P0, 2L);
        }
    }

    @Test
    void messagesThatWereTrimmedAreDoneWith() {
        publish("a", "b", "c");
        broker().trim(P0, 2);
        try (QueueConsumer worker = work()) {
            assertThat(poll(worker)).containsExactly("c");
        }
    }

    @Test
    void theJournalIsTheBrokersOwn() {
        try (QueueConsumer worker = work()) {
            assertThat(poll(worker)).isEmpty();
        }
        assertThat(broker().listTopics()).extracting(topic -> topic.name()).containsExactly("jobs");
        String journal = Queues.JOURNAL;
        assertCode(() -> broker().publish(Message.of(journal, "x")), ErrorCode.INVALID_TOPIC_NAME);
        assertCode(() -> broker().deleteTopic(journal), ErrorCode.INVALID_TOPIC_NAME);
        assertCode(() -> broker().trim(new TopicPartition(journal, 0), 0), ErrorCode.INVALID_TOPIC_NAME);
        assertCode(() -> broker().createTopic("_portask.mine", 1), ErrorCode.INVALID_TOPIC_NAME);
        assertCode(() -> broker().ensureTopic("_portask.mine"), ErrorCode.UNKNOWN_TOPIC);
    }

    @Test
    void theJournalIsTrimmed() {
        try (QueueConsumer worker = work()) {
            for (int i = 0; i < 10_000; i++) {
                publish("m" + i);
                worker.ack(one(worker));
            }
        }
        List<Long> starts = new ArrayList<>();
        broker().describeTopic(Queues.JOURNAL).partitions().forEach(info -> starts.add(info.startOffset()));
        assertThat(starts).anyMatch(start -> start > 1_000);
    }
}
