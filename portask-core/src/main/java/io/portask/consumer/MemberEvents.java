package io.portask.consumer;

import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a group told a member that polls, until it polls; for consumers that poll here and elsewhere. Any thread. */
public final class MemberEvents implements GroupMemberListener {
    private final Runnable onEvent;
    private final Map<TopicPartition, AssignedPartition> assigned = new LinkedHashMap<>();
    private final Set<TopicPartition> revoked = new HashSet<>();
    private volatile @Nullable PortaskException fenced;

    /** Whether the sets hold something, so that polls which have nothing to attend to take no lock. */
    private volatile boolean pending;

    /** @param onEvent called after each thing that the member was told */
    public MemberEvents(Runnable onEvent) {
        this.onEvent = onEvent;
    }

    @Override
    public void onAssigned(List<AssignedPartition> partitions) {
        synchronized (this) {
            partitions.forEach(each -> assigned.put(each.partition(), each));
            pending = true;
        }
        onEvent.run();
    }

    @Override
    public void onRevoked(Set<TopicPartition> partitions) {
        synchronized (this) {
            revoked.addAll(partitions);
            assigned.keySet().removeAll(partitions);
            pending = true;
        }
        onEvent.run();
    }

    @Override
    public void onFenced(PortaskException reason) {
        fenced = reason;
        onEvent.run();
    }

    /** Why the membership is over; null while it is not. */
    public @Nullable PortaskException fenced() {
        return fenced;
    }

    /** Whether there is something to attend to. */
    public boolean isPending() {
        return pending || fenced != null;
    }

    /** Whether a partition goes to another member, or all did. */
    public boolean isRevoked(TopicPartition partition) {
        if (fenced != null) {
            return true;
        }
        if (!pending) {
            return false;
        }
        synchronized (this) {
            return revoked.contains(partition);
        }
    }

    /** What the member has to give up, once. */
    public Set<TopicPartition> takeRevoked() {
        if (!pending) {
            return Set.of();
        }
        synchronized (this) {
            Set<TopicPartition> taken = Set.copyOf(revoked);
            revoked.clear();
            pending = !assigned.isEmpty();
            return taken;
        }
    }

    /** What the member got, once. */
    public List<AssignedPartition> takeAssigned() {
        if (!pending) {
            return List.of();
        }
        synchronized (this) {
            List<AssignedPartition> taken = new ArrayList<>(assigned.values());
            assigned.clear();
            pending = !revoked.isEmpty();
            return taken;
        }
    }

    /** Has partitions that could not be given up given up again. */
    public synchronized void putBack(Set<TopicPartition> partitions) {
        revoked.addAll(partitions);
        pending = true;
    }

    /** Has a partition that could not be opened taken again. */
    synchronized void putBack(AssignedPartition partition) {
        if (!revoked.contains(partition.partition())) {
            assigned.putIfAbsent(partition.partition(), partition);
            pending = true;
        }
    }
}
