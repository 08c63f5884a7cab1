package io.portask.store.redis;

import io.lettuce.core.protocol.CommandType;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Durability;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.EndListener;
import io.portask.store.FetchResult;
import io.portask.store.Lease;
import io.portask.store.Leases;
import io.portask.store.MessageStore;
import io.portask.store.PartitionInfo;
import io.portask.store.ScrubReport;
import io.portask.store.StoreCapabilities;
import io.portask.store.StoreContext;
import io.portask.store.StoreHealth;
import io.portask.store.TopicConfig;
import io.portask.store.TopicDescription;
import io.portask.store.TopicSpec;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps everything in Redis, where any number of brokers may use it at the same time. Nothing that this node remembers decides
 * what is right: offsets, sequences and limits are decided by scripts that Redis runs one after the other.
 */
final class RedisStore implements MessageStore {
    private static final Logger LOG = LoggerFactory.getLogger("io.portask.store");
    private static final String FORMAT = "1";
    private static final int CLOSE_PATIENCE_MS = 5_000;

    private enum State {
        NEW,
        RUNNING,
        CLOSED
    }

    private final RedisConfig config;
    private final StoreContext context;
    private final Keys keys;
    private final InFlightBytes inFlight;
    private final Leases leases = new LeasesWhileOpen();
    private final Object lock = new Object();
    private final Map<TopicPartition, PartitionAppender> appenders = new ConcurrentHashMap<>();
    private final List<EndListener> earlyListeners = new ArrayList<>();
    private volatile State state = State.NEW;
    private volatile @Nullable Opened opened;

    /** What there is between start and close. */
    private record Opened(
            RedisLink link,
            RedisTopics topics,
            PartitionCommands partitions,
            RedisConsumers consumers,
            RedisLeases leases,
            EndNotices notices,
            RetentionCheck retention,
            KeyCompaction compaction,
            Scrubs scrubs,
            RedisHealth health,
            AppendContext appending,
            ScheduledExecutorService threads) {}

    RedisStore(RedisConfig config, StoreContext context) {
        this.config = config;
        this.context = context;
        this.keys = new Keys(config.keyPrefix());
        this.inFlight = new InFlightBytes(config, context.meters());
    }

    @Override
    public StoreCapabilities capabilities() {
        Opened now = opened;
        if (now == null) {
            return new StoreCapabilities(Durability.WRITTEN, Durability.WRITTEN, true, true);
        }
        ServerFacts facts = now.health.facts();
        return new StoreCapabilities(facts.most(), facts.reached(), true, true);
    }

    @Override
    public void start() {
        synchronized (lock) {
            if (state != State.NEW) {
                throw new PortaskException(ErrorCode.CLOSED, "The Redis store was started before. Open a new one");
            }
            RedisLink link = new RedisLink(config, context.meters());
            try {
                opened = open(link);
                state = State.RUNNING;
            } catch (RuntimeException e) {
                link.close();
                throw RedisErrors.atStart(config, e);
            }
        }
    }

    private Opened open(RedisLink link) {
        link.connect();
        ScheduledExecutorService threads = Executors.newScheduledThreadPool(4, task -> {
            Thread thread = new Thread(task, "portask-redis");
            thread.setDaemon(true);
            return thread;
        });
        try {
            return open(link, threads);
        } catch (RuntimeException e) {
            threads.shutdownNow();
            throw e;
        }
    }

