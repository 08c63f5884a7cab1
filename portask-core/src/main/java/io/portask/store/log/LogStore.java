package io.portask.store.log;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Durability;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.EndListener;
import io.portask.store.FetchResult;
import io.portask.store.MessageStore;
import io.portask.store.PartitionInfo;
import io.portask.store.ScrubReport;
import io.portask.store.StoreCapabilities;
import io.portask.store.StoreContext;
import io.portask.store.TopicConfig;
import io.portask.store.TopicDescription;
import io.portask.store.TopicSpec;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A store in a directory of a local disk, for one process at a time. Appends are written on the caller's thread; the {@link
 * Syncer} forces them; what is rare runs on the {@link Housekeeper}. Nothing runs before {@link #start()}.
 *
 * <p>{@link Durability#WRITTEN} survives a killed process and is forced within the sync interval; {@link Durability#SYNCED}
 * survives a power cut. Committed offsets are written when the stage completes and forced with the next group commit.
 */
final class LogStore implements MessageStore {
    private static final StoreCapabilities CAPABILITIES =
            new StoreCapabilities(Durability.SYNCED, Durability.SYNCED, false, true);
    private static final long MAX_POOLED_BYTES = 64 << 20;
    private static final long STOP_TIMEOUT_MS = 30_000;

    private enum State {
        NEW,
        RUNNING,
        CLOSED
    }

    private final Path directory;
    private final Disk disk;
    private final LogContext context;
    private final CommittedOffsets committed;
    private final DataDirectory data;
    private final TopicLoader loader;
    private final Scrubber scrubber;
    private final MeterRegistry meters;
    private final List<Meter> ownMeters = new ArrayList<>();
    private final AtomicReference<State> state = new AtomicReference<>(State.NEW);
    private final ConcurrentSkipListMap<String, LogTopic> topics = new ConcurrentSkipListMap<>();
    /** Never changed, only replaced. */
    private volatile EndListener[] listeners = {};

    private final Cleaner cleaner;
    private @Nullable Closeable directoryLock;

    LogStore(LogConfig config, StoreContext store) {
        this(config, store, Disk.SYSTEM, new Syncer(config.syncIntervalMs()), new Housekeeper());
    }

    LogStore(LogConfig config, StoreContext store, Disk disk, Syncer syncer, Housekeeper housekeeper) {
        this(config, store, disk, syncer, housekeeper, new BufferPool(MAX_POOLED_BYTES));
    }

    LogStore(
            LogConfig config,
            StoreContext store,
            Disk disk,
            Syncer syncer,
            Housekeeper housekeeper,
            BufferPool buffers) {
        this.directory = config.directory().toAbsolutePath().normalize();
        this.meters = store.meters();
        this.context = new LogContext(
                config,
                new FileCache(disk, config.maxOpenFiles()),
                buffers,
                syncer,
                housekeeper,
                this::onEndMoved,
                store.clock(),
                new SpaceGuard(disk, directory, config.minFreeBytes()),
                meters.counter("portask.store.append.bytes"),
                meters.counter("portask.store.damages"),
                meters.timer("portask.store.sync"));
        this.disk = disk;
        this.data = new DataDirectory(disk, directory);
        this.loader = new TopicLoader(context);
        this.committed = new CommittedOffsets(directory, context);
        this.scrubber = new Scrubber(context.buffers());
        this.cleaner = new Cleaner(context, topics::values, RemovalMeters.in(meters));
    }

    @Override
    public StoreCapabilities capabilities() {
        return CAPABILITIES;
    }

    @Override
    public void start() {
        if (!state.compareAndSet(State.NEW, State.RUNNING)) {
            throw new PortaskException(ErrorCode.CLOSED, "The store was started before; open a new one");
        }
        boolean interrupted = Thread.interrupted();
        boolean started = false;
        try {
            DataDirectory.create(disk, directory);
            directoryLock = disk.lock(directory);
            data.prepare();
            loader.loadAll(directory).forEach(topic -> topics.put(topic.name(), topic));
            committed.load(this::endOf);
            context.syncer().start();
            cleaner.start();
            ownMeters.add(Gauge.builder("portask.store.files.open", context.files(), FileCache::openChannels)
                    .register(meters));
            started = true;
        } catch (IOException e) {
            throw FileErrors.named("Opening the data directory", directory, e);
        } finally {
            if (!started) {
                state.set(State.CLOSED);
                release();
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private @Nullable Long endOf(TopicPartition partition) {
        LogTopic topic = topics.get(partition.topic());
        return topic == null
                        || partition.partition() < 0
                        || partition.partition() >= topic.partitions().size()
                ? null
                : (Long) topic.partition(partition.partition()).endOffset();
    }

    private void onEndMoved(TopicPartition partition, long endOffset) {
        for (EndListener listener : listeners) {
            try {
                listener.onEndMoved(partition, endOffset);
            } catch (RuntimeException e) {
                Logs.STORE.error("A listener failed when told of the end of {}; what was appended stays", partition, e);
            }
        }
    }

    @FunctionalInterface
    private interface Action<T extends @Nullable Object> {
        CompletionStage<T> run() throws IOException;
    }

    /** Runs an operation of an open store; what it throws becomes the failure of its stage. */
    private <T extends @Nullable Object> CompletionStage<T> whileRunning(String action, Path path, Action<T> body) {
        try {
            checkRunning();
            return body.run();
        } catch (IOException e) {
            return CompletableFuture.failedFuture(FileErrors.named(action, path, e));
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(PortaskException.of(e));
        }
    }

    private void checkRunning() {
        if (state.get() != State.RUNNING) {
            throw new PortaskException(ErrorCode.CLOSED, "The store is closed");
        }
    }

    private LogTopic topic(String name) {
        LogTopic topic = topics.get(name);
        if (topic == null) {
            throw unknownTopic(name);
        }
        return topic;
    }

    private static PortaskException unknownTopic(String name) {
        return new PortaskException(ErrorCode.UNKNOWN_TOPIC, "There is no topic '" + name + "'");
    }

    private LogPartition partition(TopicPartition partition) {
        return topic(partition.topic()).partition(partition.partition());
    }

    @Override
    public CompletionStage<TopicDescription> createTopic(TopicSpec spec) {
        return whileRunning("Making a topic in", directory, () -> {
            refuseTaken(spec.name());
            return context.housekeeper().submit("Making a topic in", directory, () -> {
                refuseTaken(spec.name());
                TopicDescriptor descriptor = new TopicDescriptor(spec.partitions(), spec.config());
                LogTopic topic = loader.load(data.createTopic(spec.name(), descriptor), descriptor);
                topics.put(spec.name(), topic);
                return topic.describe();
            });
        });
    }

    @Override
    public CompletionStage<TopicDescription> configureTopic(String name, TopicConfig config) {
        return whileRunning("Configuring a topic in", directory, () -> {
            topic(name);
            return context.housekeeper().submit("Configuring a topic in", directory, () -> {
                LogTopic topic = topic(name);
                new TopicDescriptor(topic.partitions().size(), config).write(disk, topic.directory());
                LogTopic configured = topic.withConfig(config);
                topics.put(name, configured);
                return configured.describe();
            });
        });
    }

    private void refuseTaken(String name) {
        if (topics.containsKey(name)) {
            throw new PortaskException(ErrorCode.TOPIC_EXISTS, "There is a topic '" + name + "' already");
        }
    }

    @Override
    public CompletionStage<@Nullable Void> deleteTopic(String name) {
        return whileRunning("Deleting a topic in", directory, () -> {
            topic(name);
            return context.housekeeper().submit("Deleting a topic in", directory, () -> {
                delete(topic(name));
                return null;
            });
        });
    }

    private void delete(LogTopic topic) throws IOException {
        for (LogPartition partition : topic.partitions()) {
            partition.abandon(unknownTopic(topic.name()));
        }
        Path removed = data.removeTopic(topic.directory());
        topics.remove(topic.name());
        topic.partitions().forEach(LogPartition::retire);
        committed.forgetTopic(topic.name()).toCompletableFuture().join();
        DurableFiles.deleteTree(disk, removed);
    }

    @Override
    public CompletionStage<TopicDescription> describeTopic(String name) {
        return whileRunning(
                "Describing",
                directory,
                () -> CompletableFuture.completedFuture(topic(name).describe()));
    }

    @Override
    public CompletionStage<List<TopicDescription>> listTopics() {
        return whileRunning("Describing", directory, () -> {
            List<TopicDescription> all = new ArrayList<>();
            topics.values().forEach(topic -> all.add(topic.describe()));
            return CompletableFuture.completedFuture(all);
        });
    }

    @Override
    public CompletionStage<AppendResult> append(TopicPartition partition, ByteBuffer batches, Durability durability) {
        try {
            checkRunning();
            LogTopic topic = topic(partition.topic());
            LogPartition log = topic.partition(partition.partition());
            if (topic.config().compacted()) {
                KeyedRecords.check(batches);
            }
            return log.append(batches, durability);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(PortaskException.of(e));
        }
    }

    @Override
    public CompletionStage<FetchResult> read(TopicPartition partition, long offset, int maxBytes) {
        try {
            checkRunning();
            return CompletableFuture.completedFuture(
                    partition(partition).reader().read(offset, maxBytes));
        } catch (IOException e) {
            return CompletableFuture.failedFuture(FileErrors.named("Reading from", directory, e));
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(PortaskException.of(e));
        }
    }

    @Override
    public CompletionStage<PartitionInfo> describePartition(TopicPartition partition) {
        return whileRunning(
                "Describing",
                directory,
                () -> CompletableFuture.completedFuture(partition(partition).describe()));
    }

    @Override
    public CompletionStage<Long> offsetForTimestamp(TopicPartition partition, long epochMs) {
        return whileRunning(
                "Reading from",
                directory,
                () -> CompletableFuture.completedFuture(
                        partition(partition).reader().offsetForTimestamp(epochMs)));
    }

    @Override
    public CompletionStage<Long> trim(TopicPartition partition, long offset) {
        return whileRunning("Trimming", directory, () -> {
            LogPartition trimmed = partition(partition);
            trimmed.checkNotBeyondEnd(offset);
            return offset <= trimmed.startOffset()
                    ? CompletableFuture.completedFuture(trimmed.startOffset())
                    : context.housekeeper().submit("Trimming", directory, () -> trimmed.trim(offset));
        });
    }

    @Override
    public CompletionStage<Integer> deleteMessages(TopicPartition partition, Collection<Long> offsets) {
        return whileRunning(
                "Deleting from", directory, () -> partition(partition).delete(offsets));
    }

    @Override
    public CompletionStage<ScrubReport> scrub(TopicPartition partition) {
        return whileRunning("Scrubbing", directory, () -> scrubber.scrub(partition(partition), directory));
    }

    @Override
    public CompletionStage<@Nullable Void> commitOffsets(String consumer, Map<TopicPartition, Long> offsets) {
        return whileRunning("Committing offsets to", directory, () -> {
            offsets.forEach((partition, offset) -> {
                if (offset < 0) {
                    throw new PortaskException(
                            ErrorCode.INVALID_REQUEST, "The committed offset of " + partition + " is " + offset);
                }
            });
            committed.commit(consumer, offsets, this::partition);
            return CompletableFuture.<@Nullable Void>completedFuture(null);
        });
    }

    @Override
    public CompletionStage<Map<TopicPartition, Long>> committedOffsets(String consumer) {
        return whileRunning("Reading from", directory, () -> CompletableFuture.completedFuture(committed.of(consumer)));
    }

    @Override
    public CompletionStage<Set<String>> consumers() {
        return whileRunning("Reading from", directory, () -> CompletableFuture.completedFuture(committed.consumers()));
    }

    @Override
    public CompletionStage<@Nullable Void> forgetConsumer(String consumer) {
        return whileRunning("Forgetting a consumer of", directory, () -> {
            committed.forgetConsumer(consumer);
            return CompletableFuture.<@Nullable Void>completedFuture(null);
        });
    }

    @Override
    public synchronized void addEndListener(EndListener listener) {
        EndListener[] more = Arrays.copyOf(listeners, listeners.length + 1);
        more[listeners.length] = listener;
        listeners = more;
    }

    @Override
    public synchronized void removeEndListener(EndListener listener) {
        listeners = Arrays.stream(listeners).filter(one -> one != listener).toArray(EndListener[]::new);
    }

    @Override
    public void close() {
        State before = state.getAndSet(State.CLOSED);
        if (before != State.RUNNING) {
            return;
        }
        boolean interrupted = Thread.interrupted();
        PortaskException closed = new PortaskException(ErrorCode.CLOSED, "The store is closed");
        try {
            boolean quiet = cleaner.stop(STOP_TIMEOUT_MS);
            quiet &= context.housekeeper().stop(STOP_TIMEOUT_MS);
            partitions().forEach(partition -> partition.refuse(closed));
            committed.refuseMore();
            quiet &= scrubber.stop(STOP_TIMEOUT_MS);
            quiet &= context.syncer().stop(STOP_TIMEOUT_MS);
            if (quiet) {
                Parallel.forEach(partitions(), LogPartition::close);
                committed.seal();
            } else {
                Logs.STORE.error(
                        "The disk of {} does not answer; closing without waiting for it any longer", directory);
            }
        } catch (IOException e) {
            Logs.STORE.error("Closing the store in {} failed", directory, e);
        } finally {
            release();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Does now what is done from time to time: removes what the topics do not keep. */
    void clean() {
        cleaner.clean();
    }

    private List<LogPartition> partitions() {
        List<LogPartition> all = new ArrayList<>();
        topics.values().forEach(topic -> all.addAll(topic.partitions()));
        return all;
    }

    private void release() {
        partitions().forEach(LogPartition::retire);
        committed.close();
        context.buffers().clear();
        ownMeters.forEach(meters::remove);
        Closeable held = directoryLock;
        directoryLock = null;
        try {
            if (held != null) {
                held.close();
            }
        } catch (IOException e) {
            Logs.STORE.warn("Closing the lock of {} failed", directory, e);
        }
    }
}
