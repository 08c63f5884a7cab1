package io.portask.consumer;

import io.portask.broker.Broker;
import io.portask.broker.ConsumerClaim;
import io.portask.broker.Cursor;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import io.portask.store.PartitionInfo;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Finds where a work queue goes on with partitions, remembers it, and opens their readers. Any thread. */
final class QueueOpener {
    /**
     * A partition that the queue is to work on.
     *
     * @param committed what the group had committed; null on its first visit
     * @param start where it is to begin if nothing else is known
     * @param reader the first reader of its messages; its callback tells of the partition
     * @param again for messages that are to be read again
     */
    record Opened(
            TopicPartition partition,
            PartitionInfo info,
            @Nullable Long committed,
            long start,
            Cursor reader,
            Cursor again)
            implements AutoCloseable {
        @Override
        public void close() {
            reader.close();
            again.close();
        }
    }

    private final Broker broker;
    private final String group;
    private final ConsumerClaim claim;
    private final Consumer<TopicPartition> onMoreData;

    QueueOpener(Broker broker, String group, ConsumerClaim claim, Consumer<TopicPartition> onMoreData) {
        this.broker = broker;
        this.group = group;
        this.claim = claim;
        this.onMoreData = onMoreData;
    }

    /**
     * Those of the partitions that are there.
     *
     * @param forget has what the journal knows of partitions forgotten where nothing is committed, before something is
     */
    CompletionStage<List<Opened>> open(
            Collection<TopicPartition> partitions,
            StartPosition from,
            Function<Set<TopicPartition>, CompletionStage<@Nullable Void>> forget) {
        return PartitionPositions.describeThoseThere(broker, partitions)
                .thenCompose(infos -> broker.committedAsync(group).thenCompose(committed -> {
                    infos.keySet().retainAll(partitions);
                    Set<TopicPartition> unvisited = new HashSet<>(infos.keySet());
                    unvisited.removeAll(committed.keySet());
                    CompletionStage<@Nullable Void> forgotten =
                            unvisited.isEmpty() ? CompletableFuture.completedFuture(null) : forget.apply(unvisited);
                    return forgotten
                            .thenCompose(nothing -> starts(infos, committed, from))
                            .thenCompose(starts -> open(infos, committed, starts));
                }));
    }

    private CompletionStage<Map<TopicPartition, Long>> starts(
            Map<TopicPartition, PartitionInfo> infos, Map<TopicPartition, Long> committed, StartPosition from) {
        Map<TopicPartition, PartitionInfo> fresh = new HashMap<>(infos);
        fresh.keySet().removeAll(committed.keySet());
        return PartitionPositions.find(broker, fresh, from).thenCompose(found -> {
            Map<TopicPartition, Long> moved = new HashMap<>(found);
            infos.forEach((partition, info) -> found.computeIfAbsent(partition, known -> {
                long offset = Objects.requireNonNull(committed.get(known));
                long start = PartitionPositions.clamp(offset, info);
                if (start < offset) {
                    moved.put(known, start);
                }
                return start;
            }));
            return (moved.isEmpty()
                            ? CompletableFuture.<@Nullable Void>completedFuture(null)
                            : claim.commitAsync(moved))
                    .thenApply(nothing -> found);
        });
    }

    private CompletionStage<List<Opened>> open(
            Map<TopicPartition, PartitionInfo> infos,
            Map<TopicPartition, Long> committed,
            Map<TopicPartition, Long> starts) {
        List<CompletableFuture<Opened>> opening = new ArrayList<>();
        infos.forEach((partition, info) -> {
            long start = Objects.requireNonNull(starts.get(partition));
            opening.add(cursor(partition, start, () -> onMoreData.accept(partition))
                    .thenCompose(reader -> cursor(partition, start, () -> {})
                            .thenApply(again ->
                                    new Opened(partition, info, committed.get(partition), start, reader, again)))
                    .toCompletableFuture());
        });
        return CompletableFuture.allOf(opening.toArray(CompletableFuture<?>[]::new))
                .whenComplete((nothing, error) -> {
                    if (error != null) {
                        closeOpened(opening);
                    }
                })
                .thenApply(
                        nothing -> opening.stream().map(CompletableFuture::join).toList());
    }

    private static void closeOpened(List<CompletableFuture<Opened>> opening) {
        for (CompletableFuture<Opened> each : opening) {
            if (!each.isCompletedExceptionally()) {
                each.join().close();
            }
        }
    }

    private CompletionStage<Cursor> cursor(TopicPartition partition, long offset, Runnable callback) {
        return broker.openCursor(partition, StartPosition.offset(offset), null, callback);
    }
}
