package io.portask.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Durability;
import io.portask.record.KeyPartitioner;
import io.portask.record.Message;
import io.portask.record.PublishResult;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatchBuilder;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import io.portask.store.FetchResult;
import io.portask.store.TopicConfig;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BrokerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Broker broker = started(BrokerConfig.defaults());

    private Broker started(BrokerConfig config) {
        Broker started = Broker.builder()
                .store("memory:")
                .config(config)
                .meterRegistry(meters)
                .build();
        started.start();
        return started;
    }

    @AfterEach
    void close() {
        broker.close();
    }

    @Test
    void whatIsPublishedCanBePolled() {
        PublishResult first = broker.publish(Message.of("orders", "k", "hello").withHeader("h", "v"));
        broker.publish(Message.of("orders", "world"));

        try (Subscription orders = broker.subscribe(SubscribeOptions.of("orders"))) {
            List<ReceivedMessage> messages = pollAtLeast(orders, 2);
            assertThat(first.id()).hasToString("orders:0:0");
            assertThat(first.durability()).isEqualTo(Durability.NONE);
            assertThat(messages).extracting(ReceivedMessage::text).containsExactly("hello", "world");
            assertThat(messages.get(0).keyText()).isEqualTo("k");
            assertThat(messages.get(0).headers()).hasSize(1);
            assertThat(messages.get(1).id()).hasToString("orders:0:1");
        }
    }

    @Test
    void topicsAreConfigured() {
        TopicConfig small = TopicConfig.DEFAULT.withRetentionBytes(1000);
        assertThat(broker.createTopic("small", 2, small).config()).isEqualTo(small);
        assertThat(broker.describeTopic("small").config()).isEqualTo(small);
        assertThat(broker.configureTopic("small", TopicConfig.DEFAULT).config()).isEqualTo(TopicConfig.DEFAULT);
        assertCode(() -> broker.configureTopic("no", small), ErrorCode.UNKNOWN_TOPIC);
    }

    @Test
    void aPollWaitsForWhatIsPublishedLater() throws Exception {
        try (Subscription orders = broker.subscribe(SubscribeOptions.of("orders"))) {
            BlockingQueue<List<ReceivedMessage>> polled = new LinkedBlockingQueue<>();
            Thread poller = new Thread(() -> polled.add(orders.poll(PATIENCE)));
            poller.start();
            broker.publish(Message.of("orders", "late"));
            assertThat(polled.poll(20, TimeUnit.SECONDS))
                    .extracting(ReceivedMessage::text)
                    .containsExactly("late");
            poller.join();
        }
    }

    @Test
    void aPollEndsWhenTheBrokerCloses() throws Exception {
        Subscription orders = broker.subscribe(SubscribeOptions.of("orders"));
        BlockingQueue<PortaskException> failures = new LinkedBlockingQueue<>();
        Thread poller = new Thread(() -> {
            try {
                orders.poll(Duration.ofMinutes(5));
            } catch (PortaskException e) {
                failures.add(e);
            }
        });
        poller.start();
        broker.close();
        assertThat(failures.poll(20, TimeUnit.SECONDS).code()).isEqualTo(ErrorCode.CLOSED);
        poller.join();
    }

    @Test
    void keysChooseTheirPartitionAsInKafka() {
        broker.createTopic("keyed", 7);
        for (int i = 0; i < 50; i++) {
            String key = "key-" + i;
            assertThat(broker.publish(Message.of("keyed", key, "v")).id().partition())
                    .isEqualTo(KeyPartitioner.partition(key.getBytes(StandardCharsets.UTF_8), 7));
        }
    }

    @Test
    void messagesWithoutAKeySpreadOverPartitions() {
        broker.createTopic("spread", 3);
        byte[] value = new byte[StickyPartitions.STICKY_BYTES / 2];
        List<Integer> partitions = IntStream.range(0, 30)
                .mapToObj(i -> broker.publish(Message.of("spread", value)).id().partition())
                .distinct()
                .toList();
        assertThat(partitions).containsExactlyInAnyOrder(0, 1, 2);
    }

    @Test
    void manyMessagesComeBackInTheirOrderWithTheirIds() {
        broker.createTopic("many", 4);
        List<Message> messages = IntStream.range(0, 1000)
                .mapToObj(i -> Message.of("many", "key-" + i % 10, "value-" + i))
                .toList();
        List<PublishResult> results = broker.publishAll(messages);

        try (Subscription many = broker.subscribe(SubscribeOptions.of("many"))) {
            List<ReceivedMessage> received = pollAtLeast(many, 1000);
            assertThat(received).hasSize(1000);
            for (int i = 0; i < 1000; i++) {
                PublishResult result = results.get(i);
                String expected = "value-" + i;
                assertThat(received)
                        .filteredOn(message -> message.id().equals(result.id()))
                        .singleElement()
                        .extracting(ReceivedMessage::text)
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void aListTooLargeForOneBatchIsSplit() {
        Broker small = started(BrokerConfig.builder().maxBatchBytes(1024).build());
        try (small) {
            List<Message> messages = IntStream.range(0, 100)
                    .mapToObj(i -> Message.of("t", "value-" + i))
                    .toList();
            List<PublishResult> results = small.publishAll(messages);
            assertThat(results).extracting(PublishResult::offset).isSorted().doesNotHaveDuplicates();
            assertThat(small.describeTopic("t").partitions().get(0).endOffset()).isEqualTo(100);
        }
    }

    @Test
    void ofMessagesThatArePublishedTogetherOnlyThoseFailThatCannotBeStored() {
        BrokerConfig config = BrokerConfig.builder()
                .maxBatchBytes(1024)
                .autoCreateTopics(false)
                .build();
        Broker small = started(config);
        try (small) {
            small.createTopic("t", 2);
            List<Message> messages = List.of(
                    Message.of("t", "a").withPartition(0),
                    Message.of("t", new byte[1024]).withPartition(0),
                    Message.of("t", "b").withPartition(2),
                    Message.of("nowhere", "c"),
                    Message.of("t", "d").withPartition(1),
                    Message.of("t", new byte[800]).withPartition(0),
                    Message.of("t", new byte[800]).withPartition(0));
            double errors = errors();
            List<String> outcomes = small.publishEachAsync(messages, Durability.NONE).stream()
                    .map(stage -> stage.handle((result, error) -> error == null
                                    ? result.id().toString()
                                    : PortaskException.of(error).code().name())
                            .toCompletableFuture()
                            .join())
                    .toList();

            assertThat(outcomes)
                    .containsExactly(
                            "t:0:0",
                            "BATCH_TOO_LARGE",
                            "UNKNOWN_PARTITION",
                            "UNKNOWN_TOPIC",
                            "t:1:0",
                            "t:0:1",
                            "t:0:2");
            assertThat(errors() - errors).isEqualTo(3);
        }
        assertThat(small.publishEachAsync(List.of(Message.of("t", "late")), Durability.NONE))
                .singleElement()
                .satisfies(late -> assertCode(() -> Blocking.await(late), ErrorCode.CLOSED));
    }

    @Test
    void ofMessagesThatArePublishedTogetherOneThatTheStoreRefusesFailsForItself(@TempDir Path directory) {
        Broker durable = Broker.open("file:" + directory);
        durable.createTopic("compact", 1, TopicConfig.DEFAULT.withCompacted(true));
        List<String> outcomes = durable
                .publishEachAsync(
                        List.of(
                                Message.of("compact", "k", "a"),
                                Message.of("compact", "no key"),
                                Message.of("compact", "k", "b")),
                        Durability.NONE)
                .stream()
                .map(stage -> stage.handle((result, error) -> error == null
                                ? result.id().toString()
                                : PortaskException.of(error).code().name())
                        .toCompletableFuture()
                        .join())
                .toList();
        durable.close();
        assertThat(outcomes).containsExactly("compact:0:0", "INVALID_REQUEST", "compact:0:1");
    }

    private double errors() {
        return meters.find("portask.errors").counters().stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    @Test
    void aMessageLargerThanTheLargestBatchIsRefused() {
        Broker small = started(BrokerConfig.builder().maxBatchBytes(1024).build());
        try (small) {
            assertCode(() -> small.publish(Message.of("t", new byte[1024])), ErrorCode.BATCH_TOO_LARGE);
        }
    }

    @Test
    void withoutAutoCreationAnUnknownTopicIsAnError() {
        Broker strict = started(BrokerConfig.builder().autoCreateTopics(false).build());
        try (strict) {
            assertCode(() -> strict.publish(Message.of("nowhere", "x")), ErrorCode.UNKNOWN_TOPIC);
            assertCode(() -> strict.subscribe(SubscribeOptions.of("nowhere")), ErrorCode.UNKNOWN_TOPIC);
            assertThat(strict.listTopics()).isEmpty();
        }
    }

    @Test
    void namesAndPartitionsOutOfRangeAreNamed() {
        assertCode(() -> broker.createTopic("a/b", 1), ErrorCode.INVALID_TOPIC_NAME);
        assertCode(() -> broker.createTopic("a", -1), ErrorCode.INVALID_REQUEST);
        assertCode(() -> broker.publish(Message.of("..", "x")), ErrorCode.INVALID_TOPIC_NAME);
        broker.createTopic("a", 2);
        assertCode(() -> broker.createTopic("a", 2), ErrorCode.TOPIC_EXISTS);
        assertThatThrownBy(() -> broker.publish(Message.of("a", "x").withPartition(2)))
                .isInstanceOf(PortaskException.class)
                .hasMessageContaining("partitions 0 to 1");
        assertThatThrownBy(() ->
                        broker.subscribe(SubscribeOptions.of("a").partitions(1).from(StartPosition.offset(5))))
                .hasMessageContaining("valid is 0 to 0");
    }

    @Test
    void aConsumerGoesOnWhereItCommitted() {
        IntStream.range(0, 10).forEach(i -> broker.publish(Message.of("orders", "m" + i)));
        try (Subscription first =
                broker.subscribe(SubscribeOptions.of("orders").as("billing").maxFetchBytes(1))) {
            assertThat(first.poll(PATIENCE)).hasSize(1);
            assertThat(first.poll(PATIENCE)).hasSize(1);
            first.commit();
        }
        assertThat(broker.committed("billing")).isEqualTo(Map.of(new TopicPartition("orders", 0), 2L));
        try (Subscription second =
                broker.subscribe(SubscribeOptions.of("orders").as("billing"))) {
            assertThat(second.poll(PATIENCE).get(0).text()).isEqualTo("m2");
        }
    }

    @Test
    void readingStartsWhereItWasAskedTo() {
        for (int i = 0; i < 5; i++) {
            broker.publish(Message.of("t", "m" + i).withTimestamp(1000 + i * 10));
        }
        assertThat(firstFrom(StartPosition.earliest())).isEqualTo("m0");
        assertThat(firstFrom(StartPosition.offset(3))).isEqualTo("m3");
        assertThat(firstFrom(StartPosition.timestamp(1015))).isEqualTo("m2");
        try (Subscription latest = broker.subscribe(SubscribeOptions.of("t").from(StartPosition.latest()))) {
            broker.publish(Message.of("t", "new"));
            assertThat(latest.poll(PATIENCE).get(0).text()).isEqualTo("new");
        }
    }

    private String firstFrom(StartPosition position) {
        try (Subscription subscription =
                broker.subscribe(SubscribeOptions.of("t").from(position))) {
            return subscription.poll(PATIENCE).get(0).text();
        }
    }

    @Test
    void aListenerGetsEverythingInOrder() throws Exception {
        CountDownLatch all = new CountDownLatch(1000);
        List<String> seen = new ArrayList<>();
        try (PushSubscription push = broker.subscribe(SubscribeOptions.of("t").as("c"), message -> {
            seen.add(message.text());
            all.countDown();
        })) {
            for (int i = 0; i < 1000; i++) {
                broker.publish(Message.of("t", "m" + i));
            }
            assertThat(all.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(seen)
                    .containsExactlyElementsOf(
                            IntStream.range(0, 1000).mapToObj(i -> "m" + i).toList());
        }
    }

    @Test
    void aListenerGetsNoMoreThanItsCredit() throws Exception {
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        broker.publish(Message.of("t", "a"));
        broker.publish(Message.of("t", "b"));
        SubscribeOptions oneBatch = SubscribeOptions.of("t").creditBytes(1).maxFetchBytes(1);
        try (PushSubscription push = broker.subscribe(oneBatch, message -> seen.add(message.text()))) {
            assertThat(seen.poll(20, TimeUnit.SECONDS)).isEqualTo("a");
            push.request(1000);
            assertThat(seen.poll(20, TimeUnit.SECONDS)).isEqualTo("b");
            assertCode(() -> push.request(0), ErrorCode.INVALID_REQUEST);
        }
    }

    @Test
    void anExceptionOutOfAListenerEndsItsSubscription() throws Exception {
        BlockingQueue<PortaskException> errors = new LinkedBlockingQueue<>();
        MessageListener failing = new MessageListener() {
            @Override
            public void onMessage(ReceivedMessage message) {
                throw new IllegalStateException("no");
            }

            @Override
            public void onError(PortaskException error) {
                errors.add(error);
            }
        };
        try (PushSubscription push = broker.subscribe(SubscribeOptions.of("t").as("c"), failing)) {
            broker.publish(Message.of("t", "a"));
            assertThat(errors.poll(20, TimeUnit.SECONDS).code()).isEqualTo(ErrorCode.INTERNAL_ERROR);
            assertThat(push.positions()).isEmpty();
        }
    }

    @Test
    void deletingATopicEndsSubscriptionsToIt() {
        Broker strict = started(BrokerConfig.builder().autoCreateTopics(false).build());
        try (strict) {
            strict.createTopic("t", 1);
            try (Subscription subscription = strict.subscribe(SubscribeOptions.of("t"))) {
                assertThat(subscription.poll(Duration.ZERO)).isEmpty();
                strict.deleteTopic("t");
                assertCode(() -> subscription.poll(PATIENCE), ErrorCode.UNKNOWN_TOPIC);
            }
        }
    }

    @Test
    void corruptAndEmptyBatchesAreRefusedAndNothingIsStored() {
        TopicPartition partition = new TopicPartition("t", 0);
        broker.createTopic("t", 1);
        ByteBuffer broken = batch();
        broken.put(broken.limit() - 1, (byte) (broken.get(broken.limit() - 1) ^ 1));
        assertCode(() -> append(partition, broken), ErrorCode.CORRUPT_BATCH);
        assertCode(() -> append(partition, ByteBuffer.allocate(0)), ErrorCode.INVALID_REQUEST);
        assertCode(() -> append(partition, batch().limit(70)), ErrorCode.CORRUPT_BATCH);
        assertThat(broker.describeTopic("t").partitions().get(0).endOffset()).isZero();
        append(partition, batch());
        assertThat(broker.describeTopic("t").partitions().get(0).endOffset()).isEqualTo(1);
    }

    private void append(TopicPartition partition, ByteBuffer batches) {
        Blocking.await(broker.append(partition, batches, null));
    }

    private static ByteBuffer batch() {
        try (RecordBatchBuilder builder = new RecordBatchBuilder(256)) {
            return builder.append(1, null, new byte[] {1, 2, 3}, List.of()).build();
        }
    }

    @Test
    void anOffsetOutOfRangeNamesTheValidRange() {
        broker.publish(Message.of("t", "x"));
        assertThatThrownBy(() -> broker.fetch(new TopicPartition("t", 0), 9, 100))
                .hasMessageContaining("valid is 0 to 1");
        try (FetchResult result = broker.fetch(new TopicPartition("t", 0), 1, 100)) {
            assertThat(result.isEmpty()).isTrue();
        }
    }

    @Test
    void whatWasTrimmedOrDeletedIsNotDelivered() {
        TopicPartition partition = new TopicPartition("t", 0);
        for (int i = 0; i < 6; i++) {
            broker.publish(Message.of("t", "m" + i));
        }
        try (Subscription subscription = broker.subscribe(SubscribeOptions.of("t"))) {
            assertThat(broker.trim(partition, 2)).isEqualTo(2);
            assertThat(broker.deleteMessages(partition, List.of(1L, 3L))).isEqualTo(1);
            assertThat(pollAtLeast(subscription, 3))
                    .extracting(ReceivedMessage::text)
                    .containsExactly("m2", "m4", "m5");
        }
    }

    @Test
    void readingAtTheEndDoesNotWakeOthersWhoWaitThere() {
        TopicPartition partition = new TopicPartition("t", 0);
        broker.publish(Message.of("t", "x"));
        AtomicInteger woken = new AtomicInteger();
        Cursor waiting =
                Blocking.await(broker.openCursor(partition, StartPosition.latest(), null, woken::incrementAndGet));
        Cursor reading = Blocking.await(broker.openCursor(partition, StartPosition.latest(), null, () -> {}));
        assertThat(waiting.arm()).isTrue();
        assertThat(Blocking.await(reading.read(100)).isEmpty()).isTrue();
        assertThat(woken).hasValue(0);
        broker.publish(Message.of("t", "y"));
        assertThat(woken).hasValue(1);
    }

    @Test
    void metersCountWhatHappened() {
        broker.publish(Message.of("t", "x"));
        broker.fetch(new TopicPartition("t", 0), 0, 100).close();
        assertCode(() -> broker.publish(Message.of("t", "x"), Durability.SYNCED), ErrorCode.DURABILITY_UNAVAILABLE);
        assertThat(meters.counter("portask.publish.records").count()).isEqualTo(1);
        assertThat(meters.counter("portask.fetch.requests").count()).isEqualTo(1);
        assertThat(meters.timer("portask.publish.latency").count()).isEqualTo(1);
        assertThat(meters.counter("portask.errors", "code", "DURABILITY_UNAVAILABLE")
                        .count())
                .isEqualTo(1);
    }

    @Test
    void aClosedBrokerRefusesByName() {
        broker.close();
        broker.close();
        assertCode(() -> broker.publish(Message.of("t", "x")), ErrorCode.CLOSED);
        assertCode(broker::listTopics, ErrorCode.CLOSED);
    }

    @Test
    void unknownStoresAreRefusedByName() {
        assertCode(() -> Broker.open("nosuch:x"), ErrorCode.INVALID_CONFIGURATION);
        assertCode(() -> Broker.open("./data"), ErrorCode.INVALID_CONFIGURATION);
        assertCode(() -> Broker.builder().build(), ErrorCode.INVALID_CONFIGURATION);
        assertCode(() -> BrokerConfig.builder().defaultPartitions(0).build(), ErrorCode.INVALID_CONFIGURATION);
    }

    private static List<ReceivedMessage> pollAtLeast(Subscription subscription, int count) {
        List<ReceivedMessage> all = new ArrayList<>();
        while (all.size() < count) {
            List<ReceivedMessage> some = subscription.poll(PATIENCE);
            assertThat(some).isNotEmpty();
            all.addAll(some);
        }
        return all;
    }

    private static void assertCode(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, ErrorCode code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        PortaskException.class, e -> assertThat(e.code()).isEqualTo(code));
    }
}
