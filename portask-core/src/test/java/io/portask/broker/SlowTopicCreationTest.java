package io.portask.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.record.Durability;
import io.portask.record.Message;
import io.portask.record.PublishResult;
import io.portask.record.RecordBatchBuilder;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.MessageStore;
import io.portask.store.MessageStores;
import io.portask.store.StoreContext;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** A store, like one behind a network, that takes its time to describe and create topics. */
class SlowTopicCreationTest {
    private final List<Runnable> held = new ArrayList<>();
    private final MessageStore memory =
            MessageStores.create("memory:", new StoreContext(new SimpleMeterRegistry(), Clock.systemUTC()));

    private final MessageStore slow = (MessageStore) Proxy.newProxyInstance(
            getClass().getClassLoader(), new Class<?>[] {MessageStore.class}, (proxy, method, arguments) -> {
                if (method.getName().equals("describeTopic") || method.getName().equals("createTopic")) {
                    CompletableFuture<Object> later = new CompletableFuture<>();
                    held.add(() -> call(method, arguments).whenComplete((value, error) -> {
                        if (error == null) {
                            later.complete(value);
                        } else {
                            later.completeExceptionally(error);
                        }
                    }));
                    return later;
                }
                try {
                    return method.invoke(memory, arguments);
                } catch (InvocationTargetException e) {
                    throw e.getCause();
                }
            });

    @SuppressWarnings("unchecked")
    private CompletionStage<Object> call(java.lang.reflect.Method method, Object[] arguments) {
        try {
            return (CompletionStage<Object>) method.invoke(memory, arguments);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private void releaseAll() {
        while (!held.isEmpty()) {
            held.remove(0).run();
        }
    }

    @Test
    void appendsKeepTheirOrderWhileTheirTopicIsBeingCreated() {
        try (Broker broker = Broker.builder().store(slow).build();
                RecordBatchBuilder builder = new RecordBatchBuilder(256)) {
            broker.start();
            TopicPartition partition = new TopicPartition("t", 0);
            List<CompletableFuture<AppendResult>> appends = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                ByteBuffer batch = builder.reset()
                        .append(1, null, new byte[] {(byte) i}, List.of())
                        .build();
                appends.add(broker.append(partition, batch, null).toCompletableFuture());
            }
            assertThat(appends).noneMatch(CompletableFuture::isDone);
            releaseAll();
            for (int i = 0; i < 20; i++) {
                assertThat(appends.get(i).join().baseOffset()).isEqualTo(i);
            }
        }
    }

    @Test
    void publishesKeepTheirOrderWhileTheirTopicIsBeingCreated() {
        try (Broker broker = Broker.builder().store(slow).build()) {
            broker.start();
            List<CompletableFuture<PublishResult>> publishes = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                publishes.add(broker.publishAsync(Message.of("t", "m" + i)).toCompletableFuture());
            }
            assertThat(publishes).noneMatch(CompletableFuture::isDone);
            releaseAll();
            for (int i = 0; i < 20; i++) {
                assertThat(publishes.get(i).join().offset()).isEqualTo(i);
            }
        }
    }

    @Test
    void aFailedCreationFailsEveryAppendThatWaited() {
        BrokerConfig strict = BrokerConfig.builder().autoCreateTopics(false).build();
        try (Broker broker = Broker.builder().store(slow).config(strict).build()) {
            broker.start();
            List<CompletableFuture<PublishResult>> publishes = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                publishes.add(broker.publishAsync(Message.of("t", "m" + i)).toCompletableFuture());
            }
            releaseAll();
            assertThat(publishes).allMatch(CompletableFuture::isCompletedExceptionally);
        }
    }

    @Test
    void publishesToSeveralNewTopicsKeepTheirOrderInEach() {
        try (Broker broker = Broker.builder().store(slow).build()) {
            broker.start();
            CompletionStage<List<PublishResult>> both = broker.publishAllAsync(
                    List.of(Message.of("a", "first"), Message.of("b", "first")), Durability.NONE);
            Runnable describeA = held.remove(0);
            releaseAll();
            CompletionStage<PublishResult> next = broker.publishAsync(Message.of("b", "second"));
            describeA.run();
            releaseAll();
            assertThat(both.toCompletableFuture().join())
                    .extracting(PublishResult::offset)
                    .containsExactly(0L, 0L);
            assertThat(next.toCompletableFuture().join().offset()).isEqualTo(1);
        }
    }

    @Test
    void whatWaitsForATopicIsBounded() {
        try (Broker broker = Broker.builder().store(slow).build()) {
            broker.start();
            byte[] value = new byte[3 << 20];
            List<CompletableFuture<PublishResult>> publishes = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                publishes.add(broker.publishAsync(Message.of("t", value)).toCompletableFuture());
            }
            long refused = publishes.stream()
                    .filter(CompletableFuture::isCompletedExceptionally)
                    .peek(publish -> assertThatThrownBy(publish::join).hasMessageContaining("Try again later"))
                    .count();
            assertThat(refused).isEqualTo(30 - DeferredAppends.MAX_BYTES / value.length);
            releaseAll();
            assertThat(publishes).allMatch(CompletableFuture::isDone);
            assertThat(broker.publish(Message.of("t", "more")).offset()).isEqualTo(30 - refused);
        }
    }
}
