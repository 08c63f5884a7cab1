package io.portask.store.redis;

import static io.portask.store.redis.StoreHands.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.broker.Broker;
import io.portask.broker.SubscribeOptions;
import io.portask.broker.Subscription;
import io.portask.record.Message;
import io.portask.record.PublishResult;
import io.portask.record.ReceivedMessage;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import io.portask.store.contract.ForkedJvm;
import io.portask.store.contract.StoreProbe;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/** Nodes are processes; one of them is killed while all publish and receive. */
class NodeKillTest {
    private static final String TOPIC = "orders";
    private static final int PARTITIONS = 2;
    private static final int AT_ONCE = 20;
    private static final int ENOUGH = 400;

    /** Publishes for ever what its name and a number make, and prints partition, offset and text of what is acknowledged. */
    static final class Node {
        public static void main(String[] arguments) throws IOException {
            try (Broker broker = open(arguments[0]);
                    OutputStream wholeLines = new FileOutputStream(FileDescriptor.out)) {
                for (int i = 0; ; i += AT_ONCE) {
                    List<CompletionStage<PublishResult>> results = new ArrayList<>();
                    for (int j = i; j < i + AT_ONCE; j++) {
                        results.add(broker.publishAsync(
                                Message.of(TOPIC, arguments[1] + "-" + j).withPartition(j % PARTITIONS)));
                    }
                    StringBuilder lines = new StringBuilder();
                    for (int j = 0; j < AT_ONCE; j++) {
                        PublishResult result = StoreProbe.await(results.get(j));
                        lines.append(result.id().partition())
                                .append(' ')
                                .append(result.offset())
                                .append(' ')
                                .append(arguments[1] + "-" + (i + j))
                                .append('\n');
                    }
                    wholeLines.write(lines.toString().getBytes(StandardCharsets.US_ASCII));
                }
            }
        }
    }

    /** A node's process and what it said. */
    private static final class Running implements AutoCloseable {
        final Process process;
        final Queue<String> acknowledged = new ConcurrentLinkedQueue<>();
        private final Thread reader;

        Running(String uri, String name) throws IOException {
            process = ForkedJvm.start(Node.class, uri, name);
            reader = new Thread(this::read, name);
            reader.start();
        }

        private void read() {
            try (BufferedReader lines = process.inputReader(StandardCharsets.US_ASCII)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    acknowledged.add(line);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void kill() throws InterruptedException {
            process.destroyForcibly().waitFor();
            reader.join();
        }

        @Override
        public void close() throws InterruptedException {
            kill();
        }
    }

    private static Broker open(String uri) {
        Broker broker = Broker.builder().store(uri).build();
        broker.start();
        return broker;
    }

    @Test
    void theOthersGoOnWhenANodeIsKilled() throws Exception {
        String shared = TestRedis.sharedUri();
        String uri = shared + (shared.indexOf('?') < 0 ? '?' : '&') + "keyPrefix=" + TestRedis.newPrefix();
        try (Broker broker = open(uri)) {
            broker.createTopic(TOPIC, PARTITIONS);
            try (Subscription orders =
                            broker.subscribe(SubscribeOptions.of(TOPIC).from(StartPosition.earliest()));
                    Running victim = new Running(uri, "victim");
                    Running survivor = new Running(uri, "survivor")) {
                List<ReceivedMessage> received = new ArrayList<>();
                receiveUntil(orders, received, victim, ENOUGH);
                receiveUntil(orders, received, survivor, ENOUGH);
                victim.kill();
                receiveUntil(orders, received, survivor, survivor.acknowledged.size() + ENOUGH);
                survivor.kill();

                PublishResult last = broker.publish(Message.of(TOPIC, "test-0").withPartition(0));
                PublishResult other = broker.publish(Message.of(TOPIC, "test-1").withPartition(1));
                until("all is received", () -> {
                    received.addAll(orders.poll(Duration.ofMillis(100)));
                    return orders.positions().get(new TopicPartition(TOPIC, 0)) == last.offset() + 1
                            && orders.positions().get(new TopicPartition(TOPIC, 1)) == other.offset() + 1;
                });
                check(received, victim, survivor);
            }
        }
    }

    private static void receiveUntil(
            Subscription orders, List<ReceivedMessage> received, Running node, int acknowledged) {
        until("a node publishes", () -> {
            assertThat(node.process.isAlive()).isTrue();
            received.addAll(orders.poll(Duration.ofMillis(10)));
            return node.acknowledged.size() >= acknowledged;
        });
    }

    /** Dense offsets, each publisher's messages in their order, and at its offset all that was acknowledged. */
    private static void check(List<ReceivedMessage> received, Running... nodes) {
        Map<Integer, List<String>> texts = Deliveries.texts(received);
        for (Running node : nodes) {
            for (String line : node.acknowledged) {
                String[] parts = line.split(" ", -1);
                assertThat(texts.get(Integer.parseInt(parts[0])).get(Integer.parseInt(parts[1])))
                        .isEqualTo(parts[2]);
            }
        }
    }
}
