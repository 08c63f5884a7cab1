package io.portask.consumer;

import io.portask.group.HeartbeatRequest;
import io.portask.group.MemberAssignment;
import io.portask.group.PartitionGrant;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a group knows of one member besides what its coordinator does: the partitions that the member was told of and did not release, and how far it was told.
 * Guarded by the lock of the group.
 */
final class Membership {
    /** One partition on its way to the member and back. */
    static final class Holding {
        enum State {
            /** The member may have it, and is told once it is known where to begin. */
            OPENING,
            /** The member was told that it has it. */
            OWNED,
            /** The member was told to release it. */
            REVOKED
        }

        final TopicPartition partition;
        final long generation;
        State state = State.OPENING;

        Holding(PartitionGrant grant) {
            this.partition = grant.partition();
            this.generation = grant.generation();
        }
    }

    /** What follows for the member from an assignment. */
    record Change(Set<TopicPartition> revoked, List<Holding> opening, boolean withdrawn) {}

    final String id;
    final GroupMemberListener listener;
    final StartPosition from;

    /** Calls of the listener. */
    final Mailbox notices = new Mailbox();

    private final Map<TopicPartition, Holding> holdings = new HashMap<>();
    private @Nullable MemberAssignment latest;
    private long sequence;

    /** No calls of the listener begin after it was set. */
    private volatile boolean silent;

    Membership(String id, GroupMemberListener listener, StartPosition from) {
        this.id = id;
        this.listener = listener;
        this.from = from;
    }

    long nextSequence() {
        return ++sequence;
    }

    HeartbeatRequest heartbeat() {
        MemberAssignment followed = latest;
        return new HeartbeatRequest(
                id,
                nextSequence(),
                followed == null ? 0 : followed.generation(),
                followed == null ? 0 : followed.revision(),
                holdings.keySet());
    }

    /** Goes from what the member holds to what it may own. Partitions that it still has to release are not given to it again before. */
    Change follow(MemberAssignment assignment) {
        latest = assignment;
        Map<TopicPartition, PartitionGrant> grants = new TreeMap<>();
        assignment.grants().forEach(grant -> grants.put(grant.partition(), grant));
        Set<TopicPartition> revoked = new TreeSet<>();
        boolean withdrawn = false;
        for (Iterator<Holding> held = holdings.values().iterator(); held.hasNext(); ) {
            Holding holding = held.next();
            PartitionGrant grant = grants.get(holding.partition);
            if (grant != null && grant.generation() == holding.generation) {
                continue;
            }
            if (holding.state == Holding.State.OPENING) {
                held.remove();
                withdrawn = true;
            } else if (holding.state == Holding.State.OWNED) {
                holding.state = Holding.State.REVOKED;
                revoked.add(holding.partition);
            }
        }
        List<Holding> opening = new ArrayList<>();
        for (PartitionGrant grant : grants.values()) {
            if (!holdings.containsKey(grant.partition())) {
                Holding holding = new Holding(grant);
                holdings.put(grant.partition(), holding);
                opening.add(holding);
            }
        }
        return new Change(revoked, opening, withdrawn);
    }

    void release(Collection<TopicPartition> partitions) {
        for (TopicPartition partition : partitions) {
            Holding holding = holdings.get(partition);
            if (holding != null && holding.state == Holding.State.REVOKED) {
                holdings.remove(partition);
            }
        }
    }

    /** Whether the member still is to have it, and was not told yet. */
    boolean isOpening(Holding holding) {
        return holdings.get(holding.partition) == holding && holding.state == Holding.State.OPENING;
    }

    /** What the member was told that it owns, and not to release it. */
    Set<TopicPartition> owned() {
        Set<TopicPartition> owned = new TreeSet<>();
        holdings.forEach((partition, holding) -> {
            if (holding.state == Holding.State.OWNED) {
                owned.add(partition);
            }
        });
        return owned;
    }

    long generation() {
        return latest == null ? 0 : latest.generation();
    }

    /** Has the listener called, after what was to be told before. */
    void tell(Runnable call) {
        notices.post(() -> {
            if (!silent) {
                call.run();
            }
        });
    }

    void silence() {
        silent = true;
    }
}
