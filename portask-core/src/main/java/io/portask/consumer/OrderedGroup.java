package io.portask.consumer;

import io.portask.broker.Broker;
import io.portask.broker.ConsumerClaim;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.group.Departure;
import io.portask.group.GroupConfig;
import io.portask.group.GroupCoordinator;
import io.portask.group.GroupState;
import io.portask.group.GroupStats;
import io.portask.group.GroupUpdate;
import io.portask.group.JoinRequest;
import io.portask.group.MemberAssignment;
import io.portask.group.MemberEvent;
import io.portask.group.PartitionAssignor;
import io.portask.record.TopicPartition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One ordered group with members: its coordinator, what its members were told, and what is under way to the store. Its lock is short; what
 * follows from a call is carried out after it, on the caller's thread or on the one that is at it already, in order for each member. Any thread.
 *
 * <p>A group lasts from its first member until the last is gone and nothing is under way. Its offsets stay in the store.
 */
final class OrderedGroup {
    /** What the groups of a broker do for each of them. */
    interface Home {
        long nowMs();

        /** The group is to be woken by then. */
        void wakeBy(long deadlineMs);

        /** A partition could not be opened; its topic may be gone. */
        void doubtTopics();

        /** The group has no member left. Called with its lock held. */
        void onEnded(OrderedGroup group, long generation);

        /** As {@link #onEnded}, later and without a lock. */
        void afterEnd(OrderedGroup group);
    }

    /** @param instanceIds of the static members, by their ids */
    record Snapshot(GroupStats stats, List<MemberAssignment> assignments, Map<String, String> instanceIds) {
        static final Snapshot EMPTY =
                new Snapshot(new GroupStats(GroupState.EMPTY, 0, 0, 0, 0, 0, 0), List.of(), Map.of());
    }

    private static final Logger LOG = LoggerFactory.getLogger(OrderedGroup.class);

    private record Opening(Membership member, List<Membership.Holding> holdings) {}

    private static final long RETRY_MS = 1_000;

    final String name;

    private final Home home;
    private final ConsumerClaim claim;
    private final PartitionOpener opener;
    private final GroupMeters meters;
    private final GroupMeters.Lags lags;
    private final String assignor;
    private final Object lock = new Object();
    private final GroupCoordinator coordinator;
    private final Map<String, Membership> members = new HashMap<>();
    private final PartitionBarrier barrier = new PartitionBarrier();

    /** Commits in the order in which they were checked. */
    private final Mailbox commits = new Mailbox();

    /** What to do once the lock is released. */
    private final Deque<Runnable> effects = new ArrayDeque<>();

    private final Deque<Membership> withdrawn = new ArrayDeque<>();
    private final List<Opening> failed = new ArrayList<>();
    private long retryAtMs = Long.MAX_VALUE;

    /** What the meters know. */
    private GroupStats counted;

    private boolean ended;

    OrderedGroup(
            Broker broker,
            String name,
            GroupConfig config,
            PartitionAssignor assignor,
            Map<String, Integer> topics,
            long generationFloor,
            GroupMeters meters,
            Home home) {
        this.name = name;
        this.home = home;
        this.assignor = assignor.name();
        this.claim = broker.claimConsumer(name);
        this.opener = new PartitionOpener(broker, name, claim);
        this.coordinator = new GroupCoordinator(config, assignor, generationFloor);
        this.meters = meters;
        this.lags = meters.new Lags(name);
        coordinator.onTopics(topics, home.nowMs());
        counted = coordinator.stats();
    }

    /** Null where the group has ended meanwhile. */
    @Nullable
    Membership join(GroupOptions options, GroupMemberListener listener) {
        return locked(() -> {
            if (ended) {
                return null;
            }
            if (!options.assignor().name().equals(assignor)) {
                throw new PortaskException(
                        ErrorCode.INVALID_REQUEST,
                        "Group '" + name + "' is shared out by the assignor '" + assignor + "', not '"
                                + options.assignor().name() + "', while it has members");
            }
            Membership member = new Membership(UUID.randomUUID().toString(), listener, options.from());
            members.put(member.id, member);
            try {
                apply(coordinator.join(
                        new JoinRequest(
                                member.id,
                                options.instanceId(),
                                options.topics(),
                                member.nextSequence(),
                                options.sessionTimeout().toMillis()),
                        home.nowMs()));
            } catch (PortaskException e) {
                members.remove(member.id);
                throw e;
            }
            return member;
        });
    }

    void heartbeat(Membership member) {
        locked(() -> apply(coordinator.heartbeat(member.heartbeat(), home.nowMs())));
    }

