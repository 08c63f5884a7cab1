package io.portask.http.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.broker.Broker;
import io.portask.http.exchange.StreamingExchange;
import io.portask.net.Connection;
import io.portask.record.Durability;
import io.portask.record.Message;
import io.portask.record.PublishResult;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When gathered publishes are appended, with a turn that ends when the test says so. */
class TurnPublishesTest {
    private final Broker broker = Broker.builder().store("memory:").build();
    private final TurnPublishes publishes = new TurnPublishes(broker);
    private final ArrayDeque<Runnable> turn = new ArrayDeque<>();
    private final List<Consumer<Exception>> onDone = new ArrayList<>();

    private final Connection connection = fake(Connection.class, argument -> turn.add((Runnable) argument), null);

    @SuppressWarnings("unchecked")
    private final StreamingExchange exchange =
            fake(StreamingExchange.class, argument -> onDone.add((Consumer<Exception>) argument), connection);

    TurnPublishesTest() {
        broker.start();
        broker.createTopic("t", 1);
    }

    private static <T> T fake(Class<T> type, Consumer<Object> listener, Object answer) {
        return type.cast(Proxy.newProxyInstance(
                TurnPublishesTest.class.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    if (arguments != null) {
                        listener.accept(arguments[0]);
                    }
                    return arguments == null ? answer : null;
                }));
    }

    @AfterEach
    void close() {
        broker.close();
    }

    private CompletionStage<PublishResult> publish(String text) {
        return publish(text.getBytes(StandardCharsets.UTF_8));
    }

    private CompletionStage<PublishResult> publish(byte[] value) {
        return publishes.publish(exchange, Message.of("t", value), Durability.NONE);
    }

    private long stored() {
        return broker.describeTopic("t").partitions().get(0).endOffset();
    }

    @Test
    void theTurnsEndAppendsInOrder() {
        List<CompletionStage<PublishResult>> results = List.of(publish("a"), publish("b"));
        assertThat(stored()).isZero();
        turn.remove().run();
        assertThat(results)
                .extracting(result -> result.toCompletableFuture().join().offset())
                .containsExactly(0L, 1L);
        turn.remove().run();
        assertThat(stored()).isEqualTo(2);
    }

    @Test
    void theEndOfAConnectionWhoseTasksAreDroppedAppends() {
        publish("a");
        turn.clear();
        onDone.forEach(done -> done.accept(null));
        assertThat(stored()).isEqualTo(1);
    }

    @Test
    void theTaskOfAnotherConnectionIsEnough() {
        publish("a");
        turn.clear();
        publish("b");
        turn.remove().run();
        assertThat(stored()).isEqualTo(2);
    }

    @Test
    void whatIsGatheredIsBounded() {
        publish(new byte[10 << 10]);
        publish(new byte[10 << 10]);
        assertThat(stored()).isEqualTo(2);
    }
}
