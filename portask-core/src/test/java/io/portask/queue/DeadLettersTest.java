package io.portask.queue;

import static io.portask.queue.TestQueue.START;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Durability;
import io.portask.record.Header;
import io.portask.record.Message;
import io.portask.record.MessageId;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatchBuilder;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.MessageStore;
import io.portask.store.MessageStores;
import io.portask.store.StoreContext;
import io.portask.store.TopicSpec;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DeadLettersTest {
    private static final String DLQ = "orders.dlq";
    private static final DeadLetterIntent INTENT =
            new DeadLetterIntent(TestQueue.KEY, 42, 10, FailureReason.ACK_TIMEOUT, 4711, 0);
    private static final List<Header> HEADERS = List.of(header("trace", "abc"), new Header("empty", null));
    private static final ReceivedMessage ORIGINAL =
            new ReceivedMessage(new MessageId("orders", 0, 42), 777, bytes("key"), bytes("value"), HEADERS);

    @Test
    void aDeadLetterSaysWhatItWasAndWhy() {
        Message letter = DeadLetters.copy(INTENT, ORIGINAL, DLQ, START);
        assertThat(letter.topic()).isEqualTo(DLQ);
        assertThat(letter.partition()).isZero();
        assertThat(letter.timestamp()).isEqualTo(START);
        assertThat(letter.key()).isEqualTo(bytes("key"));
        assertThat(letter.value()).isEqualTo(bytes("value"));
        assertThat(letter.headers().subList(0, 2)).isEqualTo(HEADERS);
        assertThat(letter.headers().subList(2, letter.headers().size()))
                .extracting(header -> header.name() + "=" + text(header))
                .containsExactly(
                        "portask-dead-topic=orders",
                        "portask-dead-partition=0",
                        "portask-dead-offset=42",
                        "portask-dead-timestamp=777",
                        "portask-dead-group=workers",
                        "portask-dead-attempts=10",
                        "portask-dead-reason=ACK_TIMEOUT",
                        "portask-dead-content=copied");
    }

    @Test
    void redriveGivesBackTheOriginal() {
        Message again = DeadLetters.redrive(received(DeadLetters.copy(INTENT, ORIGINAL, DLQ, START)));
        assertThat(again.topic()).isEqualTo("orders");
        assertThat(again.partition()).isZero();
        assertThat(again.key()).isEqualTo(bytes("key"));
        assertThat(again.value()).isEqualTo(bytes("value"));
        assertThat(again.headers()).isEqualTo(HEADERS);
        assertThat(again.timestamp()).isEqualTo(Message.NOW);
    }

    @Test
    void aDeadLetterOfADeadLetterIsRedrivenOneStep() {
        ReceivedMessage first = received(DeadLetters.copy(INTENT, ORIGINAL, DLQ, START));
        DeadLetterIntent second =
                new DeadLetterIntent(new QueueKey("undertakers", DLQ, 0), 0, 1, FailureReason.REJECTED, 1, 0);
        Message again = DeadLetters.redrive(received(DeadLetters.copy(second, first, "worse", START)));
        assertThat(again.topic()).isEqualTo(DLQ);
        assertThat(again.headers()).isEqualTo(first.headers());
    }

    @Test
    void whatWasDeletedBeforeItWasCopiedHasHeadersOnly() {
        Message letter = DeadLetters.copy(INTENT, null, DLQ, START);
        assertThat(letter.value()).isNull();
        assertRefused(received(letter));
    }

    @Test
    void whatIsNoDeadLetterCannotBeRedriven() {
        assertRefused(ORIGINAL);
        Message letter = DeadLetters.copy(INTENT, ORIGINAL, DLQ, START);
        assertRefused(received(letter.withHeader("more", "x")));
        List<Header> headers = new ArrayList<>(letter.headers());
        headers.set(3, header(DeadLetters.PARTITION, "-1"));
        assertRefused(new ReceivedMessage(ORIGINAL.id(), START, null, null, headers));
    }

    @Test
    void aStoreKeepsOneCopyOfAnIntentThatIsCarriedOutTwice() {
        StoreContext context = new StoreContext(new SimpleMeterRegistry(), Clock.systemUTC());
        try (MessageStore store = MessageStores.create("memory:", context)) {
            store.start();
            store.createTopic(new TopicSpec(DLQ, 1)).toCompletableFuture().join();
            TestQueue before = new TestQueue(QueueConfig.builder());
            before.offer(0, 1);
            before.take(before.alice, 2, START);
            before.partition.reject(before.alice, 0, 1, START);
            before.partition.reject(before.alice, 1, 1, START);
            List<QueueJournal.KeyedRecord> journal = before.store();
            assertThat(append(store, before.partition.pollDeadLetter()).duplicate())
                    .isFalse();

            TestQueue after = new TestQueue(QueueConfig.builder(), journal);
            assertThat(append(store, after.partition.pollDeadLetter()).duplicate())
                    .isTrue();
            after.partition.deadLetterStored();
            after.offer(1);
            after.store();
            AppendResult second = append(store, after.partition.pollDeadLetter());
            assertThat(second.baseOffset()).isEqualTo(1);
            assertThat(second.duplicate()).isFalse();
            after.partition.deadLetterStored();
            assertThat(after.partition.low()).isEqualTo(2);
        }
    }

    private static AppendResult append(MessageStore store, DeadLetterIntent intent) {
        Message letter = DeadLetters.copy(intent, null, DLQ, START);
        try (RecordBatchBuilder builder = new RecordBatchBuilder(1024)) {
            builder.producer(intent.producerId(), DeadLetterIntent.PRODUCER_EPOCH, intent.sequence());
            builder.append(letter.timestamp(), letter.key(), letter.value(), letter.headers());
            TopicPartition target = new TopicPartition(DLQ, DeadLetterIntent.PARTITION);
            return store.append(target, builder.build(), Durability.NONE)
                    .toCompletableFuture()
                    .join();
        }
    }

    private static ReceivedMessage received(Message message) {
        return new ReceivedMessage(
                new MessageId(message.topic(), 0, 0),
                message.timestamp(),
                message.key(),
                message.value(),
                message.headers());
    }

    private static void assertRefused(ReceivedMessage message) {
        assertThatThrownBy(() -> DeadLetters.redrive(message))
                .isInstanceOfSatisfying(
                        PortaskException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST));
    }

    private static Header header(String name, String value) {
        return new Header(name, bytes(value));
    }

    private static String text(Header header) {
        byte @Nullable [] value = header.value();
        return value == null ? "" : new String(value, StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