    void release(Membership member, Collection<TopicPartition> partitions) {
        locked(() -> {
            member.release(partitions);
            apply(coordinator.heartbeat(member.heartbeat(), home.nowMs()));
        });
    }

    CompletionStage<@Nullable Void> commit(Membership member, Collection<GroupOffset> offsets) {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        locked(() -> {
            Map<TopicPartition, Long> checked = new TreeMap<>();
            for (GroupOffset offset : offsets) {
                coordinator.checkCommit(member.id, offset.generation(), offset.partition());
                checked.put(offset.partition(), offset.offset());
            }
            store(checked, done);
        });
        return done;
    }

    /** Commits for nobody in particular what no member is to own. */
    CompletionStage<@Nullable Void> reset(Map<TopicPartition, Long> offsets) {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        locked(() -> {
            if (ended) {
                throw new PortaskException(
                        ErrorCode.GROUP_MODE_MISMATCH,
                        "The last member of group '" + name + "' is just leaving. Try again");
            }
            for (TopicPartition partition : offsets.keySet()) {
                if (coordinator.isAssigned(partition)) {
                    throw new PortaskException(
                            ErrorCode.GROUP_MODE_MISMATCH,
                            "Partition " + partition + " is assigned to a member of group '" + name
                                    + "'; only what no member reads can be reset");
                }
            }
            store(offsets, done);
        });
        return done;
    }

    private void store(Map<TopicPartition, Long> offsets, CompletableFuture<@Nullable Void> done) {
        barrier.begin(offsets.keySet());
        commits.post(() -> claim.commitAsync(offsets).whenComplete((nothing, error) -> {
            if (error == null) {
                carryOut(() -> lags.onCommitted(offsets));
            }
            endUnderWay(offsets.keySet());
            if (error == null) {
                done.complete(null);
            } else {
                done.completeExceptionally(PortaskException.of(error));
            }
        }));
        effects.add(commits::drain);
    }

    private void endUnderWay(Collection<TopicPartition> partitions) {
        locked(() -> effects.addAll(barrier.end(partitions)));
    }

    void leave(Membership member) {
        locked(() -> {
            member.silence();
            apply(coordinator.leave(member.id, home.nowMs()));
        });
    }

    /** As {@link #leave}; the place of a static member is kept. */
    void stepOut(Membership member) {
        locked(() -> {
            GroupUpdate update = coordinator.stepOut(member.id, home.nowMs());
            member.silence();
            apply(update);
        });
    }

    void onTopics(Map<String, Integer> topics) {
        locked(() -> apply(coordinator.onTopics(topics, home.nowMs())));
        lags.removeIf(partition -> partition.partition() >= topics.getOrDefault(partition.topic(), 0));
    }

    void onTime(long nowMs) {
        locked(() -> {
            apply(coordinator.onTime(nowMs));
            if (retryAtMs <= nowMs) {
                retryAtMs = Long.MAX_VALUE;
                List<Opening> again = List.copyOf(failed);
                failed.clear();
                again.forEach(opening -> open(opening.member, opening.holdings));
            }
        });
    }

    /** When {@link #onTime} is to be called next. */
    long nextDeadlineMs() {
        synchronized (lock) {
            return ended ? Long.MAX_VALUE : Math.min(coordinator.nextDeadline(), retryAtMs);
        }
    }

    /** Ends all memberships. */
    void close() {
        locked(() -> {
            PortaskException reason = new PortaskException(ErrorCode.CLOSED, "The broker is closed");
            for (Membership member : List.copyOf(members.values())) {
                member.tell(() -> member.listener.onFenced(reason));
                effects.add(member.notices::drain);
                coordinator.leave(member.id, home.nowMs());
            }
            members.clear();
            end();
        });
    }

    Set<TopicPartition> owned(Membership member) {
        return locked(member::owned);
    }

    long generation(Membership member) {
        return locked(member::generation);
    }

    /** Members and figures at one moment. */
    Snapshot snapshot() {
        synchronized (lock) {
            Map<String, String> instanceIds = new HashMap<>();
            for (MemberAssignment member : coordinator.assignments()) {
                coordinator.instanceId(member.memberId()).ifPresent(id -> instanceIds.put(member.memberId(), id));
            }
            return new Snapshot(coordinator.stats(), coordinator.assignments(), instanceIds);
        }
    }

    private void apply(GroupUpdate update) {
        update.departures().forEach(this::onDeparted);
        update.answer().ifPresent(this::follow);
        update.changed().forEach(this::follow);
        Membership member = withdrawn.poll();
        if (member != null) {
            apply(coordinator.heartbeat(member.heartbeat(), home.nowMs()));
        }
    }

