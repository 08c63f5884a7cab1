package io.portask.benchmarks;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.XAddArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.portask.broker.Broker;
import io.portask.record.Compression;
import io.portask.record.Durability;
import io.portask.record.RecordBatchBuilder;
import io.portask.record.TopicPartition;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;

/**
 * Prints how fast a broker on Redis takes appends, beside plain {@code XADD}s of the same bytes on the same Redis in turn, and how
 * much memory a message takes there. {@code RedisMeasurement [URI]}; the Redis should have nothing else to do.
 */
public final class RedisMeasurement implements AutoCloseable {
    private static final int ROUNDS = 6;
    private static final int LARGE = 8_000;
    private static final int LARGE_IN_FLIGHT = 16;
    private static final int SMALL = 200_000;
    private static final int SMALL_IN_FLIGHT = 256;
    private static final int SINGLE = 20_000;
    private static final int KEPT_RECORDS = 1_000_000;
    private static final int VALUE_BYTES = 100;
    private static final String TOPIC = "bench";
    private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);
    private static final byte[] RAW = "portask-bench-raw".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FIELD = "b".getBytes(StandardCharsets.US_ASCII);

    private final RedisClient client;
    private final StatefulRedisConnection<byte[], byte[]> raw;
    private final Broker broker;
    private long rawId;

    private RedisMeasurement(String uri) {
        client = RedisClient.create(uri);
        raw = client.connect(ByteArrayCodec.INSTANCE);
        broker = Broker.open(uri + "?keyPrefix=portask-bench:");
    }

    public static void main(String[] arguments) throws InterruptedException {
        try (RedisMeasurement measurement =
                new RedisMeasurement(arguments.length == 0 ? "redis://127.0.0.1:6379" : arguments[0])) {
            measurement.reset();
            measurement.throughput("batches of 64 KiB, 16 in flight", LogFixture.BATCH_BYTES, LARGE, LARGE_IN_FLIGHT);
            measurement.throughput("single messages, 256 in flight", 1, SMALL, SMALL_IN_FLIGHT);
            measurement.latency();
            measurement.memory(Compression.NONE);
            measurement.memory(Compression.ZSTD);
        }
        System.exit(0);
    }

    private void reset() {
        raw.sync().del(RAW);
        rawId = 0;
        if (broker.listTopics().stream().anyMatch(topic -> topic.name().equals(TOPIC))) {
            broker.deleteTopic(TOPIC);
        }
        broker.createTopic(TOPIC, 1);
    }

    private interface Operation {
        CompletionStage<?> start();
    }

    /** Medians of all rounds but the first. */
    private void throughput(String what, int batchBytes, int count, int inFlight) throws InterruptedException {
        ByteBuffer batch = LogFixture.batch(batchBytes);
        byte[] bytes = new byte[batch.remaining()];
        batch.get(0, bytes);
        int records = batch.getInt(io.portask.record.RecordBatch.RECORD_COUNT_OFFSET);
        double[] plain = new double[ROUNDS];
        double[] ours = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            reset();
            plain[round] = perSecond(count, inFlight, () -> add(bytes));
            reset();
            ours[round] = perSecond(count, inFlight, () -> broker.append(PARTITION, batch, Durability.WRITTEN));
        }
        reset();
        double rawMedian = Rounds.warmMedian(plain);
        double median = Rounds.warmMedian(ours);
        System.out.printf(
                Locale.ROOT,
                "%s: %,.0f records/s (%.0f MiB/s), plain XADD %,.0f records/s (%.0f MiB/s), ratio %.2f%n",
                what,
                median * records,
                median * bytes.length / (1 << 20),
                rawMedian * records,
                rawMedian * bytes.length / (1 << 20),
                median / rawMedian);
    }

    private RedisFuture<String> add(byte[] bytes) {
        return raw.async().xadd(RAW, new XAddArgs().id(++rawId + "-0"), Map.of(FIELD, bytes));
    }

    private static double perSecond(int count, int inFlight, Operation operation) throws InterruptedException {
        Semaphore free = new Semaphore(inFlight);
        long startNs = System.nanoTime();
        for (int i = 0; i < count; i++) {
            free.acquire();
            operation.start().whenComplete((result, error) -> {
                if (error != null) {
                    System.out.println("failed: " + error);
                }
                free.release();
            });
        }
        free.acquire(inFlight);
        return count * 1e9 / (System.nanoTime() - startNs);
    }

    private void latency() {
        ByteBuffer batch = LogFixture.batch(1);
        byte[] bytes = new byte[batch.remaining()];
        batch.get(0, bytes);
        List<double[]> rounds = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            reset();
            double[] plain = percentiles(() -> add(bytes));
            double[] ours = percentiles(() -> broker.append(PARTITION, batch, Durability.WRITTEN));
            rounds.add(new double[] {plain[0], plain[1], ours[0], ours[1], ours[1] / plain[1]});
        }
        double[] medians = new double[5];
        for (int i = 0; i < medians.length; i++) {
            int column = i;
            medians[i] = Rounds.warmMedian(
                    rounds.stream().mapToDouble(it -> it[column]).toArray());
        }
        System.out.printf(
                Locale.ROOT,
                "one message at a time: p50 %.0f us, p99 %.0f us; plain XADD p50 %.0f us, p99 %.0f us; p99 ratio %.2f%n",
                medians[2],
                medians[3],
                medians[0],
                medians[1],
                medians[4]);
    }

    /** p50 and p99, in microseconds. */
    private static double[] percentiles(Operation operation) {
        long[] ns = new long[SINGLE];
        for (int i = 0; i < SINGLE; i++) {
            long startNs = System.nanoTime();
            operation.start().toCompletableFuture().join();
            ns[i] = System.nanoTime() - startNs;
        }
        Arrays.sort(ns);
        return new double[] {ns[SINGLE / 2] / 1e3, ns[SINGLE * 99 / 100] / 1e3};
    }

    private void memory(Compression compression) {
        reset();
        long before = usedMemory();
        int records = 0;
        try (RecordBatchBuilder builder = new RecordBatchBuilder(2 * LogFixture.BATCH_BYTES)) {
            while (records < KEPT_RECORDS) {
                builder.reset().compression(compression);
                int size = 0;
                while (size + VALUE_BYTES < LogFixture.BATCH_BYTES - 6_000) {
                    byte[] value = json(records++);
                    builder.append(System.currentTimeMillis(), null, value, List.of());
                    size += VALUE_BYTES + 7;
                }
                LogFixture.join(broker.append(PARTITION, builder.build(), Durability.WRITTEN));
            }
        }
        System.out.printf(
                Locale.ROOT,
                "memory of a message of 100 B, JSON, batches of up to 64 KiB, %s: %.1f B%n",
                compression,
                (usedMemory() - before) / (double) records);
        reset();
    }

    private static byte[] json(int number) {
        String text = "{\"order\":" + number + ",\"customer\":\"c-" + number * 7919L % 100_003 + "\",\"amount\":"
                + number * 31L % 10_007 + ",\"currency\":\"EUR\",\"state\":\"paid\"}";
        return Arrays.copyOf((text + " ".repeat(VALUE_BYTES)).getBytes(StandardCharsets.US_ASCII), VALUE_BYTES);
    }

    /** When all that was removed before is free. */
    private long usedMemory() {
        while (memory("lazyfree_pending_objects:") > 0) {
            Thread.onSpinWait();
        }
        return memory("used_memory:");
    }

    private long memory(String field) {
        return raw.sync()
                .info("memory")
                .lines()
                .filter(line -> line.startsWith(field))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1)))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public void close() {
        raw.sync().del(RAW);
        broker.deleteTopic(TOPIC);
        broker.close();
        raw.close();
        client.shutdown();
    }
}
