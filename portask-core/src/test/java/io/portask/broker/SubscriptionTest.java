package io.portask.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Compression;
import io.portask.record.Message;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatchBuilder;
import io.portask.record.TopicPartition;
import io.portask.store.MessageStore;
import io.portask.store.MessageStores;
import io.portask.store.StoreContext;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Polled and pushed subscriptions at their edges. */
class SubscriptionTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final TopicPartition T = new TopicPartition("t", 0);

    private static Broker started(BrokerConfig config) {
        Broker broker = Broker.builder().store("memory:").config(config).build();
        broker.start();
        return broker;
    }

    private static List<String> texts(List<ReceivedMessage> messages) {
        return messages.stream().map(ReceivedMessage::text).toList();
    }

    @Test
    void whatWasTrimmedOffABatchIsNotDelivered() {
        try (Broker broker = Broker.open("memory:")) {
            broker.createTopic("t", 1);
            Subscription subscription = broker.subscribe(SubscribeOptions.of("t"));
            broker.publishAll(List.of(Message.of("t", "a"), Message.of("t", "b"), Message.of("t", "c")));
            broker.trim(T, 1);
            assertThat(texts(subscription.poll(PATIENCE))).containsExactly("b", "c");
        }
    }

    @Test
    void aPollHoldsABoundedPartOfBatchesThatInflate() {
        int batches = 10;
        byte[] zeros = new byte[3 << 20];
        try (Broker broker = Broker.open("memory:");
                RecordBatchBuilder builder = new RecordBatchBuilder(4 << 20)) {
            for (int i = 0; i < batches; i++) {
                builder.reset().compression(Compression.ZSTD).append(1, null, zeros, List.of());
                Blocking.await(broker.append(T, builder.build(), null));
            }
            Subscription subscription = broker.subscribe(SubscribeOptions.of("t"));
            long next = 0;
            while (next < batches) {
                List<ReceivedMessage> polled = subscription.poll(PATIENCE);
                assertThat(polled).hasSizeBetween(1, 1 + MessageReader.MAX_DECODED_BYTES / zeros.length);
                for (ReceivedMessage message : polled) {
                    assertThat(message.offset()).isEqualTo(next++);
                }
            }
        }
    }

    @Test
    void whatTheBrokerAcceptsASubscriptionCanRead() {
        byte[] large = new byte[65 << 20];
        try (Broker broker =
                        started(BrokerConfig.builder().maxBatchBytes(70 << 20).build());
                RecordBatchBuilder builder = new RecordBatchBuilder(66 << 20)) {
            builder.compression(Compression.ZSTD).append(5, null, large, List.of());
            Blocking.await(broker.append(T, builder.build(), null));
            Subscription subscription = broker.subscribe(SubscribeOptions.of("t"));
            assertThat(subscription.poll(PATIENCE).get(0).value()).hasSize(large.length);
            assertThat(Blocking.await(broker.store().offsetForTimestamp(T, 5))).isZero();
            assertThat(broker.deleteMessages(T, List.of(0L))).isEqualTo(1);
        }
    }

    @Test
    void aPollMayWaitForever() {
        try (Broker broker = Broker.open("memory:")) {
            broker.publish(Message.of("t", "a"));
            Subscription subscription = broker.subscribe(SubscribeOptions.of("t"));
            assertThat(texts(subscription.poll(ChronoUnit.FOREVER.getDuration())))
                    .containsExactly("a");
        }
    }

    @Test
    void aPartitionIsNamedOnce() {
        assertThatThrownBy(() -> SubscribeOptions.of("t").partitions(0, 1, 0))
                .isInstanceOfSatisfying(
                        PortaskException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST));
    }

    @Test
    void anErrorOutOfAListenerEndsItsSubscription() throws Exception {
        BlockingQueue<PortaskException> errors = new LinkedBlockingQueue<>();
        MessageListener failing = new MessageListener() {
            @Override
            public void onMessage(ReceivedMessage message) {
                throw new NoClassDefFoundError("gone");
            }

            @Override
            public void onError(PortaskException error) {
                errors.add(error);
            }
        };
        try (Broker broker = Broker.open("memory:");
                PushSubscription push = broker.subscribe(SubscribeOptions.of("t"), failing)) {
            broker.publish(Message.of("t", "a"));
            assertThat(errors.poll(20, TimeUnit.SECONDS)).hasRootCauseInstanceOf(NoClassDefFoundError.class);
            assertThat(push.positions()).isEmpty();
        }
    }

    @Test
    void anInterruptedPollLosesNothing() throws Exception {
        BlockingQueue<Runnable> held = new LinkedBlockingQueue<>();
        try (Broker broker = Broker.builder().store(slowToRead(held)).build()) {
            broker.start();
            broker.publish(Message.of("t", "a"));
            Subscription subscription = broker.subscribe(SubscribeOptions.of("t"));
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> subscription.poll(PATIENCE))
                    .isInstanceOfSatisfying(
                            PortaskException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INTERRUPTED));
            assertThat(Thread.interrupted()).isTrue();
            held.take().run();
            CompletableFuture<List<ReceivedMessage>> polled =
                    CompletableFuture.supplyAsync(() -> subscription.poll(PATIENCE));
            held.take().run();
            assertThat(texts(polled.get(20, TimeUnit.SECONDS))).containsExactly("a");
        }
    }

    /** A store, like one behind a network, whose reads end when they are let go. */
    private static MessageStore slowToRead(BlockingQueue<Runnable> held) {
        MessageStore memory =
                MessageStores.create("memory:", new StoreContext(new SimpleMeterRegistry(), Clock.systemUTC()));
        return (MessageStore) Proxy.newProxyInstance(
                SubscriptionTest.class.getClassLoader(), new Class<?>[] {MessageStore.class}, (proxy, method, args) -> {
                    Object answer;
                    try {
                        answer = method.invoke(memory, args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                    if (!method.getName().equals("read")) {
                        return answer;
                    }
                    CompletableFuture<Object> later = new CompletableFuture<>();
                    Object result = ((CompletableFuture<?>) answer).join();
                    held.add(() -> later.complete(result));
                    return later;
                });
    }
}
