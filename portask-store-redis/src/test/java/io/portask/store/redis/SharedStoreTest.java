package io.portask.store.redis;

import static io.portask.store.redis.StoreHands.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.KillArgs;
import io.portask.broker.Broker;
import io.portask.broker.SubscribeOptions;
import io.portask.broker.Subscription;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Message;
import io.portask.record.PublishResult;
import io.portask.record.ReceivedMessage;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import io.portask.store.Lease;
import io.portask.store.TopicConfig;
import io.portask.store.contract.StoreProbe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Brokers side by side on one Redis are as one. */
class SharedStoreTest {
    private static final int PARTITIONS = 3;
    private static final int PUBLISHERS = 4;
    private static final int SUBSCRIBERS = 4;
    private static final int EACH = 500;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration SOON = Duration.ofMillis(200);

    private final String prefix = TestRedis.newPrefix();
    private final List<Broker> brokers = new ArrayList<>();

    private Broker start(String parameters) {
        String uri = TestRedis.sharedUri();
        char separator = uri.indexOf('?') < 0 ? '?' : '&';
        Broker broker = Broker.builder()
                .store(uri + separator + "keyPrefix=" + prefix + parameters)
                .build();
        broker.start();
        brokers.add(broker);
        return broker;
    }

    @AfterEach
    void close() {
        brokers.forEach(Broker::close);
    }

