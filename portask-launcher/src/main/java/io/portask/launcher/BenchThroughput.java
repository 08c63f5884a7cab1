package io.portask.launcher;

import io.portask.client.Consumer;
import io.portask.client.ConsumerConfig;
import io.portask.client.PortaskClient;
import io.portask.client.Producer;
import io.portask.record.Message;
import io.portask.record.StartPosition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/** Measures how much goes in, and how much comes out. */
final class BenchThroughput {
    private static final long DEFAULT_RECORDS = 5_000_000;
    private static final int WARM_UP_SHARE = 10;
    private static final int PROGRESS_STEP = 10_000;

    private BenchThroughput() {}

    static BenchResult produce(BenchTarget target) throws Exception {
        long records = target.options().records(DEFAULT_RECORDS);
        fill(target, records / WARM_UP_SHARE);
        long startNs = System.nanoTime();
        fill(target, records);
        return new BenchResult(
                records, System.nanoTime() - startNs, target.options().size(), null, null);
    }

    /** Publishes so many records over all clients and waits until all are acknowledged. */
    private static void fill(BenchTarget target, long records) throws Exception {
        AtomicLong sent = new AtomicLong();
        List<Callable<Void>> jobs = new ArrayList<>();
        int count = target.clients().size();
        for (int i = 0; i < count; i++) {
            PortaskClient client = target.clients().get(i);
            long share = records / count + (i < records % count ? 1 : 0);
            jobs.add(() -> {
                publish(target, client, share, sent, records);
                return null;
            });
        }
        runAll(jobs);
    }

    private static void publish(BenchTarget target, PortaskClient client, long share, AtomicLong sent, long total) {
        try (Producer producer = client.producer(target.producerConfig())) {
            for (long i = 0; i < share; i++) {
                producer.send(target.topic(), Message.ANY_PARTITION, null, target.payload(i), null);
                if (i % PROGRESS_STEP == PROGRESS_STEP - 1) {
                    target.progress().show(sent.addAndGet(PROGRESS_STEP), total);
                }
            }
            producer.flush();
        }
    }

    static BenchResult consume(BenchTarget target) throws Exception {
        long records = target.options().records(DEFAULT_RECORDS);
        fill(target, records);
        PortaskClient client = target.clients().get(0);
        drain(target, client, records);
        long startNs = System.nanoTime();
        List<Callable<Void>> jobs = new ArrayList<>();
        for (PortaskClient each : target.clients()) {
            jobs.add(() -> {
                drain(target, each, records);
                return null;
            });
        }
        runAll(jobs);
        long all = records * target.clients().size();
        return new BenchResult(
                all, System.nanoTime() - startNs, target.options().size(), null, null);
    }

    private static void drain(BenchTarget target, PortaskClient client, long records) {
        ConsumerConfig config = ConsumerConfig.builder()
                .topic(target.topic())
                .from(StartPosition.earliest())
                .build();
        try (Consumer consumer = client.consumer(config)) {
            long seen = 0;
            while (seen < records) {
                int got = consumer.poll(Duration.ofSeconds(10)).size();
                if (got == 0) {
                    throw new IllegalStateException(
                            "No message came for 10 s; " + seen + " of " + records + " were consumed");
                }
                seen += got;
                target.progress().show(seen, records);
            }
        }
    }

    private static void runAll(List<Callable<Void>> jobs) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(jobs.size());
        try {
            for (Future<Void> job : threads.invokeAll(jobs)) {
                job.get();
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        } finally {
            threads.shutdownNow();
        }
    }
}
