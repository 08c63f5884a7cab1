package io.portask.client;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicNames;
import io.portask.record.TopicPartition;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What the partitions of one producer share: memory, identity, the way to the loop, and what flushing waits for. Its methods say
 * which thread they are for.
 */
final class ProducerCore implements ConnectionListener {
    private static final int MIN_TICK_MS = 10;
    private static final int MAX_TICK_MS = 250;
    private static final int TICKS_PER_TIMEOUT = 4;
    private static final int CLOSE_WAIT_MS = 2_000;

    private final PortaskClient client;
    private final ClientConductor conductor;
    private final ClientLoop loop;
    private final ProducerConfig config;
    private final Random random;
    private final long producerId;
    private final BatchPool pool;
    private final Map<String, TopicRoute> routes = new ConcurrentHashMap<>();
    private final List<PartitionSender> senders = new CopyOnWriteArrayList<>();
    private final Deque<PartitionSender> waitingForRoom = new ArrayDeque<>();
    private final AtomicReference<@Nullable PortaskException> firstFailure = new AtomicReference<>();
    private final Object settling = new Object();
    private final CompletableFuture<Boolean> ended = new CompletableFuture<>();
    private volatile int flushers;
    private volatile boolean closing;
    private @Nullable ClientSession session;
    private boolean stopped;

    ProducerCore(
            PortaskClient client, ClientConductor conductor, ClientLoop loop, ProducerConfig config, Random random) {
        this.client = client;
        this.conductor = conductor;
        this.loop = loop;
        this.config = config;
        this.random = random;
        this.producerId = ProducerIdentity.newId(random);
        this.pool = new BatchPool(config, loop, () -> loop.execute(this::pumpAll));
    }

    void start() {
        loop.execute(() -> {
            conductor.addListener(this);
            tick();
        });
    }

    ProducerConfig config() {
        return config;
    }

    Random random() {
        return random;
    }

    long producerId() {
        return producerId;
    }

    /** The largest batch that the server takes. Any thread. */
    int maxBatchBytes() {
        return conductor.server().maxPublishBytes();
    }

    static PortaskException closed() {
        return new PortaskException(ErrorCode.CLOSED, "The producer is closed");
    }

    // Routes. Any thread.

    TopicRoute route(String topic) {
        TopicRoute known = routes.get(topic);
        return known != null
                ? known
                : routes.computeIfAbsent(TopicNames.check(topic), name -> new TopicRoute(this, name));
    }

    PartitionAccumulator open(String topic, int partition) {
        PartitionSender sender = new PartitionSender(this, new TopicPartition(topic, partition), pool, loop);
        loop.execute(() -> {
            ClientSession current = session;
            if (current != null) {
                sender.onReady(current);
            }
        });
        senders.add(sender);
        if (closing) {
            sender.accumulator().close();
        }
        return sender.accumulator();
    }

    /** Asks the server for the number of a topic's partitions; again where the connection was lost over it. */
    CompletableFuture<Integer> lookUp(TopicRoute route) {
        return client.ensureTopicAsync(route.topic())
                .toCompletableFuture()
                .thenApply(topic -> {
                    route.partitions(topic.partitionCount());
                    return topic.partitionCount();
                })
                .exceptionallyCompose(error -> {
                    PortaskException failure = PortaskException.of(error);
                    return failure.code() == ErrorCode.CONNECTION_LOST
                            ? lookUp(route)
                            : CompletableFuture.failedFuture(failure);
                });
    }

