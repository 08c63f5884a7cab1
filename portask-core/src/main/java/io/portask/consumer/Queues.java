package io.portask.consumer;

import io.portask.broker.BatchDecoder;
import io.portask.broker.Broker;
import io.portask.broker.InternalTopic;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.queue.QueueKey;
import io.portask.record.TopicNames;
import io.portask.record.TopicPartition;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The work queues of a broker. Any thread may call; what follows happens on the loop's. */
final class Queues implements AutoCloseable {
    /** What the rest of a broker's groups do for its queues. */
    interface Home {
        /** The topics that there are, and their numbers of partitions. */
        Map<String, Integer> topics();

        /** The list of topics may be old. */
        void doubtTopics();

        void onJoined(String group);

        /** The group has no worker any more, and all that they did is stored. */
        void onEnded(String group);

        /** There is no work queue with workers any more. */
        void onIdle();
    }

    /**
     * A work queue at one moment.
     *
     * @param workers those that there are, and how many messages each holds
     * @param lows what each partition's oldest message is that is not settled, where the group is at work
     */
    record Snapshot(Map<String, Integer> workers, Map<TopicPartition, Long> lows) {}

    /** The topic of the journal. */
    static final String JOURNAL = TopicNames.RESERVED_PREFIX + "queues";

    private static final Logger LOG = LoggerFactory.getLogger(Queues.class);
    private static final int SHARDS = 4;
    private static final long IDLE_MS = 10_000;
    private static final int MAX_DECODED_BYTES = 1 << 20;

    private final QueueLoop loop;
    private final BatchDecoder decoder = new BatchDecoder(MAX_DECODED_BYTES);
    private final InternalTopic journal;
    private final QueueServices services;
    private final List<QueueShard> shards = new ArrayList<>();
    private final Home home;

    /** Groups with workers, and joins and questions under way. */
    private final AtomicInteger busy = new AtomicInteger();

    /** Groups that have workers. */
    private final Set<String> live = ConcurrentHashMap.newKeySet();

    private boolean closing;

    Queues(Broker broker, Clock clock, Function<LongSupplier, GroupTimer> timers, GroupMeters groupMeters, Home home) {
        this.home = home;
        this.journal = new InternalTopic(broker, JOURNAL);
        this.loop = new QueueLoop(clock, timers, this::turn);
        this.services = new QueueServices(
                broker,
                loop,
                decoder,
                new QueueMeters(broker.meterRegistry()),
                groupMeters,
                new DeadLetterWriter(broker),
                home::doubtTopics);
        for (int i = 0; i < SHARDS; i++) {
            shards.add(new QueueShard(i, SHARDS, journal, services, this::onEnded));
        }
    }

    private QueueShard shardOf(String group) {
        return shards.get(Math.floorMod(group.hashCode(), SHARDS));
    }

    /** Whether there is no work queue with workers, and nobody about to become one. */
    boolean isEmpty() {
        return busy.get() == 0;
    }

    /** @param ready completes when the topics of the group are known */
    CompletionStage<GroupWorker> joinAsync(
            QueueOptions options, GroupWorkerListener listener, Supplier<CompletionStage<?>> ready) {
        if (services.broker().capabilities().shared()) {
            return CompletableFuture.failedFuture(new PortaskException(
                    ErrorCode.UNSUPPORTED_OPERATION, "Work queues need a store that is one broker's own"));
        }
        busy.incrementAndGet();
        return ready.get()
                .thenCompose(nothing -> onShard(options.group(), shard -> enter(shard, options, listener)))
                .thenCompose(worker -> worker)
                .whenComplete((worker, error) -> rest());
    }

    private CompletionStage<GroupWorker> enter(QueueShard shard, QueueOptions options, GroupWorkerListener listener) {
        LiveQueue known = shard.group(options.group());
        if (known == null) {
            return CompletableFuture.completedFuture(begin(shard, options, listener));
        }
        if (known.workerCount() > 0 || known.hasOptionsOf(options) || shard.isFailing()) {
            return CompletableFuture.completedFuture(known.join(options, listener));
        }
        CompletableFuture<GroupWorker> later = new CompletableFuture<>();
        known.whenEnded(() -> loop.post(() -> complete(later, () -> {
            LiveQueue still = shard.group(options.group());
            return still == null ? begin(shard, options, listener) : still.join(options, listener);
        })));
        return later;
    }

    private GroupWorker begin(QueueShard shard, QueueOptions options, GroupWorkerListener listener) {
        if (closing) {
            throw closed();
        }
        LiveQueue group = new LiveQueue(options, services, shard);
        busy.incrementAndGet();
        shard.add(group);
        live.add(group.name);
        home.onJoined(group.name);
        forgetDeleted(shard, group.name);
        group.onTopics(home.topics());
        return group.join(options, listener);
    }

    /** A group without workers is not told of topics that are deleted. */
    private void forgetDeleted(QueueShard shard, String group) {
        shard.dormantKeys(group).stream()
                .filter(key -> !home.topics().containsKey(key.topic()))
                .forEach(shard::forget);
    }