    private Broker node(int number) {
        return brokers.get(number % brokers.size());
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void everySubscriberGetsEveryMessageOnceAndInOrder(int nodes) throws Exception {
        for (int i = 0; i < nodes; i++) {
            start("");
        }
        node(0).createTopic("orders", PARTITIONS);
        Map<TopicPartition, Map<Long, String>> published = new ConcurrentHashMap<>();
        ExecutorService threads = Executors.newFixedThreadPool(PUBLISHERS + SUBSCRIBERS);
        try {
            List<Future<List<ReceivedMessage>>> subscribers = new ArrayList<>();
            for (int i = 0; i < SUBSCRIBERS; i++) {
                Broker broker = node(i);
                subscribers.add(threads.submit(() -> receive(broker)));
            }
            List<Future<?>> publishers = new ArrayList<>();
            for (int i = 0; i < PUBLISHERS; i++) {
                int number = i;
                publishers.add(threads.submit(() -> publish(node(number), number, published)));
            }
            for (Future<?> publisher : publishers) {
                publisher.get();
            }
            for (Future<List<ReceivedMessage>> subscriber : subscribers) {
                check(subscriber.get(), published);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static Void publish(Broker broker, int number, Map<TopicPartition, Map<Long, String>> published) {
        List<CompletionStage<PublishResult>> results = new ArrayList<>();
        for (int i = 0; i < EACH; i++) {
            results.add(
                    broker.publishAsync(Message.of("orders", number + "-" + i).withPartition(i % PARTITIONS)));
        }
        for (int i = 0; i < EACH; i++) {
            PublishResult result = StoreProbe.await(results.get(i));
            String before = published
                    .computeIfAbsent(
                            new TopicPartition("orders", result.id().partition()),
                            partition -> new ConcurrentHashMap<>())
                    .put(result.offset(), number + "-" + i);
            assertThat(before).isNull();
        }
        return null;
    }

    private static List<ReceivedMessage> receive(Broker broker) {
        List<ReceivedMessage> received = new ArrayList<>();
        try (Subscription orders =
                broker.subscribe(SubscribeOptions.of("orders").from(StartPosition.earliest()))) {
            until("all is received", () -> {
                received.addAll(orders.poll(SOON));
                return received.size() >= PUBLISHERS * EACH;
            });
            received.addAll(orders.poll(Duration.ZERO));
        }
        return received;
    }

    private static void check(List<ReceivedMessage> received, Map<TopicPartition, Map<Long, String>> published) {
        Map<TopicPartition, Long> next = new ConcurrentHashMap<>();
        Map<String, Integer> lastOfPublisher = new ConcurrentHashMap<>();
        for (ReceivedMessage message : received) {
            TopicPartition partition = new TopicPartition(message.topic(), message.partition());
            assertThat(message.offset()).isEqualTo(next.getOrDefault(partition, 0L));
            next.put(partition, message.offset() + 1);
            assertThat(message.text()).isEqualTo(published.get(partition).get(message.offset()));
            String[] parts = message.text().split("-", -1);
            Integer before = lastOfPublisher.put(partition + " of " + parts[0], Integer.parseInt(parts[1]));
            assertThat(before == null ? -1 : before).isLessThan(Integer.parseInt(parts[1]));
        }
        assertThat(received).hasSize(PUBLISHERS * EACH);
    }

    @Test
    void whatOneNodeDoesToTopicsTheOtherSees() {
        Broker here = start("");
        Broker there = start("");
        here.createTopic("orders", 2);
        assertThat(there.describeTopic("orders").partitionCount()).isEqualTo(2);
        there.publish(Message.of("orders", "a"));

        TopicConfig brief = TopicConfig.DEFAULT.withRetentionMs(60_000);
        here.configureTopic("orders", brief);
        until("the change is seen", () -> there.describeTopic("orders").config().equals(brief));

        there.deleteTopic("orders");
        assertUnknown(() -> here.describeTopic("orders"));
        assertUnknown(() -> here.fetch(new TopicPartition("orders", 1), 0, 100));
        assertThat(here.listTopics()).isEmpty();

        here.createTopic("orders", 1);
        assertThat(there.publish(Message.of("orders", "b")).offset()).isZero();
        assertThat(here.describeTopic("orders").partitionCount()).isEqualTo(1);
    }

    private static void assertUnknown(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        PortaskException.class,
                        error -> assertThat(error.code()).isEqualTo(ErrorCode.UNKNOWN_TOPIC));
    }

    @Test
    void aSubscriberIsWokenByAnotherNode() {
        Broker here = start("&pollMs=600000");
        Broker there = start("&pollMs=600000");
        here.createTopic("orders", 1);
        try (Subscription orders = there.subscribe(SubscribeOptions.of("orders"))) {
            assertThat(orders.poll(Duration.ZERO)).isEmpty();
            here.publish(Message.of("orders", "a"));
            assertThat(orders.poll(Duration.ofSeconds(30))).hasSize(1);
        }
    }

    @Test
    void aSubscriberIsWokenAlsoWhenItsNotificationsWereCut() {
        Broker here = start("&pollMs=50");
        Broker there = start("&pollMs=50");
        here.createTopic("orders", 1);
        try (Subscription orders = there.subscribe(SubscribeOptions.of("orders"));
                RawRedis raw = new RawRedis(TestRedis.sharedUri())) {
            for (int i = 0; i < 20; i++) {
                assertThat(orders.poll(Duration.ZERO)).isEmpty();
                raw.commands().clientKill(KillArgs.Builder.typePubsub());
                here.publish(Message.of("orders", "a"));
                assertThat(orders.poll(Duration.ofSeconds(30))).hasSize(1);
            }
        }
    }

    @Test
    void aSubscriptionEndsWhenAnotherNodeDeletesItsTopic() {
        Broker here = start("&pollMs=600000");
        Broker there = start("&pollMs=600000");
        here.createTopic("orders", 1);
        try (Subscription own = here.subscribe(SubscribeOptions.of("orders"));
                Subscription orders = there.subscribe(SubscribeOptions.of("orders"))) {
            here.publish(Message.of("orders", "a"));
            assertThat(orders.poll(PATIENCE)).hasSize(1);
            assertThat(orders.poll(Duration.ZERO)).isEmpty();
            here.deleteTopic("orders");
            assertThatThrownBy(() -> orders.poll(PATIENCE))
                    .isInstanceOf(PortaskException.class)
                    .hasMessage(endOf(own).getMessage());
        }
    }

    /** Reads until it fails. */
    private static PortaskException endOf(Subscription subscription) {
        try {
            while (!subscription.poll(PATIENCE).isEmpty()) {}
        } catch (PortaskException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.UNKNOWN_TOPIC);
            return e;
        }
        throw new AssertionError("The subscription does not end");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void nothingOfALaterTopicIsTakenForTheEarlierOne(boolean heard) {
        Broker here = start("&pollMs=600000");
        Broker there = start(heard ? "&pollMs=600000" : "&pollMs=20");
        here.createTopic("orders", 1);
        try (Subscription orders = there.subscribe(SubscribeOptions.of("orders"));
                RawRedis raw = new RawRedis(TestRedis.sharedUri())) {
            here.publish(Message.of("orders", "a"));
            assertThat(orders.poll(PATIENCE)).hasSize(1);
            assertThat(orders.poll(Duration.ZERO)).isEmpty();
            if (!heard) {
                raw.commands().clientKill(KillArgs.Builder.typePubsub());
            }
            here.deleteTopic("orders");
            here.createTopic("orders", 1);
            here.publishAll(List.of(Message.of("orders", "b"), Message.of("orders", "c"), Message.of("orders", "d")));
            assertThat(endOf(orders)).hasMessageContaining("deleted");
        }
        try (Subscription anew = there.subscribe(SubscribeOptions.of("orders").from(StartPosition.earliest()))) {
            assertThat(anew.poll(PATIENCE)).extracting(ReceivedMessage::text).startsWith("b");
        }
    }

    @Test
    void aSubscriptionOutlivesThatItsTopicIsConfiguredOrMadeByItsOwnNode() {
        Broker here = start("&pollMs=20");
        Broker there = start("&pollMs=20");
        for (int i = 0; i < 20; i++) {
            here.createTopic("orders", 1);
            try (Subscription own = here.subscribe(SubscribeOptions.of("orders"));
                    Subscription orders = there.subscribe(SubscribeOptions.of("orders"))) {
                there.configureTopic("orders", TopicConfig.DEFAULT.withRetentionMs(60_000));
                here.publish(Message.of("orders", "a"));
                assertThat(own.poll(PATIENCE)).hasSize(1);
                assertThat(orders.poll(PATIENCE)).hasSize(1);
            }
            here.deleteTopic("orders");
        }
    }

    @Test
    void aLeaseIsHeldAmongAllNodesAndWhatItsFormerHolderCommitsIsRefused() {
        try (RedisStore here = TestRedis.store(TestRedis.sharedUri(), prefix);
                RedisStore there = TestRedis.store(TestRedis.sharedUri(), prefix)) {
            here.start();
            there.start();
            StoreHands.create(here, "orders", 1);
            Lease former = StoreProbe.await(here.leases().acquire("group", "here", Duration.ofHours(1)));
            assertThat(StoreProbe.await(there.leases().acquire("group", "there", Duration.ofHours(1))))
                    .isEqualTo(former);
            StoreProbe.await(here.commitOffsets("group", Map.of(StoreHands.ORDERS, 1L), former.token()));
            StoreProbe.await(here.leases().release(former));
            Lease now = StoreProbe.await(there.leases().acquire("group", "there", Duration.ofHours(1)));
            StoreProbe.await(there.commitOffsets("group", Map.of(), now.token()));
            PortaskException late =
                    StoreProbe.errorOf(here.commitOffsets("group", Map.of(StoreHands.ORDERS, 9L), former.token()));
            assertThat(late.code()).isEqualTo(ErrorCode.STALE_GENERATION);
            assertThat(StoreProbe.await(there.committedOffsets("group")))
                    .containsExactly(Map.entry(StoreHands.ORDERS, 1L));
        }
    }

    @Test
    void tokensGrowAlsoWhenRedisHasLostWhatItCounted() {
        try (RedisStore store = TestRedis.store(TestRedis.sharedUri(), prefix);
                RawRedis raw = new RawRedis(TestRedis.sharedUri())) {
            store.start();
            Lease lost = StoreProbe.await(store.leases().acquire("group", "node", Duration.ofHours(1)));
            until("a later moment", () -> raw.nowMs() > lost.token());
            assertThat(raw.commands().del(prefix + "{leases}:of:group", prefix + "{leases}:last-token"))
                    .isEqualTo(2);
            Lease next = StoreProbe.await(store.leases().acquire("group", "other", Duration.ofHours(1)));
            assertThat(next.isHeldBy("other")).isTrue();
            assertThat(next.token()).isGreaterThan(lost.token());
        }
    }

    @Test
    void aLeaseThatIsDamagedIsAsIfNobodyHadIt() {
        try (RedisStore store = TestRedis.store(TestRedis.sharedUri(), prefix);
                RawRedis raw = new RawRedis(TestRedis.sharedUri())) {
            store.start();
            String key = prefix + "{leases}:of:group";
            for (String field : List.of("token", "holder", "expires")) {
                Lease held = StoreProbe.await(store.leases().acquire("group", "node", Duration.ofHours(1)));
                raw.commands().hdel(key, field);
                assertThat(StoreProbe.await(store.leases().find("group"))).isEmpty();
                Lease next = StoreProbe.await(store.leases().acquire("group", "other", Duration.ofHours(1)));
                assertThat(next.isHeldBy("other")).isTrue();
                assertThat(next.token()).isGreaterThan(held.token());
                StoreProbe.await(store.leases().release(next));
            }
        }
    }

    @Test
    void anEndIsToldOnceAlsoWhenWordOfTheTopicsCreationComesLate() throws InterruptedException {
        try (RedisStore store = TestRedis.store(TestRedis.sharedUri() + "?pollMs=600000", prefix);
                RawRedis raw = new RawRedis(TestRedis.sharedUri())) {
            BlockingQueue<Long> told = new LinkedBlockingQueue<>();
            store.addEndListener((partition, end) -> told.add(end));
            store.start();
            StoreHands.create(store, "orders", 1);
            StoreProbe.await(StoreHands.append(store, "a"));
            raw.commands().publish(prefix + "topic-changes", "orders  ready");
            raw.commands().publish(prefix + "ends", "orders:0:1");
            raw.commands().publish(prefix + "ends", "orders:0:2");
            assertThat(told.poll(30, TimeUnit.SECONDS)).isEqualTo(1);
            assertThat(told.poll(30, TimeUnit.SECONDS)).isEqualTo(2);
        }
    }
}