    private void onDeparted(Departure departure) {
        Membership member = members.remove(departure.memberId());
        boolean byItself = departure.cause() == MemberEvent.LEFT || departure.cause() == MemberEvent.STEPPED_OUT;
        if (member != null && !byItself) {
            PortaskException reason = coordinator.goneError(departure.memberId());
            member.tell(() -> member.listener.onFenced(reason));
            effects.add(member.notices::drain);
        }
    }

    private void follow(MemberAssignment assignment) {
        Membership member = members.get(assignment.memberId());
        if (member == null) {
            return;
        }
        Membership.Change change = member.follow(assignment);
        if (!change.revoked().isEmpty()) {
            member.tell(() -> member.listener.onRevoked(change.revoked()));
            effects.add(member.notices::drain);
        }
        if (change.withdrawn()) {
            withdrawn.add(member);
        }
        open(member, change.opening());
    }

    /** Partitions for which nothing is under way are opened together, the others each when it has ended. */
    private void open(Membership member, List<Membership.Holding> holdings) {
        List<Membership.Holding> now = new ArrayList<>();
        for (Membership.Holding holding : holdings) {
            boolean waits = barrier.await(holding.partition, () -> locked(() -> open(member, List.of(holding))));
            if (!waits && member.isOpening(holding) && members.get(member.id) == member) {
                now.add(holding);
            }
        }
        if (now.isEmpty()) {
            return;
        }
        List<TopicPartition> partitions =
                now.stream().map(holding -> holding.partition).toList();
        barrier.begin(partitions);
        effects.add(() -> opener.open(partitions, member.from).whenComplete((starts, error) -> {
            if (error == null) {
                carryOut(() -> lags.onCommitted(starts));
            } else {
                LOG.info("Group '{}' cannot open {} now; it tries again", name, partitions, error);
            }
            locked(() -> onOpened(new Opening(member, now), error == null ? starts : Map.of()));
            endUnderWay(partitions);
        }));
    }

    private void onOpened(Opening opening, Map<TopicPartition, Long> starts) {
        Membership member = opening.member;
        List<AssignedPartition> assigned = new ArrayList<>();
        List<Membership.Holding> left = new ArrayList<>();
        for (Membership.Holding holding : opening.holdings) {
            Long start = starts.get(holding.partition);
            if (!member.isOpening(holding) || members.get(member.id) != member) {
                continue;
            }
            if (start == null) {
                left.add(holding);
            } else {
                holding.state = Membership.Holding.State.OWNED;
                assigned.add(new AssignedPartition(holding.partition, holding.generation, start));
            }
        }
        if (!assigned.isEmpty()) {
            member.tell(() -> member.listener.onAssigned(assigned));
            effects.add(member.notices::drain);
        }
        if (!left.isEmpty()) {
            failed.add(new Opening(member, left));
            retryAtMs = home.nowMs() + RETRY_MS;
            effects.add(home::doubtTopics);
        }
    }

    private void locked(Runnable action) {
        this.<@Nullable Void>locked(() -> {
            action.run();
            return null;
        });
    }

    /** Does something under the lock, then, without it, what follows from that. */
    private <T extends @Nullable Object> T locked(Supplier<T> action) {
        try {
            synchronized (lock) {
                return action.get();
            }
        } finally {
            carryOut();
        }
    }

    private void carryOut() {
        List<Runnable> following;
        long deadlineMs;
        GroupStats before;
        GroupStats now;
        synchronized (lock) {
            if (!ended && coordinator.stats().members() == 0 && barrier.isIdle()) {
                end();
            }
            deadlineMs = nextDeadlineMs();
            before = counted;
            now = coordinator.stats();
            counted = now;
            following = List.copyOf(effects);
            effects.clear();
        }
        carryOut(() -> meters.onChanged(before, now));
        following.forEach(this::carryOut);
        home.wakeBy(deadlineMs);
    }

    /** What fails, such as a meter that the registry does not take, keeps nothing else from being done. */
    private void carryOut(Runnable effect) {
        try {
            effect.run();
        } catch (RuntimeException e) {
            LOG.error("Group '{}': what follows from a change failed", name, e);
        }
    }

    private void end() {
        if (!ended) {
            ended = true;
            claim.close();
            effects.add(lags::close);
            effects.add(() -> home.afterEnd(this));
            home.onEnded(this, coordinator.stats().generation());
        }
    }
}
