package io.portask.consumer;

import io.portask.broker.Broker;
import io.portask.broker.ConsumerClaim;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import io.portask.store.PartitionInfo;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Finds where a new owner begins: where the group committed, or where the group is to begin. */
final class PartitionOpener {
    private final Broker broker;
    private final String group;
    private final ConsumerClaim claim;

    PartitionOpener(Broker broker, String group, ConsumerClaim claim) {
        this.broker = broker;
        this.group = group;
        this.claim = claim;
    }

    /** Where a group begins anywhere but at the oldest message is committed at once, so that it begins there only once. */
    CompletionStage<Map<TopicPartition, Long>> open(Collection<TopicPartition> partitions, StartPosition from) {
        return PartitionPositions.describe(broker, partitions)
                .thenCompose(infos -> broker.committedAsync(group)
                        .thenCompose(committed -> open(partitions, from, infos, committed)));
    }

    private CompletionStage<Map<TopicPartition, Long>> open(
            Collection<TopicPartition> partitions,
            StartPosition from,
            Map<TopicPartition, PartitionInfo> infos,
            Map<TopicPartition, Long> committed) {
        Map<TopicPartition, Long> starts = new HashMap<>();
        Map<TopicPartition, PartitionInfo> fresh = new HashMap<>();
        for (TopicPartition partition : partitions) {
            PartitionInfo info = infos.get(partition);
            Long offset = committed.get(partition);
            if (info != null && offset != null) {
                starts.put(partition, PartitionPositions.clamp(offset, info));
            } else if (info != null) {
                fresh.put(partition, info);
            }
        }
        return PartitionPositions.find(broker, fresh, from)
                .thenCompose(found -> remember(found, from).thenApply(nothing -> {
                    starts.putAll(found);
                    return starts;
                }));
    }

    private CompletionStage<@Nullable Void> remember(Map<TopicPartition, Long> found, StartPosition from) {
        return found.isEmpty() || from.kind() == StartPosition.Kind.EARLIEST
                ? CompletableFuture.completedFuture(null)
                : claim.commitAsync(found);
    }
}
