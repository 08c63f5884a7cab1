package io.portask.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Compression;
import io.portask.record.Message;
import io.portask.record.PublishResult;
import io.portask.record.ReceivedMessage;
import io.portask.record.TopicPartition;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ReconnectTest {
    private static ClientConfig quick(String address) {
        return ClientConfig.builder()
                .server(address)
                .reconnectMinMs(1)
                .reconnectMaxMs(20)
                .build();
    }

    @Test
    void lostAcknowledgementIsAskedForAgainAndStoredOnce() throws IOException {
        try (TestServer server = TestServer.memory();
                TestProxy proxy = new TestProxy(server.port());
                PortaskClient client = PortaskClient.connect(quick(proxy.address()))) {
            assertThat(client.publish(Message.of("once", "a")).offset()).isZero();
            proxy.cutOnResponse();
            PublishResult retried = client.publish(Message.of("once", "b"));
            assertThat(retried.offset()).isEqualTo(1);
            assertThat(retried.duplicate()).isTrue();
            assertThat(client.publish(Message.of("once", "c")).offset()).isEqualTo(2);
            assertThat(client.describeTopic("once").partitions().get(0).endOffset())
                    .isEqualTo(3);
        }
    }

    @Test
    void requestInFlightAtALossFailsAndTheNextOneSucceeds() throws IOException {
        try (TestServer server = TestServer.memory();
                TestProxy proxy = new TestProxy(server.port());
                PortaskClient client = PortaskClient.connect(quick(proxy.address()))) {
            proxy.cutOnResponse();
            assertThatThrownBy(client::listTopics)
                    .isInstanceOf(PortaskException.class)
                    .extracting(e -> ((PortaskException) e).code())
                    .isEqualTo(ErrorCode.CONNECTION_LOST);
            assertThat(client.listTopics()).isEmpty();
        }
    }

    @Test
    void halfOpenConnectionIsNoticedAndReplaced() throws IOException {
        try (TestServer server = TestServer.memory();
                TestProxy proxy = new TestProxy(server.port());
                PortaskClient client = PortaskClient.connect(ClientConfig.builder()
                        .server(proxy.address())
                        .heartbeatMs(100)
                        .reconnectMinMs(1)
                        .build())) {
            client.createTopic("quiet", 1);
            proxy.silence();
            assertThat(client.publish(Message.of("quiet", "x")).offset()).isZero();
        }
    }

    @Test
    void clientAndConsumerSurviveARestartOfTheServer(@TempDir Path directory) {
        TestServer server = TestServer.file(directory.toString(), 0);
        int port = server.port();
        try (PortaskClient client = PortaskClient.connect(quick(server.address()))) {
            client.publish(Message.of("kept", "before"));
            try (Consumer consumer =
                    client.consumer(ConsumerConfig.builder().topic("kept").build())) {
                assertThat(EndToEndTest.take(consumer, 1))
                        .extracting(ReceivedMessage::text)
                        .containsExactly("before");
                server.close();
                var late = client.publishAsync(Message.of("kept", "while down")).toCompletableFuture();
                server = TestServer.file(directory.toString(), port);
                assertThat(late.join().offset()).isEqualTo(1);
                client.publish(Message.of("kept", "after"));
                assertThat(EndToEndTest.take(consumer, 2))
                        .extracting(ReceivedMessage::text)
                        .containsExactly("while down", "after");
            }
        } finally {
            server.close();
        }
    }

    @Test
    void nextServerIsTriedWhenTheFirstIsGone() throws IOException {
        try (TestServer first = TestServer.memory();
                TestServer second = TestServer.memory();
                PortaskClient client = PortaskClient.connect(quick(first.address() + "," + second.address()))) {
            first.close();
            client.publish(Message.of("moved", "x"));
            assertThat(second.broker.listTopics()).hasSize(1);
        }
    }

    @Test
    void connectingFailsFastWhereNobodyListens() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        assertThatThrownBy(() -> PortaskClient.connect("127.0.0.1:" + port))
                .isInstanceOf(PortaskException.class)
                .hasMessageContaining("127.0.0.1:" + port)
                .extracting(e -> ((PortaskException) e).code())
                .isEqualTo(ErrorCode.CONNECTION_LOST);
    }

    @Test
    void serverThatNeverGreetsIsGivenUp() throws IOException {
        try (ServerSocket mute = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            ClientConfig config = ClientConfig.builder()
                    .server("127.0.0.1:" + mute.getLocalPort())
                    .connectTimeoutMs(100)
                    .build();
            assertThatThrownBy(() -> PortaskClient.connect(config))
                    .isInstanceOf(PortaskException.class)
                    .extracting(e -> ((PortaskException) e).code())
                    .isEqualTo(ErrorCode.TIMEOUT);
        }
    }

    @Test
    void messagesAreStoredOnceAndInOrderHoweverOftenTheConnectionIsCut() throws Exception {
        produceThroughCuts(20, 4_000, 7);
    }

    @Test
    @Tag("long")
    void messagesAreStoredOnceAndInOrderOverHundredsOfCuts() throws Exception {
        for (long seed = 100; seed < 120; seed++) {
            produceThroughCuts(50, 20_000, seed);
        }
    }

    private static void produceThroughCuts(int cuts, int perCut, long seed) throws Exception {
        Random random = new Random(seed);
        int partitions = 3;
        int count = 0;
        BlockingQueue<PortaskException> failures = new LinkedBlockingQueue<>();
        try (TestServer server = TestServer.memory();
                TestProxy proxy = new TestProxy(server.port());
                PortaskClient client = PortaskClient.connect(quick(proxy.address()));
                PortaskClient direct = PortaskClient.connect(server.address())) {
            client.createTopic("cut", partitions);
            try (Producer producer = client.producer(ProducerConfig.builder()
                    .batchBytes(2048)
                    .compression(random.nextBoolean() ? Compression.NONE : Compression.ZSTD)
                    .build())) {
                for (int cut = 0; cut < cuts; cut++) {
                    proxy.cutAfter(random.nextInt(60_000));
                    for (int i = 0; i < perCut; i++, count++) {
                        byte[] value = Integer.toString(count).getBytes(StandardCharsets.UTF_8);
                        producer.send(
                                "cut", count % partitions, null, value, (topic, partition, offset, reached, error) -> {
                                    if (error != null) {
                                        failures.add(error);
                                    }
                                });
                    }
                }
                producer.flush();
            }
            assertThat(failures).as("seed %s", seed).isEmpty();
            assertThat(proxy.cuts()).as("seed %s", seed).isPositive();
            try (Consumer consumer =
                    direct.consumer(ConsumerConfig.builder().topic("cut").build())) {
                assertComplete(EndToEndTest.take(consumer, count), partitions, count, seed);
                assertThat(consumer.positions().values().stream()
                                .mapToLong(Long::longValue)
                                .sum())
                        .isEqualTo(direct.describeTopic("cut").partitions().stream()
                                .mapToLong(partition -> partition.endOffset())
                                .sum());
            }
        }
    }

    private static void assertComplete(List<ReceivedMessage> messages, int partitions, int count, long seed) {
        Map<Integer, Integer> last = new HashMap<>();
        for (ReceivedMessage message : messages) {
            int value = Integer.parseInt(message.text());
            Integer before = last.put(message.partition(), value);
            assertThat(value)
                    .as("seed %s, %s", seed, message.id())
                    .isEqualTo(before == null ? message.partition() : before + partitions);
        }
        assertThat(messages).as("seed %s", seed).hasSize(count);
    }

    @Test
    void consumerSeesEachMessageOnceHoweverOftenTheConnectionIsCut() throws IOException {
        Random random = new Random(3);
        int partitions = 3;
        int count = 60_000;
        try (TestServer server = TestServer.memory();
                TestProxy proxy = new TestProxy(server.port());
                PortaskClient client = PortaskClient.connect(quick(proxy.address()));
                PortaskClient direct = PortaskClient.connect(server.address())) {
            direct.createTopic("cut", partitions);
            try (Producer producer =
                    direct.producer(ProducerConfig.builder().batchBytes(4096).build())) {
                for (int i = 0; i < count; i++) {
                    producer.send(
                            "cut", i % partitions, null, Integer.toString(i).getBytes(StandardCharsets.UTF_8), null);
                }
                producer.flush();
            }
            try (Consumer consumer = client.consumer(ConsumerConfig.builder()
                    .topic("cut")
                    .creditBytes(16 << 10)
                    .maxPollMessages(500)
                    .build())) {
                List<ReceivedMessage> messages = new ArrayList<>();
                while (messages.size() < count) {
                    if (random.nextInt(8) == 0) {
                        proxy.cutAfter(random.nextInt(30_000));
                    }
                    messages.addAll(EndToEndTest.take(consumer, 1));
                }
                assertComplete(messages, partitions, count, 3);
                assertThat(consumer.positions().get(new TopicPartition("cut", 0)))
                        .isEqualTo(count / partitions);
            }
            assertThat(proxy.cuts()).isPositive();
        }
    }

    @Test
    void openingAndClosingLeavesNoThreadAndNoFile() throws IOException {
        try (TestServer server = TestServer.memory()) {
            cycle(server, 5);
            long threads = clientThreads();
            long files = openFiles();
            cycle(server, 50);
            assertThat(clientThreads()).isEqualTo(threads).isZero();
            assertThat(openFiles()).isLessThan(files + 25);
        }
    }

    private static void cycle(TestServer server, int times) {
        for (int i = 0; i < times; i++) {
            PortaskClient client = PortaskClient.connect(server.address());
            client.publish(Message.of("cycle", "x"));
            client.consumer(ConsumerConfig.builder().topic("cycle").build()).poll(java.time.Duration.ofSeconds(10));
            client.consumer(ConsumerConfig.builder().topic("cycle").build(), message -> {});
            client.producer().send("cycle", 0, null, new byte[10], null);
            client.close();
            client.close();
        }
    }

    private static long clientThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("portask-client")
                        || thread.getName().startsWith("portask-consumer"))
                .count();
    }

    /** Sockets of the server's side may close a moment later, so this is a bound below one file for each cycle. */
    private static long openFiles() throws IOException {
        Path files = Path.of("/proc/self/fd");
        if (!Files.isDirectory(files)) {
            return 0;
        }
        try (Stream<Path> list = Files.list(files)) {
            return list.count();
        }
    }
}
