package io.portask.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.client.ClientConfig;
import io.portask.client.Consumer;
import io.portask.client.ConsumerConfig;
import io.portask.client.PortaskClient;
import io.portask.client.Producer;
import io.portask.client.ProducerConfig;
import io.portask.record.ReceivedMessage;
import io.portask.store.redis.Deliveries;
import io.portask.store.redis.RedisProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two servers in processes of their own on one Redis, two publishers and two subscribers at each of them: every subscriber gets
 * every message once, at dense offsets, each publisher's in their order. Then one of the servers is killed between two bursts.
 */
class SharedRedisTest {
    private static final String TOPIC = "orders";
    private static final int PARTITIONS = 3;
    private static final int PUBLISHERS = 4;
    private static final int SUBSCRIBERS = 4;
    private static final int EACH = 1_500;
    private static final int TOTAL = PUBLISHERS * EACH;
    /** Small, so that many batches of a partition are on their way. */
    private static final int BATCH_BYTES = 1024;

    private static final int RECONNECT_MS = 20;
    private static final int PATIENCE_S = 60;
    private static final Duration BRIEFLY = Duration.ofMillis(2);

    @TempDir
    private Path directory;

    private final List<AutoCloseable> open = new ArrayList<>();
    private final List<Producer> publishers = new ArrayList<>();
    private final List<Consumer> subscribers = new ArrayList<>();
    private final List<List<ReceivedMessage>> received = new ArrayList<>();
    private final Queue<Acknowledged> acknowledged = new ConcurrentLinkedQueue<>();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private ServerProcess first;
    private ServerProcess second;

    private record Acknowledged(int partition, int offset, String text) {}

    @BeforeEach
    void startAll() throws Exception {
        RedisProcess redis = closedLater(RedisProcess.start(directory));
        first = closedLater(ServerProcess.start(redis.uri(), 0));
        second = closedLater(ServerProcess.start(redis.uri(), 0));
        closedLater(client(first, second)).createTopic(TOPIC, PARTITIONS);
        for (int i = 0; i < PUBLISHERS; i++) {
            ProducerConfig config =
                    ProducerConfig.builder().batchBytes(BATCH_BYTES).build();
            publishers.add(closedLater(closedLater(clientOf(i)).producer(config)));
        }
        for (int i = 0; i < SUBSCRIBERS; i++) {
            ConsumerConfig config = ConsumerConfig.builder().topic(TOPIC).build();
            subscribers.add(closedLater(closedLater(clientOf(i)).consumer(config)));
            received.add(new ArrayList<>());
        }
    }

    @AfterEach
    void closeAll() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    private <T extends AutoCloseable> T closedLater(T resource) {
        open.add(resource);
        return resource;
    }

    /** Every other one at the second server, with the other as its refuge. */
    private PortaskClient clientOf(int number) {
        return number % 2 == 0 ? client(first, second) : client(second, first);
    }

    private static PortaskClient client(ServerProcess server, ServerProcess refuge) {
        return PortaskClient.connect(ClientConfig.builder()
                .server(server.address() + "," + refuge.address())
                .reconnectMinMs(1)
                .reconnectMaxMs(RECONNECT_MS)
                .build());
    }

    @Test
    void everySubscriberGetsEveryMessageOnceAlsoWhenAServerIsKilled() throws Exception {
        publish(0, EACH / 2);
        receiveAndCheckAll(TOTAL / 2);

        publish(EACH / 2, 3 * EACH / 4);
        first.kill();
        publish(3 * EACH / 4, EACH);
        receiveAndCheckAll(TOTAL);
    }

    /** Each publisher its messages of these numbers. */
    private void publish(int from, int to) {
        for (int number = from; number < to; number++) {
            for (int i = 0; i < PUBLISHERS; i++) {
                String text = i + "-" + number;
                publishers
                        .get(i)
                        .send(
                                TOPIC,
                                number % PARTITIONS,
                                null,
                                text.getBytes(StandardCharsets.US_ASCII),
                                (topic, partition, offset, durability, error) -> {
                                    if (error == null) {
                                        acknowledged.add(new Acknowledged(partition, Math.toIntExact(offset), text));
                                    } else {
                                        failures.add(text + ": " + error);
                                    }
                                });
            }
        }
    }

    private void receive() {
        for (int i = 0; i < SUBSCRIBERS; i++) {
            received.get(i).addAll(subscribers.get(i).poll(BRIEFLY));
        }
    }

    /** Until so many are acknowledged, and every subscriber has them. */
    private void receiveAndCheckAll(int count) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        while (acknowledged.size() < count || received.stream().anyMatch(messages -> messages.size() < count)) {
            assertThat(failures).isEmpty();
            assertThat(System.nanoTime() - deadline)
                    .as(
                            "acknowledged: %d, received: %s",
                            acknowledged.size(),
                            received.stream().map(List::size).toList())
                    .isNegative();
            receive();
        }
        assertThat(acknowledged).hasSize(count);
        Map<Integer, List<String>> texts = check(received.get(0), count);
        for (List<ReceivedMessage> other : received) {
            assertThat(check(other, count)).isEqualTo(texts);
        }
        for (Acknowledged one : acknowledged) {
            assertThat(texts.get(one.partition()).get(one.offset())).isEqualTo(one.text());
        }
    }

    private static Map<Integer, List<String>> check(List<ReceivedMessage> messages, int count) {
        assertThat(messages).hasSize(count);
        return Deliveries.texts(messages);
    }
}