    private Opened open(RedisLink link, ScheduledExecutorService threads) {
        RedisHealth health = new RedisHealth(link, config.serverNames(), threads);
        checkFormat(link);
        RedisTopics topics = new RedisTopics(link, keys);
        PartitionCommands partitions = new PartitionCommands(
                link, keys, topics, config.readFrom() == RedisConfig.ReadFrom.REPLICA ? new ReplicaReads(link) : null);
        EndNotices notices =
                new EndNotices(link, keys, topics, () -> health.facts().sharded());
        earlyListeners.forEach(notices::add);
        notices.start();
        RetentionCheck retention = new RetentionCheck(topics, partitions, context.clock());
        KeyCompaction compaction = new KeyCompaction(config, topics, partitions, context.clock());
        AppendContext appending =
                new AppendContext(config, link, keys, topics, inFlight, context.clock(), health, notices);
        inFlight.start(threads);
        link.onChange(() -> {
            health.checkSoon();
            notices.followSoon();
        });
        schedule(threads, config.pollMs(), "Asking whether it is there", health::check);
        schedule(threads, config.pollMs(), "Asking whether it would tell of ends", notices::check);
        schedule(
                threads,
                config.pollMs(),
                "Asking for new ends",
                () -> notices.poll().join());
        if (config.retentionCheckMs() > 0) {
            schedule(threads, config.retentionCheckMs(), "Removing what topics do not keep", retention::run);
            schedule(threads, config.retentionCheckMs(), "Compacting keys", compaction::run);
        }
        ServerFacts facts = health.facts();
        LOG.info("Store on {} at {}; a crash of it loses {}", facts.name(), config.serverNames(), facts.loss());
        return new Opened(
                link,
                topics,
                partitions,
                new RedisConsumers(link, keys, topics),
                new RedisLeases(link, keys),
                notices,
                retention,
                compaction,
                new Scrubs(),
                health,
                appending,
                threads);
    }

    private static void schedule(ScheduledExecutorService threads, int everyMs, String what, Runnable task) {
        var unused = threads.scheduleWithFixedDelay(
                () -> {
                    try {
                        task.run();
                    } catch (RuntimeException e) {
                        LOG.debug("{} failed; it is tried again", what, e);
                    }
                },
                everyMs,
                everyMs,
                TimeUnit.MILLISECONDS);
    }

