package io.portask.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.broker.Broker;
import io.portask.record.Message;
import io.portask.record.ReceivedMessage;
import io.portask.record.TopicPartition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Members on threads of their own that come and go while messages are published. */
class GroupThreadsTest {
    private static final int PARTITIONS = 6;
    private static final int WORKERS = 4;
    private static final int MESSAGES = 6_000;
    private static final int MESSAGES_OF_A_MEMBER = 300;
    private static final Duration PATIENCE = Duration.ofMillis(100);

    private final Map<TopicPartition, Long> processed = new ConcurrentHashMap<>();

    @Test
    void eachMessageIsProcessedInItsOrder() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(WORKERS + 1);
        try (Broker broker = Broker.open("memory:")) {
            broker.createTopic("t", PARTITIONS);
            List<Future<?>> running = new ArrayList<>();
            running.add(threads.submit(() -> publish(broker)));
            for (int i = 0; i < WORKERS; i++) {
                running.add(threads.submit(() -> work(broker)));
            }
            for (Future<?> each : running) {
                each.get(2, TimeUnit.MINUTES);
            }
            assertThat(processed.values()).hasSize(PARTITIONS).allMatch(next -> next == MESSAGES / PARTITIONS);
            assertThat(broker.committed("g")).isEqualTo(processed);
        } finally {
            threads.shutdownNow();
        }
    }

    private static void publish(Broker broker) {
        for (int i = 0; i < MESSAGES; i++) {
            broker.publish(Message.of("t", "m" + i).withPartition(i % PARTITIONS));
        }
    }

    /** One member after the other, each for some messages; all leave once everything is done. */
    private void work(Broker broker) {
        while (!isDone()) {
            try (GroupConsumer consumer =
                    Groups.of(broker).join(GroupOptions.of("g", "t").sessionTimeout(Duration.ofHours(1)))) {
                int taken = 0;
                while (taken < MESSAGES_OF_A_MEMBER && !isDone()) {
                    List<ReceivedMessage> messages = consumer.poll(PATIENCE);
                    messages.forEach(this::process);
                    taken += messages.size();
                    consumer.commit();
                }
            }
        }
    }

    private boolean isDone() {
        return processed.values().stream().mapToLong(next -> next).sum() == MESSAGES;
    }

    private void process(ReceivedMessage message) {
        processed.compute(new TopicPartition("t", message.partition()), (partition, next) -> {
            assertThat(message.offset()).isEqualTo(next == null ? 0 : next);
            return message.offset() + 1;
        });
    }
}
