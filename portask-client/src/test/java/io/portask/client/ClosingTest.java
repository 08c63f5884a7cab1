package io.portask.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Message;
import io.portask.record.ReceivedMessage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nobody waits for ever: not at a close, and not because of what a callback threw. */
@Timeout(60)
class ClosingTest {
    private static ErrorCode codeOf(Throwable error) {
        return PortaskException.of(error).code();
    }

    @Test
    void closingTheClientSendsWhatWaitsForThePartitionsOfItsTopic() {
        try (TestServer server = TestServer.memory()) {
            CompletionStage<?> sent;
            try (PortaskClient client = PortaskClient.connect(server.address())) {
                sent = client.publishAsync(Message.of("fresh", "x"));
            }
            assertThat(sent.toCompletableFuture()).isCompleted();
            assertThat(server.broker.listTopics()).hasSize(1);
        }
    }

    @Test
    void openingAConsumerEndsWhenTheClientIsClosed() throws Exception {
        try (TestServer server = TestServer.memory();
                TestProxy proxy = new TestProxy(server.port())) {
            PortaskClient client = PortaskClient.connect(proxy.address());
            client.createTopic("t", 1);
            proxy.silence();
            CountDownLatch opening = new CountDownLatch(1);
            CompletableFuture<Consumer> opened = CompletableFuture.supplyAsync(() -> {
                opening.countDown();
                return client.consumer(ConsumerConfig.builder()
                        .topic("t")
                        .partitions(List.of(0))
                        .build());
            });
            opening.await();
            client.close();
            assertThatThrownBy(opened::join)
                    .isInstanceOf(CompletionException.class)
                    .satisfies(error -> assertThat(codeOf(error)).isEqualTo(ErrorCode.CLOSED));
        }
    }

    @Test
    void closedConductorTellsItsListenersAndThoseThatComeLater() {
        try (TestServer server = TestServer.memory();
                NioClientLoop loop = NioClientLoop.start(IdleMode.BLOCK)) {
            ClientConductor conductor = new ClientConductor(
                    ClientConfig.builder().server(server.address()).build(), loop, new Random(1));
            conductor.start().join();
            CountingListener early = new CountingListener();
            CountingListener late = new CountingListener();
            loop.execute(() -> {
                conductor.addListener(early);
                conductor.close();
                conductor.addListener(late);
            });
            early.closed.join();
            late.closed.join();
        }
    }

    private static final class CountingListener implements ConnectionListener {
        final CompletableFuture<Boolean> closed = new CompletableFuture<>();

        @Override
        public void onReady(ClientSession session) {}

        @Override
        public void onLost() {}

        @Override
        public void onClosed() {
            closed.complete(true);
        }
    }

    @Test
    void noMoreRequestsWaitThanTheBoundAllows() throws Exception {
        NioClientLoop loop = NioClientLoop.start(IdleMode.BLOCK);
        try (TestServer server = TestServer.memory();
                TestProxy proxy = new TestProxy(server.port());
                PortaskClient client = PortaskClient.connect(
                        ClientConfig.builder().server(proxy.address()).build(), loop, new Random(1))) {
            proxy.silence();
            List<CompletableFuture<?>> asked = IntStream.range(0, ClientConductor.MAX_OUTSTANDING + 1_000)
                    .<CompletableFuture<?>>mapToObj(
                            i -> client.listTopicsAsync().toCompletableFuture())
                    .toList();
            CountDownLatch handled = new CountDownLatch(1);
            loop.execute(handled::countDown);
            handled.await();
            List<CompletableFuture<?>> refused =
                    asked.stream().filter(CompletableFuture::isDone).toList();
            assertThat(refused).hasSizeGreaterThanOrEqualTo(1_000);
            assertThatThrownBy(refused.get(0)::join)
                    .satisfies(error -> assertThat(codeOf(error)).isEqualTo(ErrorCode.OVERLOADED));
        }
    }

    @Test
    void errorThrownByACallbackTouchesNoOtherMessage() throws InterruptedException {
        try (TestServer server = TestServer.memory();
                PortaskClient client = PortaskClient.connect(server.address());
                Producer producer = client.producer()) {
            BlockingQueue<Long> calls = new LinkedBlockingQueue<>();
            SendCallback throwing = (topic, partition, offset, durability, error) -> {
                calls.add(offset);
                throw new AssertionError("thrown by a test");
            };
            byte[] value = "x".getBytes(StandardCharsets.UTF_8);
            producer.send("t", 0, null, value, throwing);
            producer.flush();
            producer.send("t", 0, null, value, throwing);
            producer.send(Message.of("t", "y")).toCompletableFuture().join();
            producer.flush();
            assertThat(calls).containsExactly(0L, 1L);
        }
    }

    @Test
    void errorThrownByAHandlerEndsItsConsumer() throws InterruptedException {
        try (TestServer server = TestServer.memory();
                PortaskClient client = PortaskClient.connect(server.address())) {
            client.publish(Message.of("t", "x"));
            BlockingQueue<PortaskException> errors = new LinkedBlockingQueue<>();
            client.consumer(ConsumerConfig.builder().topic("t").build(), new MessageHandler() {
                @Override
                public void onMessage(ReceivedMessage message) {
                    throw new AssertionError("thrown by a test");
                }

                @Override
                public void onError(PortaskException error) {
                    errors.add(error);
                }
            });
            assertThat(errors.poll(20, TimeUnit.SECONDS)).isNotNull();
        }
    }

    @Test
    void closingTheClientFailsWhatSeveralThreadsAreSending() throws Exception {
        for (int round = 0; round < 20; round++) {
            try (TestServer server = TestServer.memory();
                    TestProxy proxy = new TestProxy(server.port())) {
                PortaskClient client = PortaskClient.connect(proxy.address());
                client.createTopic("t", 8);
                Producer producer = client.producer(
                        ProducerConfig.builder().batchBytes(1024).build());
                CountDownLatch started = new CountDownLatch(2);
                List<CompletableFuture<List<CompletableFuture<?>>>> senders = Stream.of(1, 2)
                        .map(i -> CompletableFuture.supplyAsync(
                                () -> sendUntilClosed(producer, started), ClosingTest::onThreadOfItsOwn))
                        .toList();
                started.await();
                producer.close(0);
                client.close();
                for (CompletableFuture<List<CompletableFuture<?>>> sender : senders) {
                    assertThat(sender.get(20, TimeUnit.SECONDS)).allMatch(CompletableFuture::isDone);
                }
            }
        }
    }

    /** The common pool has a single thread where there are two cores. */
    private static void onThreadOfItsOwn(Runnable task) {
        new Thread(task).start();
    }

    private static List<CompletableFuture<?>> sendUntilClosed(Producer producer, CountDownLatch started) {
        List<CompletableFuture<?>> sent = new ArrayList<>();
        for (int i = 0; ; i++) {
            CompletableFuture<?> one = producer.send(
                            Message.of("t", "x".repeat(500)).withPartition(i % 8))
                    .toCompletableFuture();
            sent.add(one);
            if (i == 100) {
                started.countDown();
            }
            if (one.isCompletedExceptionally()) {
                return sent;
            }
        }
    }
}