    private void checkFormat(RedisLink link) {
        link.call(0, CommandType.SETNX, keys.format(), Keys.bytes(FORMAT)).join();
        String found = Keys.text(
                (byte[]) link.call(0, CommandType.GET, keys.format()).join().get(0));
        if (!found.equals(FORMAT)) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION,
                    "The keys under '" + config.keyPrefix() + "' have format '" + found + "', this version knows "
                            + FORMAT + ". Choose another keyPrefix, or the version of Portask that wrote them");
        }
    }

    @Override
    public CompletionStage<TopicDescription> createTopic(TopicSpec spec) {
        return whileOpen(now -> now.topics.create(spec).thenCompose(entry -> describe(now, spec.name(), entry)));
    }

    @Override
    public CompletionStage<TopicDescription> configureTopic(String topic, TopicConfig changed) {
        return whileOpen(now -> now.topics.configure(topic, changed).thenCompose(entry -> describe(now, topic, entry)));
    }

    @Override
    public CompletionStage<@Nullable Void> deleteTopic(String topic) {
        return whileOpen(now -> now.topics.delete(topic));
    }

    @Override
    public CompletionStage<TopicDescription> describeTopic(String topic) {
        return whileOpen(now -> now.topics.onTopic(topic, entry -> describe(now, topic, entry)));
    }

    private static CompletionStage<TopicDescription> describe(Opened now, String topic, TopicEntry entry) {
        List<CompletableFuture<PartitionInfo>> all = new ArrayList<>(entry.partitions());
        for (int i = 0; i < entry.partitions(); i++) {
            all.add(now.partitions.describe(entry, new TopicPartition(topic, i)).toCompletableFuture());
        }
        return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
                .thenApply(done -> new TopicDescription(
                        topic, all.stream().map(CompletableFuture::join).toList(), entry.config()));
    }

    @Override
    public CompletionStage<List<TopicDescription>> listTopics() {
        return whileOpen(now -> now.topics.all().thenCompose(found -> {
            List<CompletableFuture<@Nullable TopicDescription>> all = new ArrayList<>(found.size());
            found.forEach((topic, entry) ->
                    all.add(orNull(topic, describe(now, topic, entry)).toCompletableFuture()));
            return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
                    .thenApply(done -> {
                        List<TopicDescription> descriptions = new ArrayList<>();
                        for (CompletableFuture<@Nullable TopicDescription> each : all) {
                            TopicDescription description = each.join();
                            if (description != null) {
                                descriptions.add(description);
                            }
                        }
                        return descriptions;
                    });
        }));
    }

    /** Nothing for a topic that is gone meanwhile, or damaged, which the log tells. */
    private static CompletionStage<@Nullable TopicDescription> orNull(
            String topic, CompletionStage<TopicDescription> stage) {
        return stage.<@Nullable TopicDescription>handle((description, error) -> {
            if (error != null) {
                PortaskException failure = PortaskException.of(error);
                if (failure.code() == ErrorCode.CORRUPT_STORE) {
                    LOG.error("Topic '{}' is left out", topic, failure);
                } else if (failure.code() != ErrorCode.UNKNOWN_TOPIC) {
                    throw failure;
                }
            }
            return description;
        });
    }

    @Override
    public CompletionStage<AppendResult> append(TopicPartition partition, ByteBuffer batches, Durability durability) {
        return whileOpen(now -> {
            ServerFacts facts = now.health.facts();
            if (!facts.most().atLeast(durability)) {
                throw unreached(facts, durability, "Nothing was stored");
            }
            PendingAppend append = new PendingAppend(batches, !facts.reached().atLeast(durability));
            TopicEntry known = now.topics.cached(partition.topic());
            if (known != null && known.config().compacted()) {
                append.lookForKeys();
            }
            inFlight.take(append.cost(), new InFlightBytes.Entrant() {
                @Override
                public void enter() {
                    begin(now, partition, append);
                }

                @Override
                public void refuse(PortaskException why) {
                    append.result.completeExceptionally(why);
                }
            });
            return append.result.thenApply(stored -> {
                if (!stored.durability().atLeast(durability)) {
                    throw unreached(now.health.facts(), durability, "It is stored all the same");
                }
                return stored;
            });
        });
    }

    private void begin(Opened now, TopicPartition partition, PendingAppend append) {
        while (true) {
            PartitionAppender appender =
                    appenders.computeIfAbsent(partition, name -> new PartitionAppender(name, now.appending));
            if (appender.append(append)) {
                var unused = append.result.whenComplete((stored, error) -> {
                    if (error != null && appender.retireIfIdle()) {
                        appenders.remove(partition, appender);
                    }
                });
                return;
            }
            appenders.remove(partition, appender);
        }
    }

    private static PortaskException unreached(ServerFacts facts, Durability wanted, String done) {
        return new PortaskException(
                ErrorCode.DURABILITY_UNAVAILABLE,
                facts.name() + " reaches " + facts.reached() + ", not " + wanted + ": " + facts.unsynced() + ". " + done
                        + ". Set appendonly yes, appendfsync always and no-appendfsync-on-rewrite no there, or ask for"
                        + " less");
    }

    @Override
    public CompletionStage<FetchResult> read(TopicPartition partition, long offset, int maxBytes) {
        return whileOpen(now -> now.partitions.read(partition, offset, maxBytes));
    }

    @Override
    public CompletionStage<PartitionInfo> describePartition(TopicPartition partition) {
        return whileOpen(now -> now.partitions.describe(partition));
    }

    @Override
    public CompletionStage<Long> offsetForTimestamp(TopicPartition partition, long epochMs) {
        return whileOpen(now -> now.partitions.offsetForTimestamp(partition, epochMs));
    }

    @Override
    public CompletionStage<Long> trim(TopicPartition partition, long offset) {
        return whileOpen(now -> now.partitions.trim(partition, offset));
    }

    @Override
    public CompletionStage<Integer> deleteMessages(TopicPartition partition, Collection<Long> offsets) {
        return whileOpen(now -> now.partitions.delete(partition, offsets));
    }

    @Override
    public CompletionStage<ScrubReport> scrub(TopicPartition partition) {
        return whileOpen(now ->
                now.partitions.onPartition(partition, topic -> now.scrubs.start(now.partitions, topic, partition)));
    }

    @Override
    public CompletionStage<@Nullable Void> commitOffsets(String consumer, Map<TopicPartition, Long> offsets) {
        return whileOpen(now -> now.consumers.commit(consumer, offsets));
    }

    @Override
    public CompletionStage<@Nullable Void> commitOffsets(
            String consumer, Map<TopicPartition, Long> offsets, long token) {
        return whileOpen(now -> now.consumers.commit(consumer, offsets, token));
    }

    @Override
    public CompletionStage<Map<TopicPartition, Long>> committedOffsets(String consumer) {
        return whileOpen(now -> now.consumers.committed(consumer));
    }

    @Override
    public CompletionStage<Set<String>> consumers() {
        return whileOpen(now -> now.consumers.names());
    }

    @Override
    public CompletionStage<@Nullable Void> forgetConsumer(String consumer) {
        return whileOpen(now -> now.consumers.forget(consumer));
    }

    @Override
    public Leases leases() {
        return leases;
    }

    private final class LeasesWhileOpen implements Leases {
        @Override
        public CompletionStage<Lease> acquire(String name, String holder, Duration ttl) {
            return whileOpen(now -> now.leases.acquire(name, holder, ttl));
        }

        @Override
        public CompletionStage<Optional<Lease>> renew(Lease lease, Duration ttl) {
            return whileOpen(now -> now.leases.renew(lease, ttl));
        }

        @Override
        public CompletionStage<@Nullable Void> release(Lease lease) {
            return whileOpen(now -> now.leases.release(lease));
        }

        @Override
        public CompletionStage<Optional<Lease>> find(String name) {
            return whileOpen(now -> now.leases.find(name));
        }
    }

    @Override
    public void addEndListener(EndListener listener) {
        synchronized (lock) {
            Opened now = opened;
            if (now == null) {
                earlyListeners.add(listener);
            } else {
                now.notices.add(listener);
            }
        }
    }

    @Override
    public void removeEndListener(EndListener listener) {
        synchronized (lock) {
            earlyListeners.remove(listener);
            Opened now = opened;
            if (now != null) {
                now.notices.remove(listener);
            }
        }
    }

    @Override
    public StoreHealth health() {
        Opened now = opened;
        return state != State.RUNNING || now == null
                ? new StoreHealth(false, String.valueOf(notRunning().getMessage()))
                : now.health.last();
    }

    /** Does now what is otherwise done from time to time. */
    void clean() {
        Opened now = opened;
        if (now != null) {
            now.retention.run();
            now.compaction.run();
        }
    }

    @Override
    public void close() {
        synchronized (lock) {
            Opened now = opened;
            boolean wasRunning = state == State.RUNNING;
            state = State.CLOSED;
            if (!wasRunning || now == null) {
                return;
            }
            now.threads.shutdownNow();
            now.scrubs.close();
            inFlight.refuseWaiting(notRunning());
            inFlight.awaitIdle(CLOSE_PATIENCE_MS);
            now.notices.close();
            now.link.close();
        }
    }

    private interface Action<T extends @Nullable Object> {
        CompletionStage<T> on(Opened now);
    }

    private <T extends @Nullable Object> CompletionStage<T> whileOpen(Action<T> action) {
        Opened now = opened;
        if (state != State.RUNNING || now == null) {
            return CompletableFuture.failedFuture(notRunning());
        }
        try {
            return action.on(now).<T>handle((result, error) -> {
                if (error != null) {
                    throw state == State.RUNNING ? PortaskException.of(error) : notRunning();
                }
                return result;
            });
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(PortaskException.of(e));
        }
    }

    private PortaskException notRunning() {
        return new PortaskException(
                ErrorCode.CLOSED, "The Redis store is " + (state == State.NEW ? "not started" : "closed"));
    }
}
