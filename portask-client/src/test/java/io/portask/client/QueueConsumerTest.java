package io.portask.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portask.consumer.Delivery;
import io.portask.consumer.Groups;
import io.portask.consumer.PollingWorker;
import io.portask.consumer.QueueOptions;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.queue.DeliveryAnswer;
import io.portask.queue.QueueConfig;
import io.portask.record.Message;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class QueueConsumerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final QueueOptions OPTIONS = QueueOptions.of("resizers", "jobs")
            .config(QueueConfig.builder().retryDelayMs(0, 0).build());

    private TestServer server = TestServer.memory();
    private PortaskClient client = PortaskClient.connect(server.address());

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private void publish(String... texts) {
        for (String text : texts) {
            client.publish(Message.of("jobs", text));
        }
    }

    private static List<Delivery> take(PollingWorker worker, int count) {
        List<Delivery> taken = new ArrayList<>();
        while (taken.size() < count) {
            List<Delivery> polled = worker.poll(count - taken.size(), PATIENCE);
            assertThat(polled).as("after %s", taken).isNotEmpty();
            taken.addAll(polled);
        }
        return taken;
    }

    private static List<String> texts(List<Delivery> deliveries) {
        return deliveries.stream().map(Delivery::text).toList();
    }

    private static void assertCode(ThrowingCallable call, ErrorCode code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        PortaskException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void aWorkerAnswersForEachMessage() {
        publish("a", "b", "c", "d");
        try (QueueConsumer worker = client.queueConsumer(OPTIONS)) {
            List<Delivery> all = take(worker, 4);
            assertThat(texts(all)).containsExactly("a", "b", "c", "d");
            assertThat(worker.ack(all.get(0))).isEqualTo(DeliveryAnswer.ACCEPTED);
            assertThat(worker.nack(all.get(1), Duration.ZERO)).isEqualTo(DeliveryAnswer.ACCEPTED);
            assertThat(worker.reject(all.get(2))).isEqualTo(DeliveryAnswer.ACCEPTED);
            assertThat(worker.extend(all.get(3), PATIENCE)).isEqualTo(DeliveryAnswer.ACCEPTED);
            Delivery again = take(worker, 1).get(0);
            assertThat(again.text()).isEqualTo("b");
            assertThat(again.attempt()).isEqualTo(2);
            assertThat(worker.ackAll(List.of(all.get(1), again)))
                    .containsExactly(DeliveryAnswer.HANDED_ON, DeliveryAnswer.ACCEPTED);
            assertThat(worker.poll(1, Duration.ofMillis(1))).isEmpty();
            assertThat(texts(client.queueConsumer(QueueOptions.of("undertakers", "jobs.dlq"))
                            .poll(1, PATIENCE)))
                    .containsExactly("c");
        }
    }

    @Test
    void workersShareTheMessagesWithThoseInTheServersProcess() {
        publish("a", "b", "c", "d");
        try (PollingWorker here = Groups.of(server.broker).work(OPTIONS)) {
            List<Delivery> mine = take(here, 1);
            List<Delivery> theirs;
            try (QueueConsumer worker = client.queueConsumer(OPTIONS)) {
                theirs = take(worker, 3);
                assertThat(worker.ack(mine.get(0))).isEqualTo(DeliveryAnswer.NOT_THE_HOLDER);
            }
            Set<String> all = new HashSet<>(texts(mine));
            List<Delivery> again = take(here, 3);
            assertThat(again).extracting(Delivery::attempt).containsOnly(2);
            assertThat(texts(again)).containsExactlyInAnyOrderElementsOf(texts(theirs));
            all.addAll(texts(again));
            assertThat(all).containsExactlyInAnyOrder("a", "b", "c", "d");
        }
    }

    @Test
    void aWorkerGoesOnAfterTheServerWasAway(@TempDir Path directory) {
        close();
        server = TestServer.file(directory.toString(), 0);
        client = PortaskClient.connect(server.address());
        publish("a", "b");
        try (QueueConsumer worker = client.queueConsumer(OPTIONS)) {
            List<Delivery> both = take(worker, 2);
            worker.ack(both.get(0));
            int port = server.port();
            server.close();
            CompletableFuture<List<Delivery>> polling = CompletableFuture.supplyAsync(() -> worker.poll(2, PATIENCE));
            server = TestServer.file(directory.toString(), port);
            List<Delivery> again = polling.join();
            assertThat(texts(again)).containsExactly("b");
            assertThat(worker.ack(again.get(0))).isEqualTo(DeliveryAnswer.ACCEPTED);
        }
    }

    @Test
    void whatTheServerRefusesIsTold() {
        publish("a");
        try (QueueConsumer worker = client.queueConsumer(OPTIONS)) {
            QueueConfig other = QueueConfig.builder().maxDeliveries(3).build();
            assertCode(() -> client.queueConsumer(OPTIONS.config(other)), ErrorCode.INVALID_REQUEST);
            assertCode(() -> worker.poll(0, PATIENCE), ErrorCode.INVALID_REQUEST);
            Delivery one = take(worker, 1).get(0);
            worker.close();
            assertCode(() -> worker.poll(1, PATIENCE), ErrorCode.CLOSED);
            assertCode(() -> worker.ack(one), ErrorCode.UNKNOWN_MEMBER);
        }
    }

    @Test
    void theClientsEndIsTheWorkersEnd() {
        QueueConsumer worker = client.queueConsumer(OPTIONS);
        client.close();
        assertCode(() -> worker.poll(1, PATIENCE), ErrorCode.CLOSED);
        worker.close();
    }
}
