package io.portask.group;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The state machine of one consumer group in partition mode. It follows the server-side reconciliation of Kafka's KIP-848: each change
 * of members, subscriptions or topics makes a new generation with a target assignment, and each member is led from what
 * it holds to its target by itself. A partition goes to its new owner once the former one confirmed that it gave it up, left, or was fenced;
 * nobody else stops meanwhile.
 *
 * <p>It has no thread, no clock and no network: time comes in with each call and never goes back, and what is to be told to whom comes out as a
 * {@link GroupUpdate}. The same calls have the same results. One thread at a time may call. Nothing survives the object; a
 * new one, after a restart or a takeover, begins with generations above all that were before, and members join it anew.
 *
 * <p>Requests may come twice, late and in any order: one that is not newer than the latest of its member has no effect.
 */
public final class GroupCoordinator {
    private final GroupConfig config;
    private final PartitionAssignor assignor;
    private final GroupMembers members;
    private final PartitionSlots slots;
    private final List<Departure> departures = new ArrayList<>();

    private Map<String, Integer> topics = Map.of();

    /** Those of the topics that somebody subscribes to. */
    private Map<String, Integer> subscribedTopics = Map.of();

    private GroupState state = GroupState.EMPTY;
    private long generation;
    private long nowMs = Long.MIN_VALUE;
    private long deadlineMs = Long.MAX_VALUE;
    private long rebalances;
    private long partitionsMoved;
    private long membersFenced;

    /** @param generationFloor all generations are above it */
    public GroupCoordinator(GroupConfig config, PartitionAssignor assignor, long generationFloor) {
        this.config = config;
        this.assignor = new CheckedAssignor(assignor);
        this.members = new GroupMembers(config);
        this.slots = new PartitionSlots(config.handoverTimeoutMs());
        this.generation = generationFloor;
    }

    /**
     * A member comes or changes its subscription. One that comes with the instance id of another takes its place and its
     * partitions, without a rebalance where it subscribes to the same; the other is fenced.
     *
     * @throws PortaskException {@link ErrorCode#INVALID_REQUEST} for ids and subscriptions beyond their bounds, {@link
     *     ErrorCode#OVERLOADED} when the group is full, {@link ErrorCode#UNKNOWN_MEMBER} or {@link ErrorCode#MEMBER_FENCED} when
     *     the member id is of one that is gone
     */
    public GroupUpdate join(JoinRequest request, long nowMs) {
        advance(nowMs);
        members.check(request);
        Member known = members.find(request.memberId());
        if (known == null) {
            return update(admit(request));
        }
        if (known.isAway()) {
            throw members.unknown(request.memberId());
        }
        if (isNewer(known, request.sequence()) && !known.subscription.equals(request.subscription())) {
            known.subscription = request.subscription();
            rebalance();
        }
        return update(known);
    }

    private Member admit(JoinRequest request) {
        Member member = new Member(request);
        Member predecessor = members.findInstance(request.instanceId());
        if (predecessor == null) {
            members.add(member);
        } else {
            depart(predecessor, MemberEvent.REPLACED);
            members.add(member);
            slots.inherit(predecessor, member);
        }
        member.sequence = request.sequence();
        heard(member);
        if (predecessor != null && predecessor.subscription.equals(request.subscription())) {
            member.topics = predecessor.topics;
            generation++;
            slots.reconcile(generation, nowMs);
        } else {
            rebalance();
        }
        member.joinedIn = generation;
        return member;
    }