    private static <T> void complete(CompletableFuture<T> future, Supplier<T> value) {
        try {
            future.complete(value.get());
        } catch (Throwable e) {
            future.completeExceptionally(PortaskException.of(e));
        }
    }

    /** The names of those that have workers. */
    Set<String> live() {
        return Set.copyOf(live);
    }

    private void onEnded(LiveQueue group) {
        live.remove(group.name);
        rest();
        if (!closing) {
            home.onEnded(group.name);
        }
    }

    private void rest() {
        if (busy.decrementAndGet() == 0) {
            home.onIdle();
        }
    }

    /** Does something when the group's shard is open. */
    private <T> CompletionStage<T> onShard(String group, Function<QueueShard, T> action) {
        CompletableFuture<T> done = new CompletableFuture<>();
        loop.post(() -> {
            if (closing) {
                done.completeExceptionally(closed());
                return;
            }
            QueueShard shard = shardOf(group);
            shard.whenOpen(error -> {
                PortaskException refused = error == null && closing ? closed() : error;
                if (refused != null) {
                    done.completeExceptionally(refused);
                    return;
                }
                complete(done, () -> action.apply(shard));
            });
        });
        return done;
    }

    static PortaskException closed() {
        return new PortaskException(ErrorCode.CLOSED, "The broker is closed");
    }

    /** As {@link #onShard}, where there can be a journal and is one; else the answer is null. */
    private <T> CompletionStage<@Nullable T> ask(
            String group, Function<QueueShard, CompletionStage<@Nullable T>> question) {
        if (services.broker().capabilities().shared()) {
            return CompletableFuture.completedFuture(null);
        }
        busy.incrementAndGet();
        return journal.findAsync()
                .thenCompose(found -> found == null
                        ? CompletableFuture.<@Nullable T>completedFuture(null)
                        : onShard(group, question).thenCompose(answer -> answer))
                .whenComplete((answer, error) -> rest());
    }

    /** What is known of a work queue; null if nothing. */
    CompletionStage<@Nullable Snapshot> snapshot(String group) {
        return this.<Snapshot>ask(group, shard -> {
            LiveQueue live = shard.group(group);
            if (live == null) {
                return CompletableFuture.completedFuture(
                        shard.dormantKeys(group).isEmpty() ? null : new Snapshot(Map.of(), Map.of()));
            }
            Map<String, Integer> workers = new HashMap<>();
            live.workers().forEach(worker -> workers.put(worker.id(), worker.member.inFlight()));
            Map<TopicPartition, Long> lows = new HashMap<>();
            live.partitions().forEach(partition -> lows.put(partition.partition, partition.core.low()));
            return CompletableFuture.completedFuture(new Snapshot(workers, lows));
        });
    }

    /**
     * Forgets what a group without workers did, so that it goes on where it committed.
     *
     * @param partitions of these; null for all
     * @return fails with {@link ErrorCode#GROUP_MODE_MISMATCH} while the group has workers
     */
    CompletionStage<@Nullable Void> forget(String group, @Nullable Set<TopicPartition> partitions) {
        Predicate<QueueKey> chosen = partitions == null
                ? key -> true
                : key -> partitions.contains(new TopicPartition(key.topic(), key.partition()));
        return this.<Void>ask(group, shard -> {
            if (shard.group(group) != null) {
                throw new PortaskException(
                        ErrorCode.GROUP_MODE_MISMATCH, "Work queue '" + group + "' has workers, or had until just now");
            }
            shard.dormantKeys(group).stream().filter(chosen).forEach(shard::forget);
            CompletableFuture<@Nullable Void> stored = new CompletableFuture<>();
            shard.whenStored(stored);
            return stored;
        });
    }

    void onTopics(Map<String, Integer> topics) {
        if (!isEmpty()) {
            loop.post(() -> forEachGroup(group -> group.onTopics(topics)));
        }
    }

    private void forEachGroup(Consumer<LiveQueue> action) {
        for (QueueShard shard : shards) {
            for (LiveQueue group : List.copyOf(shard.groups())) {
                try {
                    action.accept(group);
                } catch (RuntimeException e) {
                    LOG.error("Work queue '{}' failed; the others go on", group.name, e);
                }
            }
        }
    }

    private long turn() {
        long now = loop.nowMs();
        long next = Long.MAX_VALUE;
        for (QueueShard shard : shards) {
            next = Math.min(next, shard.turn(now));
            if (closing && shard.isFailing()) {
                shard.abandon();
            }
        }
        boolean idle = shards.stream().allMatch(shard -> shard.groups().isEmpty());
        if (idle && (closing || next == Long.MAX_VALUE)) {
            return -1;
        }
        return next == Long.MAX_VALUE ? IDLE_MS : Math.max(0, Math.min(IDLE_MS, next - loop.nowMs()));
    }

    /** Ends all work; what was answered for is stored, if the store takes it. */
    @Override
    public void close() {
        loop.post(() -> {
            closing = true;
            forEachGroup(group -> group.close(closed()));
        });
        loop.close();
        loop.post(() -> {
            shards.forEach(QueueShard::abandon);
            decoder.close();
        });
    }
}
