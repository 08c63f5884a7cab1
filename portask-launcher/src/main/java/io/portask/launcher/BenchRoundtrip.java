package io.portask.launcher;

import io.portask.client.ConsumerConfig;
import io.portask.client.PortaskClient;
import io.portask.client.Producer;
import io.portask.client.PushConsumer;
import io.portask.error.PortaskException;
import io.portask.record.Message;
import io.portask.record.ReceivedMessage;
import io.portask.record.StartPosition;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Sends at a steady rate and measures from the moment when each record was due, not when it was sent: a stall counts for every
 * record that it delayed (no coordinated omission).
 */
final class BenchRoundtrip {
    private static final long DEFAULT_RECORDS = 300_000;
    private static final int WARM_UP_SHARE = 3;
    private static final int TIME_BYTES = Long.BYTES;
    /** A sender that spins needs a core that nobody else wants; otherwise it waits, and is late by what that costs. */
    private static final long SPIN_NS =
            Runtime.getRuntime().availableProcessors() > 4 ? TimeUnit.MICROSECONDS.toNanos(150) : 0;

    private static final int WAIT_SECONDS = 30;
    private static final long MAX_NS = TimeUnit.MINUTES.toNanos(1);

    private final BenchTarget target;
    private final long warmUp;
    private final long records;
    private final ConcurrentHistogram acks = histogram();
    private final ConcurrentHistogram deliveries = histogram();
    private final CountDownLatch acked;
    private final CountDownLatch delivered;
    private final AtomicReference<@Nullable PortaskException> failure = new AtomicReference<>();

    private BenchRoundtrip(BenchTarget target) {
        this.target = target;
        this.records = target.options().records(DEFAULT_RECORDS);
        this.warmUp = Math.max(1, records / WARM_UP_SHARE);
        this.acked = new CountDownLatch(Math.toIntExact(warmUp + records));
        this.delivered = new CountDownLatch(Math.toIntExact(warmUp + records));
    }

    static BenchResult run(BenchTarget target) throws InterruptedException {
        return new BenchRoundtrip(target).run();
    }

    private static ConcurrentHistogram histogram() {
        return new ConcurrentHistogram(MAX_NS, 3);
    }

    private BenchResult run() throws InterruptedException {
        PortaskClient client = target.clients().get(0);
        ConsumerConfig consumer = ConsumerConfig.builder()
                .topic(target.topic())
                .from(StartPosition.earliest())
                .build();
        PushConsumer consuming = client.consumer(consumer, this::onDelivered);
        List<Producer> producers = new ArrayList<>();
        try {
            for (PortaskClient each : target.clients()) {
                producers.add(each.producer(target.producerConfig()));
            }
            long ns = send(producers);
            await(acked, "acknowledged");
            await(delivered, "delivered");
            return new BenchResult(records, ns, target.options().size(), acks, deliveries);
        } finally {
            producers.forEach(Producer::close);
            consuming.close();
        }
    }

    /** Sends on all connections in turn.
     *
     * @return how long the measured part took
     */
    private long send(List<Producer> producers) {
        long intervalNs = TimeUnit.SECONDS.toNanos(1) / target.options().rate();
        long dueNs = System.nanoTime();
        long measuredFromNs = dueNs;
        for (long i = 0; i < warmUp + records && failure.get() == null; i++) {
            dueNs += intervalNs;
            waitUntil(dueNs);
            if (i == warmUp) {
                measuredFromNs = dueNs;
            }
            long due = dueNs;
            Histogram into = i < warmUp ? null : acks;
            producers
                    .get((int) (i % producers.size()))
                    .send(
                            target.topic(),
                            Message.ANY_PARTITION,
                            null,
                            stamped(i, due),
                            (topic, partition, offset, reached, error) -> onAcked(due, into, error));
            target.progress().show(i, warmUp + records);
        }
        return System.nanoTime() - measuredFromNs;
    }

    /** The payload, its first bytes replaced by the time when it was due and whether it is measured. */
    private byte[] stamped(long number, long dueNs) {
        byte[] value = Arrays.copyOf(
                target.payload(number),
                Math.max(TIME_BYTES + 1, target.options().size()));
        ByteBuffer.wrap(value).putLong(dueNs).put((byte) (number < warmUp ? 0 : 1));
        return value;
    }

    private void onAcked(long dueNs, @Nullable Histogram into, @Nullable PortaskException error) {
        if (error != null) {
            failure.compareAndSet(null, error);
        } else if (into != null) {
            into.recordValue(clamp(System.nanoTime() - dueNs));
        }
        acked.countDown();
    }

    private void onDelivered(ReceivedMessage message) {
        byte[] value = message.value();
        if (value != null) {
            ByteBuffer bytes = ByteBuffer.wrap(value);
            long dueNs = bytes.getLong();
            if (bytes.get() == 1) {
                deliveries.recordValue(clamp(System.nanoTime() - dueNs));
            }
        }
        delivered.countDown();
    }

    /** What the histogram can hold. */
    private static long clamp(long ns) {
        return Math.max(0, Math.min(ns, MAX_NS));
    }

    private static void waitUntil(long dueNs) {
        long left = dueNs - System.nanoTime();
        while (left > 0) {
            if (left > SPIN_NS) {
                LockSupport.parkNanos(left - SPIN_NS);
            } else {
                Thread.onSpinWait();
            }
            left = dueNs - System.nanoTime();
        }
    }

    private void await(CountDownLatch latch, String what) throws InterruptedException {
        PortaskException error = failure.get();
        if (error != null) {
            throw error;
        }
        if (!latch.await(WAIT_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException(
                    latch.getCount() + " records were not " + what + " within " + WAIT_SECONDS + " s");
        }
    }
}