    /**
     * A member lives, and says what it owns.
     *
     * @throws PortaskException {@link ErrorCode#UNKNOWN_MEMBER}: it gives up all it owns, and may join under a new id. {@link
     *     ErrorCode#MEMBER_FENCED}: another has its instance id; it gives up all it owns and does not come back
     */
    public GroupUpdate heartbeat(HeartbeatRequest request, long nowMs) {
        advance(nowMs);
        Member member = members.find(request.memberId());
        if (member == null || member.isAway() || request.generation() < member.joinedIn) {
            throw members.unknown(request.memberId());
        }
        if (request.revision() > member.revision()) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST,
                    "Revision " + request.revision() + " of the assignment does not exist; the latest is "
                            + member.revision());
        }
        if (isNewer(member, request.sequence()) && member.state() == MemberState.REVOKING) {
            reconcile(slots.releaseConfirmed(member, request));
        }
        return update(member);
    }

    private boolean isNewer(Member member, long sequence) {
        if (sequence <= member.sequence) {
            return false;
        }
        member.sequence = sequence;
        heard(member);
        return true;
    }

    /** A member leaves for good, and gave up all that it owned. */
    public GroupUpdate leave(String memberId, long nowMs) {
        advance(nowMs);
        Member member = members.find(memberId);
        if (member == null) {
            members.rememberDeparted(memberId, MemberEvent.LEFT);
        } else {
            depart(member, MemberEvent.LEFT);
            rebalance();
        }
        return update(null);
    }

    /**
     * A static member leaves for a restart, and gave up all that it owned. Its place is kept until its session ends: one that joins with
     * its instance id by then gets its partitions, and nobody else does.
     *
     * @throws PortaskException {@link ErrorCode#INVALID_REQUEST} for a member without an instance id
     */
    public GroupUpdate stepOut(String memberId, long nowMs) {
        advance(nowMs);
        Member member = members.find(memberId);
        if (member == null) {
            members.rememberDeparted(memberId, MemberEvent.STEPPED_OUT);
        } else if (member.instanceId == null) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST,
                    "Only a member with an instance id can step out; '" + memberId + "' has none");
        } else if (!member.isAway()) {
            member.on(MemberEvent.STEPPED_OUT);
            departures.add(new Departure(member.id, member.instanceId, MemberEvent.STEPPED_OUT));
            heard(member);
            reconcile(slots.releaseAll(member));
        }
        return update(null);
    }

    /**
     * The topics that there are, with how many partitions each has. A topic that was deleted and made again is only noticed when this is called in
     * between. Members whose subscriptions match a new topic join it.
     */
    public GroupUpdate onTopics(Map<String, Integer> partitionCounts, long nowMs) {
        advance(nowMs);
        topics = Map.copyOf(partitionCounts);
        slots.dropMissing(topics);
        if (!resolveSubscriptions().equals(subscribedTopics)) {
            rebalance();
        }
        return update(null);
    }

    /** Fences the members whose time is up. */
    public GroupUpdate onTime(long nowMs) {
        advance(nowMs);
        if (this.nowMs >= deadlineMs) {
            expire();
        }
        return update(null);
    }

    /**
     * When {@link #onTime} is to be called next, if nothing else is called before; {@link Long#MAX_VALUE} for never. It may turn out that
     * nothing is to be done yet.
     */
    public long nextDeadline() {
        return deadlineMs;
    }

    private void expire() {
        List<Member> here = List.copyOf(members.all());
        for (Member member : here) {
            if (member.sessionDeadlineMs <= nowMs) {
                depart(member, MemberEvent.SESSION_EXPIRED);
            } else if (member.handoverDeadlineMs() <= nowMs) {
                depart(member, MemberEvent.HANDOVER_EXPIRED);
            }
        }
        if (members.all().size() < here.size()) {
            rebalance();
        }
        deadlineMs = Long.MAX_VALUE;
        for (Member member : members.all()) {
            deadlineMs = Math.min(deadlineMs, Math.min(member.sessionDeadlineMs, member.handoverDeadlineMs()));
        }
    }

    /**
     * Whether a member may commit an offset of a partition: it owns it, or was told to give it up and did not confirm that yet, and
     * got it in this generation.
     *
     * @param grantGeneration of the member's {@link PartitionGrant}
     * @throws PortaskException {@link ErrorCode#UNKNOWN_MEMBER}, {@link ErrorCode#MEMBER_FENCED}, or {@link
     *     ErrorCode#STALE_GENERATION} when the member does not own the partition in that generation
     */
    public void checkCommit(String memberId, long grantGeneration, TopicPartition partition) {
        ErrorCode refusal = commitRefusal(memberId, grantGeneration, partition);
        if (refusal == ErrorCode.STALE_GENERATION) {
            throw new PortaskException(
                    refusal,
                    "Member '" + memberId + "' does not own " + partition + " by a grant of generation "
                            + grantGeneration + "; the group is at generation " + generation);
        }
        if (refusal != null) {
            throw members.unknown(memberId);
        }
    }

    /** As {@link #checkCommit}; null where the commit is allowed. */
    @Nullable
    ErrorCode commitRefusal(String memberId, long grantGeneration, TopicPartition partition) {
        Member member = members.find(memberId);
        if (member == null || member.isAway()) {
            return members.isFenced(memberId) ? ErrorCode.MEMBER_FENCED : ErrorCode.UNKNOWN_MEMBER;
        }
        Slot slot = slots.find(partition);
        boolean owned = slot != null && slot.holder == member && slot.grantedIn == grantGeneration;
        return owned ? null : ErrorCode.STALE_GENERATION;
    }

    /** The error of all requests of a member that is gone or away. */
    public PortaskException goneError(String memberId) {
        return members.unknown(memberId);
    }

    /** Who may commit offsets of a partition now. */
    public Optional<String> owner(TopicPartition partition) {
        return Optional.ofNullable(slots.find(partition))
                .flatMap(slot -> Optional.ofNullable(slot.holder))
                .map(holder -> holder.id);
    }

    /** Whether a partition is owned, or is to be owned by somebody. */
    public boolean isAssigned(TopicPartition partition) {
        return slots.find(partition) != null;
    }

    /** Of a static member that is there, or whose place is kept. */
    public Optional<String> instanceId(String memberId) {
        return Optional.ofNullable(members.find(memberId)).map(member -> member.instanceId);
    }

    /** What each member may own now, for descriptions. */
    public List<MemberAssignment> assignments() {
        return members.all().stream()
                .map(member -> member.assignment(generation))
                .toList();
    }

    public GroupStats stats() {
        return new GroupStats(
                state, generation, members.all().size(), slots.size(), rebalances, partitionsMoved, membersFenced);
    }

    private void advance(long now) {
        nowMs = Math.max(nowMs, now);
    }

    private void heard(Member member) {
        member.sessionDeadlineMs =
                nowMs + (member.sessionTimeoutMs > 0 ? member.sessionTimeoutMs : config.sessionTimeoutMs());
        deadlineMs = Math.min(deadlineMs, member.sessionDeadlineMs);
    }

    private void depart(Member member, MemberEvent cause) {
        member.on(cause);
        membersFenced += member.state() == MemberState.FENCED ? 1 : 0;
        slots.releaseAll(member);
        members.remove(member, cause);
        departures.add(new Departure(member.id, member.instanceId, cause));
    }

    private void rebalance() {
        generation++;
        rebalances++;
        subscribedTopics = resolveSubscriptions();
        List<Member> ordered = members.ordered();
        List<MemberSubscription> subscriptions = new ArrayList<>(ordered.size());
        for (Member member : ordered) {
            List<TopicPartition> current =
                    member.targets.stream().map(slot -> slot.partition).toList();
            subscriptions.add(new MemberSubscription(member.id, member.topics, current));
        }
        partitionsMoved += slots.retarget(ordered, assignor.assign(subscriptions, subscribedTopics));
        slots.reconcile(generation, nowMs);
    }

    /** Finds the topics of each member; those that subscribe alike share one set. */
    private Map<String, Integer> resolveSubscriptions() {
        Map<Subscription, Set<String>> resolved = new HashMap<>();
        Map<String, Integer> subscribed = new HashMap<>();
        for (Member member : members.all()) {
            member.topics = resolved.computeIfAbsent(member.subscription, each -> each.resolve(topics.keySet()));
            for (String topic : member.topics) {
                subscribed.put(topic, topics.get(topic));
            }
        }
        return subscribed;
    }

    private void reconcile(Collection<Slot> released) {
        for (Slot slot : released) {
            slots.reconcile(slot, generation, nowMs);
        }
    }

    /** Ends a call: changed assignments get their next revision, states follow. */
    private GroupUpdate update(@Nullable Member caller) {
        List<MemberAssignment> changed = new ArrayList<>();
        for (Member member : slots.affected()) {
            if (!members.contains(member) || member.isAway()) {
                continue;
            }
            if (slots.isRevised(member)) {
                member.revise();
                deadlineMs = Math.min(deadlineMs, member.handoverDeadlineMs());
            }
            member.settle();
            if (slots.isRevised(member) && member != caller) {
                changed.add(member.assignment(generation));
            }
        }
        if (!slots.affected().isEmpty() || !departures.isEmpty()) {
            settle();
        }
        slots.forgetChanges();
        List<Departure> departed = List.copyOf(departures);
        departures.clear();
        return new GroupUpdate(
                Optional.ofNullable(caller).map(member -> member.assignment(generation)), changed, departed);
    }

    private void settle() {
        if (members.all().isEmpty()) {
            on(GroupEvent.EMPTIED);
        } else {
            on(members.all().stream().allMatch(Member::isSettled) ? GroupEvent.SETTLED : GroupEvent.UNSETTLED);
        }
    }

    private void on(GroupEvent event) {
        state = GroupTransitions.GROUP.next(state, event);
    }
}