    /** The number of a topic's partitions; waits for it where it is not known. */
    int partitions(TopicRoute route) {
        int known = route.partitions();
        if (known != TopicRoute.UNKNOWN) {
            return known;
        }
        if (loop.isLoopThread()) {
            throw new PortaskException(
                    ErrorCode.OVERLOADED,
                    "The partitions of " + route.topic() + " are not known yet, and a callback must not wait for them; "
                            + "name a partition, or call ensureTopic before");
        }
        try {
            return lookUp(route).get(config.maxBlockMs(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw Blocking.asThrownHere(PortaskException.of(e));
        } catch (TimeoutException e) {
            throw new PortaskException(
                    ErrorCode.TIMEOUT,
                    "The partitions of " + route.topic() + " were not told within " + config.maxBlockMs() + " ms",
                    e);
        } catch (InterruptedException e) {
            throw Blocking.interrupted(e);
        }
    }

    // The loop's thread

    @Override
    public void onReady(ClientSession ready) {
        session = ready;
        senders.forEach(sender -> sender.onReady(ready));
    }

    @Override
    public void onLost() {
        session = null;
        waitingForRoom.clear();
        senders.forEach(PartitionSender::onLost);
    }

    @Override
    public void onClosed() {
        takeNothingMore();
        end();
    }

    @Override
    public void onWritable() {
        for (int left = waitingForRoom.size(); left > 0; left--) {
            waitingForRoom.remove().onRoom();
        }
    }

    void awaitRoom(PartitionSender sender) {
        waitingForRoom.add(sender);
    }

    private void pumpAll() {
        senders.forEach(PartitionSender::pump);
    }

    private void tick() {
        if (!stopped) {
            long createdNs = loop.nanoTime() - TimeUnit.MILLISECONDS.toNanos(config.deliveryTimeoutMs());
            failOlderThan(
                    createdNs,
                    ErrorCode.TIMEOUT,
                    "Not acknowledged within " + config.deliveryTimeoutMs()
                            + " ms (deliveryTimeoutMs); it may have been stored");
            loop.schedule(
                    Math.max(MIN_TICK_MS, Math.min(MAX_TICK_MS, config.deliveryTimeoutMs() / TICKS_PER_TIMEOUT)),
                    this::tick);
        }
    }

    private void failOlderThan(long createdNs, ErrorCode code, String text) {
        PortaskException failure = new PortaskException(code, text);
        senders.forEach(sender -> sender.failOlderThan(createdNs, failure));
    }

    void onRejected(TopicPartition partition, PortaskException failure) {
        if (failure.code() == ErrorCode.UNKNOWN_TOPIC || failure.code() == ErrorCode.UNKNOWN_PARTITION) {
            route(partition.topic()).partitions(TopicRoute.UNKNOWN);
        }
    }

    void onFailed(PortaskException failure) {
        firstFailure.compareAndSet(null, failure);
    }

    void onSettled() {
        if (flushers > 0) {
            synchronized (settling) {
                settling.notifyAll();
            }
        }
    }

    void recycle(ProducerBatch batch) {
        pool.giveBack(batch);
    }

    // Flushing and closing. Any thread but the loop's.

    /** Waits until everything sent so far is acknowledged or failed; throws the first failure since the last time. */
    void flush() {
        Blocking.checkMayWait(loop);
        try {
            awaitSettled(Long.MAX_VALUE / 2);
        } catch (InterruptedException e) {
            throw Blocking.interrupted(e);
        }
        PortaskException failure = firstFailure.getAndSet(null);
        if (failure != null) {
            throw Blocking.asThrownHere(failure);
        }
    }

    private void awaitSettled(long timeoutNs) throws InterruptedException {
        PartitionSender[] waited = senders.toArray(PartitionSender[]::new);
        long[] targets = new long[waited.length];
        for (int i = 0; i < waited.length; i++) {
            targets[i] = waited[i].accumulator().flush();
        }
        long deadlineNs = System.nanoTime() + timeoutNs;
        synchronized (settling) {
            flushers++;
            try {
                while (!settled(waited, targets) && System.nanoTime() - deadlineNs < 0) {
                    TimeUnit.NANOSECONDS.timedWait(settling, deadlineNs - System.nanoTime());
                }
            } finally {
                flushers--;
            }
        }
    }

    private static boolean settled(PartitionSender[] senders, long[] targets) {
        for (int i = 0; i < senders.length; i++) {
            if (senders[i].settled() < targets[i]) {
                return false;
            }
        }
        return true;
    }

    /** Flushes within a time, then fails what is left. An interrupt ends the flushing. */
    void close(long timeoutMs) {
        takeNothingMore();
        if (!loop.isLoopThread()) {
            try {
                awaitSettled(TimeUnit.MILLISECONDS.toNanos(timeoutMs));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        loop.execute(this::end);
        if (!loop.isLoopThread()) {
            awaitEnd();
        }
    }

    /** A partition that is opened at the same time sees the flag, or is seen. */
    private void takeNothingMore() {
        closing = true;
        senders.forEach(sender -> sender.accumulator().close());
    }

    /** Goes on later where another thread is just encoding a batch, which cannot be taken from it. */
    private void end() {
        stopped = true;
        failOlderThan(loop.nanoTime(), ErrorCode.CLOSED, "The producer was closed before it was acknowledged");
        conductor.removeListener(this);
        pool.close();
        if (senders.stream().allMatch(sender -> sender.accumulator().isEmpty())) {
            ended.complete(true);
        } else {
            loop.execute(this::end);
        }
    }

    private void awaitEnd() {
        boolean interrupted = Thread.interrupted();
        try {
            ended.get(CLOSE_WAIT_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
        } catch (ExecutionException | TimeoutException e) {
            throw new PortaskException(ErrorCode.INTERNAL_ERROR, "The client's thread does not answer", e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
