package io.portask.group;

import io.portask.record.TopicPartition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who is to own a group's partitions, who holds them, and the way from the one to the other: what somebody holds who is not to
 * own it is revoked; what nobody holds is granted to the one who is to own it.
 */
final class PartitionSlots {
    private final long handoverTimeoutMs;
    private final Map<TopicPartition, Slot> slots = new HashMap<>();

    /** Members whose assignment changed since {@link #forgetChanges}. */
    private final Set<Member> revised = new HashSet<>();

    /** These, and members who may have more or less left to do since then. */
    private final Set<Member> affected = new LinkedHashSet<>();

    PartitionSlots(long handoverTimeoutMs) {
        this.handoverTimeoutMs = handoverTimeoutMs;
    }

    @Nullable
    Slot find(TopicPartition partition) {
        return slots.get(partition);
    }

    int size() {
        return slots.size();
    }

    boolean isRevised(Member member) {
        return revised.contains(member);
    }

    Set<Member> affected() {
        return affected;
    }

    void forgetChanges() {
        revised.clear();
        affected.clear();
    }

    /** Drops the partitions that are no more. Who held them had nothing to confirm. */
    void dropMissing(Map<String, Integer> partitionCounts) {
        slots.values().removeIf(slot -> {
            boolean missing = slot.partition.partition() >= partitionCounts.getOrDefault(slot.partition.topic(), 0);
            if (missing && slot.holder != null) {
                slot.holder.held.remove(slot);
                revise(slot.holder);
            }
            return missing;
        });
    }

    /**
     * Takes over what an assignor decided.
     *
     * @return how many partitions changed from one member to another
     */
    int retarget(Collection<Member> members, Map<String, List<TopicPartition>> assignment) {
        Map<Slot, Member> before = new HashMap<>();
        for (Slot slot : slots.values()) {
            if (slot.target != null) {
                before.put(slot, slot.target);
                slot.target = null;
            }
        }
        int moved = 0;
        for (Member member : members) {
            member.targets.clear();
            for (TopicPartition partition : assignment.getOrDefault(member.id, List.of())) {
                Slot slot = slots.computeIfAbsent(partition, Slot::new);
                slot.target = member;
                member.targets.add(slot);
                moved += before.getOrDefault(slot, member) == member ? 0 : 1;
            }
            affected.add(member);
        }
        return moved;
    }

    /** Makes a member the one that is to own what another was to own. */
    void inherit(Member from, Member to) {
        to.targets.addAll(from.targets);
        for (Slot slot : to.targets) {
            slot.target = to;
        }
        affected.add(to);
    }

    /** Goes from who holds the partitions to who is to own them, as far as it goes now. */
    void reconcile(long generation, long nowMs) {
        for (Slot slot : List.copyOf(slots.values())) {
            reconcile(slot, generation, nowMs);
        }
    }

    void reconcile(Slot slot, long generation, long nowMs) {
        Member holder = slot.holder;
        Member target = slot.target;
        if (holder == null) {
            if (target == null) {
                slots.remove(slot.partition);
            } else if (!target.isAway()) {
                grant(slot, target, generation);
            }
        } else if (holder == target && slot.isRevoked()) {
            slot.revokedIn = 0;
            revise(holder);
        } else if (holder != target && !slot.isRevoked()) {
            slot.revokedIn = holder.revision() + 1;
            slot.handoverDeadlineMs = nowMs + handoverTimeoutMs;
            revise(holder);
        }
    }

    private void revise(Member member) {
        revised.add(member);
        affected.add(member);
    }

    private void grant(Slot slot, Member member, long generation) {
        slot.holder = member;
        slot.grantedIn = generation;
        member.held.add(slot);
        revise(member);
    }

    /** Takes all from a member that will not commit any more. */
    Collection<Slot> releaseAll(Member member) {
        List<Slot> released = List.copyOf(member.held);
        released.forEach(this::release);
        return released;
    }

    /** Takes from a member what it gave up. */
    Collection<Slot> releaseConfirmed(Member member, HeartbeatRequest heartbeat) {
        List<Slot> released = new ArrayList<>();
        for (Slot slot : member.held) {
            if (slot.isRevoked()
                    && slot.revokedIn <= heartbeat.revision()
                    && !heartbeat.owned().contains(slot.partition)) {
                released.add(slot);
            }
        }
        released.forEach(this::release);
        return released;
    }

    private void release(Slot slot) {
        Member holder = slot.holder;
        if (holder != null) {
            holder.held.remove(slot);
            affected.add(holder);
        }
        slot.holder = null;
        slot.revokedIn = 0;
    }
}
