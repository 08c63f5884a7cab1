package io.portask.store.memory;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Durability;
import io.portask.record.TimestampSearch;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.EndListener;
import io.portask.store.FetchResult;
import io.portask.store.MessageStore;
import io.portask.store.PartitionInfo;
import io.portask.store.StoreCapabilities;
import io.portask.store.TopicConfig;
import io.portask.store.TopicDescription;
import io.portask.store.TopicSpec;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps everything in direct memory, within a budget. Every stage is complete when its call returns; there are no threads.
 * Nothing survives {@link #close()} or the process. Reads return slices of the stored bytes, which stay valid however long
 * they are held.
 */
final class MemoryStore implements MessageStore {
    private static final Logger LOG = LoggerFactory.getLogger(MemoryStore.class);
    private static final StoreCapabilities CAPABILITIES =
            new StoreCapabilities(Durability.NONE, Durability.NONE, false, false);
    private static final int SCAN_BYTES = MemoryChunk.MAX_CAPACITY;

    private enum State {
        NEW,
        RUNNING,
        CLOSED
    }

    private final MemoryBudget budget;
    private final Clock clock;
    private final MemoryRetention retention;
    private final ConcurrentSkipListMap<String, MemoryTopic> topics = new ConcurrentSkipListMap<>();
    private final CopyOnWriteArrayList<EndListener> listeners = new CopyOnWriteArrayList<>();

    /** Guards {@link #committed}, changes of {@link #topics} and of the state. Taken before a partition's lock. */
    private final Object lock = new Object();

    private final Map<String, Map<TopicPartition, Long>> committed = new HashMap<>();
    private volatile State state = State.NEW;

    MemoryStore(long maxBytes, Clock clock) {
        budget = new MemoryBudget(maxBytes);
        this.clock = clock;
        retention = new MemoryRetention(clock);
    }

    @Override
    public StoreCapabilities capabilities() {
        return CAPABILITIES;
    }

    @Override
    public void start() {
        synchronized (lock) {
            transitionTo(State.RUNNING);
        }
    }

    @Override
    public CompletionStage<TopicDescription> createTopic(TopicSpec spec) {
        return complete(() -> {
            checkSupported(spec.config());
            MemoryTopic topic = new MemoryTopic(spec, budget);
            synchronized (lock) {
                checkRunning();
                if (topics.putIfAbsent(spec.name(), topic) != null) {
                    throw new PortaskException(
                            ErrorCode.TOPIC_EXISTS, "There is a topic '" + spec.name() + "' already");
                }
            }
            return topic.describe();
        });
    }

    @Override
    public CompletionStage<TopicDescription> configureTopic(String name, TopicConfig config) {
        return complete(() -> {
            MemoryTopic topic = topic(name);
            checkSupported(config);
            topic.configure(config);
            topic.enforceRetention(clock.millis());
            return topic.describe();
        });
    }

    private static void checkSupported(TopicConfig config) {
        if (config.compacted()) {
            throw new PortaskException(
                    ErrorCode.UNSUPPORTED_OPERATION,
                    "The memory store compacts no topics. Use a file: store, or a topic that is not compacted");
        }
    }

    /** Drops now what the topics do not keep. */
    void enforceRetention() {
        retention.enforce(topics.values());
    }

    @Override
    public CompletionStage<@Nullable Void> deleteTopic(String name) {
        return complete(() -> {
            synchronized (lock) {
                MemoryTopic topic = topic(name);
                topics.remove(name);
                for (Map<TopicPartition, Long> offsets : committed.values()) {
                    offsets.keySet().removeIf(partition -> partition.topic().equals(name));
                }
                committed.values().removeIf(Map::isEmpty);
                topic.drop();
            }
            return null;
        });
    }

    @Override
    public CompletionStage<TopicDescription> describeTopic(String topic) {
        return complete(() -> topic(topic).describe());
    }

    @Override
    public CompletionStage<List<TopicDescription>> listTopics() {
        return complete(() -> {
            synchronized (lock) {
                return topics.values().stream().map(MemoryTopic::describe).toList();
            }
        });
    }

    @Override
    public CompletionStage<AppendResult> append(TopicPartition partition, ByteBuffer batches, Durability durability) {
        return complete(() -> {
            if (durability != Durability.NONE) {
                throw new PortaskException(
                        ErrorCode.DURABILITY_UNAVAILABLE,
                        "The memory store cannot reach " + durability + ". Ask for NONE, or use a file: store");
            }
            MemoryPartition log = partition(partition);
            AppendResult result = log.append(batches, clock.millis());
            if (!result.duplicate()) {
                tellListeners(log.name(), result.nextOffset());
            }
            return result;
        });
    }

    private void tellListeners(TopicPartition partition, long endOffset) {
        for (EndListener listener : listeners) {
            try {
                listener.onEndMoved(partition, endOffset);
            } catch (RuntimeException e) {
                LOG.error("A listener failed on the new end {} of {}", endOffset, partition, e);
            }
        }
    }

    @Override
    public CompletionStage<FetchResult> read(TopicPartition partition, long offset, int maxBytes) {
        return complete(() -> partition(partition).read(offset, maxBytes));
    }

    @Override
    public CompletionStage<PartitionInfo> describePartition(TopicPartition partition) {
        return complete(() -> partition(partition).describe());
    }

    @Override
    public CompletionStage<Long> offsetForTimestamp(TopicPartition partition, long epochMs) {
        return complete(() -> {
            MemoryPartition log = partition(partition);
            PartitionInfo info = log.describe();
            long offset = info.startOffset();
            try (TimestampSearch search = new TimestampSearch(epochMs, offset)) {
                while (offset < info.endOffset()) {
                    FetchResult fetched = log.scan(offset, SCAN_BYTES);
                    long found = search.find(fetched.batches().buffer());
                    if (found != TimestampSearch.NOT_FOUND) {
                        return found;
                    }
                    offset = fetched.nextOffset();
                }
            }
            return info.endOffset();
        });
    }

    @Override
    public CompletionStage<Long> trim(TopicPartition partition, long offset) {
        return complete(() -> partition(partition).trim(offset));
    }

    @Override
    public CompletionStage<Integer> deleteMessages(TopicPartition partition, Collection<Long> offsets) {
        return complete(() -> partition(partition).delete(offsets));
    }

    @Override
    public CompletionStage<@Nullable Void> commitOffsets(String consumer, Map<TopicPartition, Long> offsets) {
        return complete(() -> {
            synchronized (lock) {
                offsets.forEach(this::checkCommit);
                if (!offsets.isEmpty()) {
                    committed.computeIfAbsent(consumer, name -> new HashMap<>()).putAll(offsets);
                }
            }
            return null;
        });
    }

    private void checkCommit(TopicPartition partition, long offset) {
        partition(partition);
        if (offset < 0) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST,
                    "An offset to commit is 0 or more, not " + offset + " as for " + partition);
        }
    }

    @Override
    public CompletionStage<Map<TopicPartition, Long>> committedOffsets(String consumer) {
        return complete(() -> {
            synchronized (lock) {
                return Map.copyOf(committed.getOrDefault(consumer, Map.of()));
            }
        });
    }

    @Override
    public CompletionStage<Set<String>> consumers() {
        return complete(() -> {
            synchronized (lock) {
                return Set.copyOf(committed.keySet());
            }
        });
    }

    @Override
    public CompletionStage<@Nullable Void> forgetConsumer(String consumer) {
        return complete(() -> {
            synchronized (lock) {
                committed.remove(consumer);
            }
            return null;
        });
    }

    @Override
    public void addEndListener(EndListener listener) {
        listeners.add(listener);
    }

    @Override
    public void removeEndListener(EndListener listener) {
        listeners.remove(listener);
    }

    @Override
    public void close() {
        synchronized (lock) {
            if (state == State.CLOSED) {
                return;
            }
            transitionTo(State.CLOSED);
            topics.values().forEach(MemoryTopic::drop);
            topics.clear();
            committed.clear();
        }
        listeners.clear();
    }

    private void transitionTo(State next) {
        if (state == State.CLOSED || (next == State.RUNNING && state != State.NEW)) {
            throw new PortaskException(
                    ErrorCode.CLOSED, "The memory store cannot go from " + state + " to " + next + ". Open a new one");
        }
        state = next;
    }

    private void checkRunning() {
        if (state != State.RUNNING) {
            throw notRunning();
        }
    }

    private PortaskException notRunning() {
        return new PortaskException(
                ErrorCode.CLOSED, "The memory store is " + (state == State.NEW ? "not started" : "closed"));
    }

    private MemoryTopic topic(String name) {
        MemoryTopic topic = topics.get(name);
        if (topic == null) {
            throw MemoryTopic.unknown(name);
        }
        return topic;
    }

    private MemoryPartition partition(TopicPartition partition) {
        return topic(partition.topic()).partition(partition.partition());
    }

    private <T extends @Nullable Object> CompletionStage<T> complete(Supplier<T> action) {
        try {
            checkRunning();
            retention.enforceIfDue(topics.values());
            return CompletableFuture.completedFuture(action.get());
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(state == State.RUNNING ? PortaskException.of(e) : notRunning());
        }
    }
}
