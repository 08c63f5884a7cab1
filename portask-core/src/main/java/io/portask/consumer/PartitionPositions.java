package io.portask.consumer;

import io.portask.broker.Broker;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import io.portask.store.PartitionInfo;
import io.portask.store.TopicDescription;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Finds offsets of many partitions at a time. */
final class PartitionPositions {
    private PartitionPositions() {}

    /** Start and end of each partition. */
    static CompletionStage<Map<TopicPartition, PartitionInfo>> describe(
            Broker broker, Collection<TopicPartition> partitions) {
        return all(topics(partitions), broker::describeTopicAsync)
                .thenApply(descriptions -> partitions(descriptions.values()));
    }

    /** As {@link #describe}, without the partitions of topics that are not there. */
    static CompletionStage<Map<TopicPartition, PartitionInfo>> describeThoseThere(
            Broker broker, Collection<TopicPartition> partitions) {
        return PartitionPositions.<String, List<TopicDescription>>all(
                        topics(partitions),
                        topic -> broker.describeTopicAsync(topic).handle((description, error) -> {
                            if (error == null) {
                                return List.of(description);
                            }
                            PortaskException failure = PortaskException.of(error);
                            if (failure.code() == ErrorCode.UNKNOWN_TOPIC) {
                                return List.of();
                            }
                            throw failure;
                        }))
                .thenApply(descriptions -> partitions(
                        descriptions.values().stream().flatMap(List::stream).toList()));
    }

    private static Set<String> topics(Collection<TopicPartition> partitions) {
        return partitions.stream().map(TopicPartition::topic).collect(Collectors.toSet());
    }

    private static Map<TopicPartition, PartitionInfo> partitions(Collection<TopicDescription> topics) {
        Map<TopicPartition, PartitionInfo> infos = new HashMap<>();
        for (TopicDescription topic : topics) {
            topic.partitions().forEach(info -> infos.put(new TopicPartition(topic.name(), info.partition()), info));
        }
        return infos;
    }

    /** Where a position is in each of these partitions; offsets beyond what is kept become the nearest that is. */
    static CompletionStage<Map<TopicPartition, Long>> find(
            Broker broker, Map<TopicPartition, PartitionInfo> partitions, StartPosition position) {
        return all(new TreeSet<>(partitions.keySet()), partition -> {
            PartitionInfo info = Objects.requireNonNull(partitions.get(partition));
            return switch (position.kind()) {
                case EARLIEST -> CompletableFuture.completedFuture(info.startOffset());
                case LATEST -> CompletableFuture.completedFuture(info.endOffset());
                case OFFSET -> CompletableFuture.completedFuture(clamp(position.value(), info));
                case TIMESTAMP, COMMITTED ->
                    broker.openCursor(partition, position, null, () -> {}).thenApply(cursor -> {
                        try (cursor) {
                            return cursor.position();
                        }
                    });
            };
        });
    }

    static long clamp(long offset, PartitionInfo info) {
        return Math.max(info.startOffset(), Math.min(offset, info.endOffset()));
    }

    private static <K, V> CompletionStage<Map<K, V>> all(
            Collection<K> keys, Function<? super K, CompletionStage<V>> question) {
        Map<K, CompletableFuture<V>> asked = new HashMap<>();
        for (K key : keys) {
            asked.put(key, question.apply(key).toCompletableFuture());
        }
        return CompletableFuture.allOf(new ArrayList<>(asked.values()).toArray(CompletableFuture<?>[]::new))
                .thenApply(nothing -> {
                    Map<K, V> answers = new HashMap<>();
                    asked.forEach((key, answer) -> answers.put(key, answer.join()));
                    return answers;
                });
    }
}
