package io.portask.consumer;

import io.portask.broker.Broker;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.group.GroupState;
import io.portask.group.MemberAssignment;
import io.portask.group.MemberState;
import io.portask.group.PartitionGrant;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import io.portask.store.PartitionInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What there is to see of groups, with members and without, and where they are to go on. Any thread. */
final class GroupOverview {
    private final Broker broker;
    private final Map<String, OrderedGroup> live;
    private final Queues queues;

    /** @param live the groups with members, by name */
    GroupOverview(Broker broker, Map<String, OrderedGroup> live, Queues queues) {
        this.queues = queues;
        this.broker = broker;
        this.live = live;
    }

    CompletionStage<Set<String>> list() {
        return broker.consumersAsync().thenApply(committed -> {
            Set<String> names = new TreeSet<>(committed);
            names.addAll(live.keySet());
            names.addAll(queues.live());
            return names;
        });
    }

    /** Fails with {@link ErrorCode#GROUP_MODE_MISMATCH} where the name is that of a work queue, also of one without workers. */
    CompletionStage<@Nullable Void> checkOrdered(String name) {
        return queues.snapshot(name).thenApply(queue -> {
            if (queue != null) {
                throw new PortaskException(
                        ErrorCode.GROUP_MODE_MISMATCH,
                        "'" + name + "' is a work queue; delete the group if it is to become an ordered one");
            }
            return null;
        });
    }

    CompletionStage<GroupDescription> describe(String name) {
        return queues.snapshot(name)
                .thenCompose(queue -> queue == null ? describeOrdered(name) : describe(name, queue));
    }

    private CompletionStage<GroupDescription> describe(String name, Queues.Snapshot queue) {
        List<GroupDescription.Member> members = queue.workers().keySet().stream()
                .map(id -> new GroupDescription.Member(id, null, MemberState.STABLE, Set.of()))
                .toList();
        return broker.committedAsync(name).thenCompose(committed -> {
            Map<TopicPartition, Long> lows = new HashMap<>(committed);
            lows.putAll(queue.lows());
            return PartitionPositions.describeThoseThere(broker, lows.keySet())
                    .thenApply(infos -> new GroupDescription(
                            name,
                            GroupMode.QUEUE,
                            members.isEmpty() ? GroupState.EMPTY : GroupState.STABLE,
                            0,
                            members,
                            rows(new TreeSet<>(lows.keySet()), infos, Map.of(), lows)));
        });
    }

    private CompletionStage<GroupDescription> describeOrdered(String name) {
        OrderedGroup group = live.get(name);
        OrderedGroup.Snapshot now = group == null ? OrderedGroup.Snapshot.EMPTY : group.snapshot();
        Map<TopicPartition, String> owners = new HashMap<>();
        List<GroupDescription.Member> members = new ArrayList<>();
        for (MemberAssignment member : now.assignments()) {
            Set<TopicPartition> owned = member.grants().stream()
                    .map(PartitionGrant::partition)
                    .collect(Collectors.toCollection(TreeSet::new));
            owned.forEach(partition -> owners.put(partition, member.memberId()));
            members.add(new GroupDescription.Member(
                    member.memberId(), now.instanceIds().get(member.memberId()), member.state(), owned));
        }
        return broker.committedAsync(name).thenCompose(committed -> {
            Set<TopicPartition> partitions = new TreeSet<>(committed.keySet());
            partitions.addAll(owners.keySet());
            if (members.isEmpty() && partitions.isEmpty()) {
                return broker.consumersAsync().thenApply(known -> {
                    if (!known.contains(name)) {
                        throw unknown(name);
                    }
                    return description(name, now, members, List.of());
                });
            }
            return PartitionPositions.describeThoseThere(broker, partitions)
                    .thenApply(infos -> description(name, now, members, rows(partitions, infos, owners, committed)));
        });
    }

    private static PortaskException unknown(String name) {
        return new PortaskException(
                ErrorCode.INVALID_REQUEST, "There is no group '" + name + "': it has no members and no offsets");
    }

    private static GroupDescription description(
            String name,
            OrderedGroup.Snapshot now,
            List<GroupDescription.Member> members,
            List<GroupDescription.Partition> partitions) {
        return members.isEmpty()
                ? new GroupDescription(name, GroupMode.OFFSETS, GroupState.EMPTY, 0, members, partitions)
                : new GroupDescription(
                        name,
                        GroupMode.ORDERED,
                        now.stats().state(),
                        now.stats().generation(),
                        members,
                        partitions);
    }

    private static List<GroupDescription.Partition> rows(
            Set<TopicPartition> partitions,
            Map<TopicPartition, PartitionInfo> infos,
            Map<TopicPartition, String> owners,
            Map<TopicPartition, Long> committed) {
        List<GroupDescription.Partition> rows = new ArrayList<>();
        for (TopicPartition partition : partitions) {
            PartitionInfo info = infos.get(partition);
            if (info != null) {
                rows.add(new GroupDescription.Partition(
                        partition,
                        owners.get(partition),
                        committed.get(partition),
                        info.startOffset(),
                        info.endOffset()));
            }
        }
        return rows;
    }

    CompletionStage<@Nullable Void> delete(String name) {
        return queues.forget(name, null).thenCompose(nothing -> broker.forgetConsumerAsync(name));
    }

    CompletionStage<Map<TopicPartition, Long>> reset(String name, OffsetReset reset) {
        return target(name, reset)
                .thenCompose(offsets -> reset.dryRun()
                        ? CompletableFuture.completedFuture(offsets)
                        : commit(name, offsets).thenApply(nothing -> offsets));
    }

    private CompletionStage<@Nullable Void> commit(String name, Map<TopicPartition, Long> offsets) {
        OrderedGroup group = live.get(name);
        return group == null
                ? broker.commitAsync(name, offsets).thenCompose(nothing -> queues.forget(name, offsets.keySet()))
                : group.reset(offsets);
    }

    private CompletionStage<Map<TopicPartition, Long>> target(String name, OffsetReset reset) {
        return PartitionPositions.describe(broker, reset.partitions()).thenCompose(all -> {
            Map<TopicPartition, PartitionInfo> infos = new TreeMap<>();
            for (TopicPartition partition : reset.partitions()) {
                PartitionInfo info = all.get(partition);
                if (info == null) {
                    throw new PortaskException(ErrorCode.UNKNOWN_PARTITION, "There is no partition " + partition);
                }
                infos.put(partition, info);
            }
            return base(name, reset.to(), infos).thenApply(found -> {
                Map<TopicPartition, Long> offsets = new TreeMap<>();
                found.forEach((partition, offset) -> offsets.put(
                        partition,
                        PartitionPositions.clamp(
                                shifted(offset, reset.shift()), Objects.requireNonNull(infos.get(partition)))));
                return offsets;
            });
        });
    }

    private static long shifted(long offset, long shift) {
        return shift > 0 && offset > Long.MAX_VALUE - shift ? Long.MAX_VALUE : offset + shift;
    }

    private CompletionStage<Map<TopicPartition, Long>> base(
            String name, StartPosition to, Map<TopicPartition, PartitionInfo> infos) {
        if (to.kind() != StartPosition.Kind.COMMITTED) {
            return PartitionPositions.find(broker, infos, to);
        }
        return broker.committedAsync(name).thenApply(committed -> {
            Map<TopicPartition, Long> found = new HashMap<>();
            infos.forEach(
                    (partition, info) -> found.put(partition, committed.getOrDefault(partition, info.startOffset())));
            return found;
        });
    }
}
