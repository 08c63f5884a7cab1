package io.portask.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portask.broker.BrokerConfig;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.protocol.PortConfig;
import io.portask.protocol.PortKeys;
import io.portask.record.Compression;
import io.portask.record.Durability;
import io.portask.record.Message;
import io.portask.record.PublishResult;
import io.portask.record.ReceivedMessage;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import io.portask.store.TopicDescription;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EndToEndTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private TestServer server;
    private PortaskClient client;

    @BeforeEach
    void connect() {
        server = TestServer.memory();
        client = PortaskClient.connect(server.address());
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    static List<ReceivedMessage> take(Consumer consumer, int count) {
        List<ReceivedMessage> messages = new ArrayList<>();
        while (messages.size() < count) {
            List<ReceivedMessage> polled = consumer.poll(PATIENCE);
            assertThat(polled).as("messages after %s", messages.size()).isNotEmpty();
            messages.addAll(polled);
        }
        return messages;
    }

    private static ConsumerConfig.Builder from(String topic) {
        return ConsumerConfig.builder().topic(topic);
    }

    @Test
    void publishedMessageIsConsumed() {
        PublishResult result =
                client.publish(Message.of("orders", "key", "hello").withHeader("h", "1"));
        assertThat(result.id()).hasToString("orders:0:0");
        assertThat(result.duplicate()).isFalse();
        try (Consumer consumer = client.consumer(from("orders").build())) {
            ReceivedMessage message = take(consumer, 1).get(0);
            assertThat(message.text()).isEqualTo("hello");
            assertThat(message.keyText()).isEqualTo("key");
            assertThat(message.headers()).hasSize(1);
            assertThat(consumer.positions()).isEqualTo(Map.of(new TopicPartition("orders", 0), 1L));
        }
    }

    @Test
    void manyMessagesComeInOrderOverAllPartitions() {
        int partitions = 20;
        int count = 50_000;
        client.createTopic("many", partitions);
        try (Producer producer = client.producer()) {
            for (int i = 0; i < count; i++) {
                byte[] value = Integer.toString(i).getBytes(StandardCharsets.UTF_8);
                producer.send("many", i % partitions, null, value, null);
            }
            producer.flush();
        }
        try (Consumer consumer = client.consumer(from("many").build())) {
            Map<Integer, Integer> last = new HashMap<>();
            for (ReceivedMessage message : take(consumer, count)) {
                int value = Integer.parseInt(message.text());
                assertThat(value % partitions).isEqualTo(message.partition());
                Integer before = last.put(message.partition(), value);
                assertThat(value).isEqualTo(before == null ? message.partition() : before + partitions);
            }
        }
    }

    @Test
    void keyChoosesThePartitionAndMessagesWithoutOneSpread() {
        client.createTopic("keyed", 8);
        try (Producer producer = client.producer()) {
            List<Integer> chosen = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                chosen.add(producer.send(Message.of("keyed", "same", "x"))
                        .toCompletableFuture()
                        .join()
                        .id()
                        .partition());
            }
            assertThat(chosen)
                    .containsOnly(
                            io.portask.record.KeyPartitioner.partition("same".getBytes(StandardCharsets.UTF_8), 8));
            List<Integer> spread = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                spread.add(producer.send(Message.of("keyed", "x"))
                        .toCompletableFuture()
                        .join()
                        .id()
                        .partition());
            }
            assertThat(spread).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7);
        }
    }

    @Test
    void callbacksTellTheOffsets() throws InterruptedException {
        BlockingQueue<Long> offsets = new LinkedBlockingQueue<>();
        try (Producer producer = client.producer()) {
            for (int i = 0; i < 1000; i++) {
                producer.send("calls", 0, null, new byte[10], (topic, partition, offset, durability, error) -> {
                    assertThat(error).isNull();
                    offsets.add(offset);
                });
            }
            for (long i = 0; i < 1000; i++) {
                assertThat(offsets.poll(20, TimeUnit.SECONDS)).isEqualTo(i);
            }
        }
    }

    @Test
    void pushConsumerGetsMessagesOnAThreadOfItsOwn() throws InterruptedException {
        BlockingQueue<String> received = new LinkedBlockingQueue<>();
        client.createTopic("pushed", 2);
        PushConsumer consumer = client.consumer(
                from("pushed").build(),
                message -> received.add(
                        message.text() + " on " + Thread.currentThread().getName()));
        client.publish(Message.of("pushed", "hello"));
        assertThat(received.poll(20, TimeUnit.SECONDS)).isEqualTo("hello on portask-consumer-pushed");
        consumer.close();
        client.publish(Message.of("pushed", "after close"));
        assertThat(received).isEmpty();
    }

    @Test
    void handlerThatThrowsEndsThePushConsumer() throws InterruptedException {
        BlockingQueue<PortaskException> errors = new LinkedBlockingQueue<>();
        client.publish(Message.of("bad", "x"));
        client.consumer(from("bad").build(), new MessageHandler() {
            @Override
            public void onMessage(ReceivedMessage message) {
                throw new IllegalStateException("no");
            }

            @Override
            public void onError(PortaskException error) {
                errors.add(error);
            }
        });
        assertThat(errors.poll(20, TimeUnit.SECONDS).code()).isEqualTo(ErrorCode.INTERNAL_ERROR);
    }

    @Test
    void namedConsumerGoesOnWhereItCommitted() {
        for (int i = 0; i < 10; i++) {
            client.publish(Message.of("work", "m" + i));
        }
        ConsumerConfig config = from("work").consumerName("worker").build();
        try (Consumer consumer = client.consumer(config)) {
            List<ReceivedMessage> first = take(consumer, 10);
            consumer.commit(Map.of(new TopicPartition("work", 0), first.get(3).offset() + 1));
        }
        assertThat(client.committed("worker", List.of(new TopicPartition("work", 0))))
                .isEqualTo(Map.of(new TopicPartition("work", 0), 4L));
        try (Consumer consumer = client.consumer(config)) {
            assertThat(consumer.positions()).isEqualTo(Map.of(new TopicPartition("work", 0), 4L));
            assertThat(take(consumer, 6).get(0).text()).isEqualTo("m4");
            consumer.commit();
        }
        try (Consumer consumer = client.consumer(config)) {
            assertThat(consumer.positions()).isEqualTo(Map.of(new TopicPartition("work", 0), 10L));
        }
    }

    @Test
    void startPositionsAreHonoured() {
        for (int i = 0; i < 5; i++) {
            client.publish(Message.of("starts", "m" + i).withTimestamp(1000 + i));
        }
        assertThat(firstFrom(StartPosition.earliest())).isEqualTo("m0");
        assertThat(firstFrom(StartPosition.offset(3))).isEqualTo("m3");
        assertThat(firstFrom(StartPosition.timestamp(1002))).isEqualTo("m2");
        try (Consumer consumer =
                client.consumer(from("starts").from(StartPosition.latest()).build())) {
            client.publish(Message.of("starts", "new"));
            assertThat(take(consumer, 1).get(0).text()).isEqualTo("new");
        }
    }

    private String firstFrom(StartPosition position) {
        try (Consumer consumer = client.consumer(from("starts").from(position).build())) {
            return take(consumer, 1).get(0).text();
        }
    }

    @Test
    void offsetOutOfRangeIsRefusedWhenSubscribing() {
        client.createTopic("short", 1);
        assertThatThrownBy(() -> client.consumer(
                        from("short").from(StartPosition.offset(7)).build()))
                .isInstanceOf(PortaskException.class)
                .extracting(e -> ((PortaskException) e).code())
                .isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
    }

    @Test
    void smallCreditAndSmallPollsStillDeliverEverythingOnce() {
        int count = 20_000;
        try (Producer producer =
                client.producer(ProducerConfig.builder().batchBytes(3000).build())) {
            for (int i = 0; i < count; i++) {
                producer.send("credit", 0, null, Integer.toString(i).getBytes(StandardCharsets.UTF_8), null);
            }
            producer.flush();
        }
        try (Consumer consumer = client.consumer(
                from("credit").creditBytes(4096).maxPollMessages(7).build())) {
            List<ReceivedMessage> all = take(consumer, count);
            assertThat(all).extracting(ReceivedMessage::text).containsExactlyElementsOf(numbers(count));
        }
    }

    private static List<String> numbers(int count) {
        List<String> numbers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            numbers.add(Integer.toString(i));
        }
        return numbers;
    }

    @Test
    void bigMessagesPassUpToTheServersBatchLimit() {
        byte[] big = new byte[3 << 20];
        new Random(1).nextBytes(big);
        PublishResult result = client.publish(Message.of("big", big));
        assertThat(result.offset()).isZero();
        try (Consumer consumer = client.consumer(from("big").creditBytes(1024).build())) {
            assertThat(take(consumer, 1).get(0).value()).isEqualTo(big);
        }
        byte[] tooBig = new byte[client.server().maxBatchBytes()];
        assertThatThrownBy(() -> client.publish(Message.of("big", tooBig)))
                .isInstanceOf(PortaskException.class)
                .extracting(e -> ((PortaskException) e).code())
                .isEqualTo(ErrorCode.BATCH_TOO_LARGE);
    }

    @Test
    void largestMessageThatIsAcceptedIsStored() {
        int max = client.server().maxPublishBytes();
        int overhead = (int) RecordSizes.alone(null, new byte[1 << 20], List.of()) - (1 << 20);
        for (Compression compression : Compression.values()) {
            try (Producer producer = client.producer(
                    ProducerConfig.builder().compression(compression).build())) {
                assertThat(producer.send(Message.of("largest", new byte[max - overhead - 1]))
                                .toCompletableFuture()
                                .join()
                                .durability())
                        .isNotNull();
                assertThatThrownBy(() -> producer.send("largest", 0, null, new byte[max - overhead + 1], null))
                        .isInstanceOf(PortaskException.class);
            }
        }
    }

    @Test
    void fetchReadsOnceAndWaitsForData() {
        client.createTopic("fetched", 1);
        TopicPartition partition = new TopicPartition("fetched", 0);
        assertThat(client.fetch(partition, 0, 1 << 20, 0, 0).messages()).isEmpty();
        var waiting = client.fetchAsync(partition, 0, 1 << 20, 1, 20_000).toCompletableFuture();
        client.publish(Message.of("fetched", "a"));
        ClientFetch fetch = waiting.join();
        assertThat(fetch.messages()).extracting(ReceivedMessage::text).containsExactly("a");
        assertThat(fetch.nextOffset()).isEqualTo(1);
    }

    @Test
    void topicsAreManaged() {
        assertThat(client.createTopic("a", 3).partitionCount()).isEqualTo(3);
        assertThat(client.ensureTopic("b").partitionCount()).isEqualTo(1);
        assertThat(client.listTopics()).extracting(TopicDescription::name).containsExactly("a", "b");
        client.deleteTopic("a");
        assertThatThrownBy(() -> client.describeTopic("a"))
                .isInstanceOf(PortaskException.class)
                .extracting(e -> ((PortaskException) e).code())
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC);
    }

    @Test
    void durabilityThatTheStoreCannotReachFails() {
        try (Producer producer = client.producer(
                ProducerConfig.builder().durability(Durability.SYNCED).build())) {
            producer.send("durable", 0, null, new byte[1], null);
            assertThatThrownBy(producer::flush)
                    .isInstanceOf(PortaskException.class)
                    .extracting(e -> ((PortaskException) e).code())
                    .isEqualTo(ErrorCode.DURABILITY_UNAVAILABLE);
            producer.flush();
        }
    }

    @Test
    void callbackMayPublishButNotWait() {
        client.createTopic("nested", 1);
        var nested = client.publishAsync(Message.of("nested", "1"))
                .thenCompose(result -> client.publishAsync(Message.of("nested", "2")))
                .toCompletableFuture();
        assertThat(nested.join().offset()).isEqualTo(1);
        CompletableFuture<List<TopicDescription>> waiting = new CompletableFuture<>();
        try (Producer producer = client.producer()) {
            producer.send("nested", 0, null, new byte[1], (topic, partition, offset, reached, error) -> {
                try {
                    waiting.complete(client.listTopics());
                } catch (RuntimeException e) {
                    waiting.completeExceptionally(e);
                }
            });
            producer.flush();
        }
        assertThatThrownBy(waiting::join)
                .hasCauseInstanceOf(PortaskException.class)
                .hasMessageContaining("Async");
    }

    @Test
    void publishesToANewTopicKeepTheirOrderWithoutWaiting() {
        List<CompletableFuture<PublishResult>> results = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            results.add(client.publishAsync(Message.of("fresh", "m" + i)).toCompletableFuture());
        }
        for (int i = 0; i < 100; i++) {
            assertThat(results.get(i).join().offset()).isEqualTo(i);
        }
    }

    @Test
    void wakeupEndsAPoll() {
        client.createTopic("quiet", 1);
        try (Consumer consumer = client.consumer(from("quiet").build())) {
            consumer.wakeup();
            assertThat(consumer.poll(Duration.ofDays(1))).isEmpty();
        }
    }

    @Test
    void interruptEndsAPollAndKeepsTheFlag() {
        client.createTopic("quiet", 1);
        try (Consumer consumer = client.consumer(from("quiet").build())) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> consumer.poll(Duration.ofDays(1)))
                    .isInstanceOf(PortaskException.class)
                    .extracting(e -> ((PortaskException) e).code())
                    .isEqualTo(ErrorCode.INTERRUPTED);
            assertThat(Thread.interrupted()).isTrue();
            client.publish(Message.of("quiet", "still there"));
            assertThat(take(consumer, 1).get(0).text()).isEqualTo("still there");
        }
    }

    @Test
    void deletedTopicEndsItsConsumer() {
        client.publish(Message.of("gone", "x"));
        try (Consumer consumer = client.consumer(from("gone").build())) {
            take(consumer, 1);
            client.deleteTopic("gone");
            assertThatThrownBy(() -> consumer.poll(PATIENCE))
                    .isInstanceOf(PortaskException.class)
                    .extracting(e -> ((PortaskException) e).code())
                    .isEqualTo(ErrorCode.UNKNOWN_TOPIC);
        }
    }

    @Test
    void tokenAndEncryptionAreAgreedOn() {
        PortKeys keys = PortKeys.of("k1", new byte[32]);
        PortConfig secured = PortConfig.builder()
                .tokens(List.of("secret"))
                .keys(keys)
                .requireEncryption(true)
                .build();
        try (TestServer secure = new TestServer("memory:", 0, secured, BrokerConfig.defaults())) {
            ClientConfig.Builder config = ClientConfig.builder().server(secure.address());
            try (PortaskClient good = PortaskClient.connect(config.token("secret")
                    .encryptionKeys(keys)
                    .compressFrames(true)
                    .build())) {
                good.publish(Message.of("safe", "x".repeat(10_000)));
                try (Consumer consumer = good.consumer(from("safe").build())) {
                    assertThat(take(consumer, 1).get(0).text()).hasSize(10_000);
                }
            }
            assertRefused(config.token("wrong"), ErrorCode.AUTHENTICATION_FAILED);
            assertRefused(config.token("secret").encryptionKeys(null), ErrorCode.ENCRYPTION_REQUIRED);
            byte[] other = new byte[32];
            other[0] = 1;
            assertRefused(config.encryptionKeys(PortKeys.of("k1", other)), ErrorCode.DECRYPTION_FAILED);
            assertRefused(config.encryptionKeys(PortKeys.of("k2", other)), ErrorCode.UNKNOWN_KEY);
        }
    }

    private static void assertRefused(ClientConfig.Builder config, ErrorCode code) {
        assertThatThrownBy(() -> PortaskClient.connect(config.build()))
                .isInstanceOf(PortaskException.class)
                .extracting(e -> ((PortaskException) e).code())
                .isEqualTo(code);
    }
}
