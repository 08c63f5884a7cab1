package io.portask.benchmarks;

import io.portask.broker.Broker;
import io.portask.consumer.Delivery;
import io.portask.consumer.Groups;
import io.portask.consumer.QueueConsumer;
import io.portask.consumer.QueueOptions;
import io.portask.queue.DeliveryAnswer;
import io.portask.record.Durability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Prints how many messages a second the workers of a work queue take from 4 partitions in process and acknowledge, confirmed by a journal in
 * files: each message by a call of its own, and all messages of a poll by one. {@code QueueMeasurement [rounds [workers]]}
 */
public final class QueueMeasurement {
    private static final String TOPIC = "bench";
    private static final int PARTITIONS = 4;
    private static final int BATCHES = 500;
    private static final int RECORDS = 600;
    private static final long MESSAGES = (long) PARTITIONS * BATCHES * RECORDS;
    private static final int POLL = 500;

    private QueueMeasurement() {}

    public static void main(String[] arguments) throws IOException {
        int rounds = arguments.length == 0 ? 7 : Integer.parseInt(arguments[0]);
        int workers = arguments.length < 2 ? 8 : Integer.parseInt(arguments[1]);
        Path directory = Files.createTempDirectory("portask-queue");
        try (Broker broker = Broker.open("file:" + directory)) {
            FilledTopic.create(broker, TOPIC, PARTITIONS, BATCHES, RECORDS, Durability.WRITTEN);
            double[] each = new double[rounds];
            double[] together = new double[rounds];
            for (int round = 0; round < rounds; round++) {
                each[round] = run(broker, "e" + round, workers, true);
                together[round] = run(broker, "t" + round, workers, false);
                System.out.printf(Locale.ROOT, "  %,12.0f/s each, %,12.0f/s together%n", each[round], together[round]);
            }
            System.out.printf(
                    Locale.ROOT,
                    "%d workers: %,.0f acks/s one by one, %,.0f acks/s a poll at a time%n",
                    workers,
                    Rounds.median(each),
                    Rounds.median(together));
        } finally {
            LogFixture.delete(directory);
        }
    }

    private static double run(Broker broker, String group, int workers, boolean oneByOne) {
        AtomicLong acknowledged = new AtomicLong();
        List<Thread> threads = new ArrayList<>();
        long start = System.nanoTime();
        for (int i = 0; i < workers; i++) {
            Thread thread = new Thread(() -> work(broker, group, oneByOne, acknowledged), "worker-" + i);
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        return acknowledged.get() * 1e9 / (System.nanoTime() - start);
    }

    private static void work(Broker broker, String group, boolean oneByOne, AtomicLong acknowledged) {
        try (QueueConsumer worker = Groups.of(broker).work(QueueOptions.of(group, TOPIC))) {
            while (acknowledged.get() < MESSAGES) {
                List<Delivery> polled = worker.poll(POLL, Duration.ofMillis(10));
                acknowledged.addAndGet(oneByOne ? acknowledgeEach(worker, polled) : count(worker.ackAll(polled)));
            }
        }
    }

    private static long acknowledgeEach(QueueConsumer worker, List<Delivery> polled) {
        List<CompletableFuture<DeliveryAnswer>> answers = new ArrayList<>(polled.size());
        for (Delivery delivery : polled) {
            answers.add(worker.ackAsync(delivery).toCompletableFuture());
        }
        return count(answers.stream().map(CompletableFuture::join).toList());
    }

    private static long count(List<DeliveryAnswer> answers) {
        return answers.stream().filter(DeliveryAnswer.ACCEPTED::equals).count();
    }
}
