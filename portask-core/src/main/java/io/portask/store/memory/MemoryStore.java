package io.portask.store.memory;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Durability;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.EndListener;
import io.portask.store.FetchResult;
import io.portask.store.MessageStore;
import io.portask.store.PartitionInfo;
import io.portask.store.StoreCapabilities;
import io.portask.store.TopicDescription;
import io.portask.store.TopicSpec;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps everything in this process's direct memory. Acknowledges with {@link Durability#NONE}: nothing survives the process. Has no
 * threads; every call completes before it returns.
 */
final class MemoryStore implements MessageStore {
    private static final StoreCapabilities CAPABILITIES =
            new StoreCapabilities(Durability.NONE, Durability.NONE, false);

    private final MemoryBudget budget;
    private final Map<String, MemoryPartition[]> topics = new ConcurrentSkipListMap<>();
    private final Map<String, Map<TopicPartition, Long>> committed = new HashMap<>();
    private final List<EndListener> listeners = new CopyOnWriteArrayList<>();
    private volatile boolean open;

    MemoryStore(long maxBytes) {
        budget = new MemoryBudget(maxBytes);
    }

    @Override
    public StoreCapabilities capabilities() {
        return CAPABILITIES;
    }

    @Override
    public void start() {
        open = true;
    }

    @Override
    public CompletionStage<TopicDescription> createTopic(TopicSpec spec) {
        return completed(() -> {
            MemoryPartition[] created = new MemoryPartition[spec.partitions()];
            for (int i = 0; i < created.length; i++) {
                created[i] = new MemoryPartition(new TopicPartition(spec.name(), i), budget);
            }
            if (topics.putIfAbsent(spec.name(), created) != null) {
                throw new PortaskException(ErrorCode.TOPIC_EXISTS, "Topic " + spec.name() + " exists already");
            }
            return describe(spec.name(), created);
        });
    }

    @Override
    public CompletionStage<@Nullable Void> deleteTopic(String topic) {
        return this.<@Nullable Void>completed(() -> {
            MemoryPartition[] deleted = topics.remove(topic);
            if (deleted == null) {
                throw unknownTopic(topic);
            }
            Arrays.stream(deleted).forEach(MemoryPartition::clear);
            synchronized (committed) {
                committed
                        .values()
                        .forEach(offsets -> offsets.keySet()
                                .removeIf(partition -> partition.topic().equals(topic)));
            }
            return null;
        });
    }

    @Override
    public CompletionStage<TopicDescription> describeTopic(String topic) {
        return completed(() -> describe(topic, partitions(topic)));
    }

    @Override
    public CompletionStage<List<TopicDescription>> listTopics() {
        return completed(() -> topics.entrySet().stream()
                .map(topic -> describe(topic.getKey(), topic.getValue()))
                .toList());
    }

    private static TopicDescription describe(String name, MemoryPartition[] partitions) {
        return new TopicDescription(
                name, Arrays.stream(partitions).map(MemoryPartition::describe).toList());
    }

    @Override
    public CompletionStage<AppendResult> append(TopicPartition partition, ByteBuffer batches, Durability durability) {
        return completed(() -> {
            if (durability != Durability.NONE) {
                throw new PortaskException(
                        ErrorCode.DURABILITY_UNAVAILABLE,
                        "A memory store cannot reach " + durability + "; publish with NONE, or use a file: store");
            }
            AppendResult result = partition(partition).append(batches);
            if (!result.duplicate()) {
                listeners.forEach(listener -> listener.onEndMoved(partition, result.nextOffset()));
            }
            return result;
        });
    }

    @Override
    public CompletionStage<FetchResult> read(TopicPartition partition, long offset, int maxBytes) {
        return completed(() -> partition(partition).read(offset, maxBytes));
    }

    @Override
    public CompletionStage<PartitionInfo> describePartition(TopicPartition partition) {
        return completed(() -> partition(partition).describe());
    }

    @Override
    public CompletionStage<Long> offsetForTimestamp(TopicPartition partition, long epochMs) {
        return completed(() -> partition(partition).offsetForTimestamp(epochMs));
    }

    @Override
    public CompletionStage<Long> trim(TopicPartition partition, long offset) {
        return completed(() -> partition(partition).trim(offset));
    }

    @Override
    public CompletionStage<Integer> deleteMessages(TopicPartition partition, Collection<Long> offsets) {
        return completed(() -> partition(partition).deleteMessages(offsets));
    }

    @Override
    public CompletionStage<@Nullable Void> commitOffsets(String consumer, Map<TopicPartition, Long> offsets) {
        return this.<@Nullable Void>completed(() -> {
            offsets.keySet().forEach(this::partition);
            synchronized (committed) {
                committed.computeIfAbsent(consumer, name -> new HashMap<>()).putAll(offsets);
            }
            return null;
        });
    }

    @Override
    public CompletionStage<Map<TopicPartition, Long>> committedOffsets(String consumer) {
        return completed(() -> {
            synchronized (committed) {
                return Map.copyOf(committed.getOrDefault(consumer, Map.of()));
            }
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
        open = false;
        topics.clear();
    }

    private MemoryPartition partition(TopicPartition wanted) {
        MemoryPartition[] partitions = partitions(wanted.topic());
        if (wanted.partition() < 0 || wanted.partition() >= partitions.length) {
            throw new PortaskException(
                    ErrorCode.UNKNOWN_PARTITION,
                    "Topic " + wanted.topic() + " has partitions 0 to " + (partitions.length - 1) + ", not "
                            + wanted.partition());
        }
        return partitions[wanted.partition()];
    }

    private MemoryPartition[] partitions(String topic) {
        MemoryPartition[] partitions = topics.get(topic);
        if (partitions == null) {
            throw unknownTopic(topic);
        }
        return partitions;
    }

    private static PortaskException unknownTopic(String topic) {
        return new PortaskException(ErrorCode.UNKNOWN_TOPIC, "There is no topic " + topic);
    }

    private <T extends @Nullable Object> CompletionStage<T> completed(Supplier<T> call) {
        if (!open) {
            return CompletableFuture.failedFuture(new PortaskException(ErrorCode.CLOSED, "The store is not open"));
        }
        try {
            return CompletableFuture.completedFuture(call.get());
        } catch (OutOfMemoryError e) {
            return CompletableFuture.failedFuture(
                    new PortaskException(ErrorCode.OVERLOADED, "There is no memory left for more messages", e));
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(PortaskException.of(e));
        }
    }
}
