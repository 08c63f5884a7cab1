package io.portask.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Durability;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatchBuilder;
import io.portask.record.RecordBatches;
import io.portask.record.TopicPartition;
import io.portask.store.FetchResult;
import io.portask.store.MessageStore;
import io.portask.store.contract.StoreProbe;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/** Publishes numbered messages to a partition, one after the other, and each again for as long as it may. */
final class PublishLoad implements AutoCloseable {
    private static final int BETWEEN_MS = 5;
    private static final int PATIENCE_S = 60;
    private static final int READ_BYTES = 1 << 20;
    private static final int NO_PRODUCER = -1;

    /** Some batches are so large that they go to Redis in another way. */
    private static final byte[] LARGE = new byte[40_000];

    private static final int LARGE_EVERY = 8;

    private final MessageStore store;
    private final TopicPartition partition;
    private final long producer;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;
    private final Map<ErrorCode, Integer> refusals = new TreeMap<>();
    private volatile int acknowledged;
    private volatile int attempts;
    private volatile Throwable failure;
    private long longestGapNs;

    private PublishLoad(MessageStore store, TopicPartition partition, long producer) {
        this.store = store;
        this.partition = partition;
        this.producer = producer;
        this.thread = new Thread(this::publishAll, "load " + partition);
        thread.start();
    }

    /** Publishes again whatever fails retriably. */
    static PublishLoad idempotent(MessageStore store, TopicPartition partition) {
        return new PublishLoad(store, partition, 7);
    }

    /** Publishes again only what was not done for certain; anything else is a failure. */
    static PublishLoad plain(MessageStore store, TopicPartition partition) {
        return new PublishLoad(store, partition, NO_PRODUCER);
    }

    private void publishAll() {
        try {
            long last = System.nanoTime();
            while (stop.getCount() > 0) {
                if (publish(acknowledged)) {
                    acknowledged++;
                    long now = System.nanoTime();
                    longestGapNs = Math.max(longestGapNs, now - last);
                    last = now;
                } else if (stop.await(BETWEEN_MS, TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
        } catch (Throwable e) {
            failure = e;
        }
    }

    private boolean publish(int number) {
        attempts++;
        try {
            store.append(partition, batch(number), Durability.WRITTEN)
                    .toCompletableFuture()
                    .join();
            return true;
        } catch (CompletionException e) {
            PortaskException refusal = PortaskException.of(e);
            refusals.merge(refusal.code(), 1, Integer::sum);
            boolean again = producer == NO_PRODUCER
                    ? refusal.code() == ErrorCode.STORE_UNAVAILABLE
                    : refusal.code().retriable();
            if (!again) {
                throw refusal;
            }
            return false;
        }
    }

    private ByteBuffer batch(int number) {
        try (RecordBatchBuilder builder = new RecordBatchBuilder(256)) {
            if (producer != NO_PRODUCER) {
                builder.producer(producer, (short) 0, number);
            }
            byte[] key = number % LARGE_EVERY == 0 ? LARGE : null;
            builder.append(1, key, text(number).getBytes(StandardCharsets.UTF_8), List.of());
            ByteBuffer built = builder.build();
            return ByteBuffer.allocate(built.remaining()).put(built).flip();
        }
    }

    private static String text(int number) {
        return "m" + number;
    }

    /** Blocks until so many more are acknowledged. */
    void awaitMore(int count) throws InterruptedException {
        int wanted = acknowledged + count;
        await(() -> acknowledged >= wanted);
    }

    /** Blocks until it was tried so many more times, with success or not. */
    void awaitAttempts(int count) throws InterruptedException {
        int wanted = attempts + count;
        await(() -> attempts >= wanted);
    }

    private void await(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        while (!condition.getAsBoolean()) {
            thread.join(BETWEEN_MS);
            assertThat(failure).isNull();
            assertThat(System.nanoTime() - deadline)
                    .as("%d acknowledged of %d attempts", acknowledged, attempts)
                    .isNegative();
        }
    }

    /** Ends the load, and checks that what was acknowledged is there: once, in order, and nothing in between. */
    void stopAndVerify() throws InterruptedException {
        close();
        assertThat(failure).isNull();
        StoreHands.until(
                partition + " can be read again",
                () -> StoreProbe.await(store.describePartition(partition).handle((info, error) -> error == null)));
        List<ReceivedMessage> all = readAll();
        assertThat(all).hasSizeGreaterThanOrEqualTo(acknowledged);
        assertThat(all.stream().map(ReceivedMessage::text))
                .isEqualTo(IntStream.range(0, all.size())
                        .mapToObj(PublishLoad::text)
                        .toList());
        assertThat(all.stream().map(ReceivedMessage::offset))
                .isEqualTo(
                        IntStream.range(0, all.size()).mapToObj(it -> (long) it).toList());
    }

    private List<ReceivedMessage> readAll() {
        List<ReceivedMessage> all = new ArrayList<>();
        long end =
                store.describePartition(partition).toCompletableFuture().join().endOffset();
        for (long next = 0; next < end; ) {
            try (FetchResult result = store.read(partition, next, READ_BYTES)
                    .toCompletableFuture()
                    .join()) {
                all.addAll(RecordBatches.decode(partition, result.batches().buffer(), next));
                next = result.nextOffset();
            }
        }
        return all;
    }

    /** For the test's output. */
    String summary() {
        return partition + ": " + acknowledged + " acknowledged, longest gap "
                + TimeUnit.NANOSECONDS.toMillis(longestGapNs) + " ms, refused " + refusals;
    }

    @Override
    public void close() throws InterruptedException {
        stop.countDown();
        thread.join();
    }
}
