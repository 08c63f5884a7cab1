package io.portask.group;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One membership: from a join under a new id until it leaves or is fenced. */
final class Member {
    final String id;
    final @Nullable String instanceId;

    /** What it is to own in this generation. */
    final Set<Slot> targets = new LinkedHashSet<>();

    /** What it owns or has not confirmed yet that it gave it up. */
    final Set<Slot> held = new LinkedHashSet<>();

    Subscription subscription;

    /** The existing topics that it subscribes to. */
    Set<String> topics = Set.of();

    /** The generation in which the membership began. */
    long joinedIn;

    /** Of its latest request. */
    long sequence;

    /** 0 for the group's. */
    long sessionTimeoutMs;

    long sessionDeadlineMs;

    private MemberState state = MemberState.JOINING;
    private long revision;
    private List<PartitionGrant> grants = List.of();

    Member(JoinRequest request) {
        this.id = request.memberId();
        this.instanceId = request.instanceId();
        this.subscription = request.subscription();
        this.sessionTimeoutMs = request.sessionTimeoutMs();
    }

    MemberState state() {
        return state;
    }

    long revision() {
        return revision;
    }

    /** What orders members for assignors: static members keep their place over restarts. */
    String orderingId() {
        return instanceId == null ? id : instanceId;
    }

    boolean isAway() {
        return state == MemberState.AWAY;
    }

    boolean isSettled() {
        return state == MemberState.STABLE || isAway();
    }

    void on(MemberEvent event) {
        state = GroupTransitions.MEMBER.next(state, event);
    }

    /** Makes the next revision of the assignment, of what is held and was not revoked. */
    void revise() {
        List<PartitionGrant> granted = new ArrayList<>(held.size());
        for (Slot slot : held) {
            if (!slot.isRevoked()) {
                granted.add(new PartitionGrant(slot.partition, slot.grantedIn));
            }
        }
        granted.sort(Comparator.comparing(PartitionGrant::partition));
        grants = List.copyOf(granted);
        revision++;
    }

    /** Tells the state what is left to do. */
    void settle() {
        if (held.stream().anyMatch(Slot::isRevoked)) {
            on(MemberEvent.REVOKED);
        } else if (held.containsAll(targets)) {
            on(MemberEvent.SETTLED);
        } else {
            on(MemberEvent.BLOCKED);
        }
    }

    /** By when it has to confirm the first of what it has to give up; {@link Long#MAX_VALUE} where there is nothing. */
    long handoverDeadlineMs() {
        long deadline = Long.MAX_VALUE;
        for (Slot slot : held) {
            if (slot.isRevoked()) {
                deadline = Math.min(deadline, slot.handoverDeadlineMs);
            }
        }
        return deadline;
    }

    MemberAssignment assignment(long generation) {
        return new MemberAssignment(id, generation, revision, state, grants);
    }
}
