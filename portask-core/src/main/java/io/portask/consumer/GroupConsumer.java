package io.portask.consumer;

import io.portask.broker.Blocking;
import io.portask.broker.Cursor;
import io.portask.broker.MessageReader;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.ReceivedMessage;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A member of an ordered group that polls. It has no thread and reads nothing ahead: polling is also its sign of life. One thread at a time polls and commits;
 * {@link #close()} may come from any, and ends a poll that waits.
 *
 * <p>Whoever does not poll for the session timeout is fenced: others get its partitions, from the offsets that it committed. {@link #commit()} then fails with
 * {@link ErrorCode#UNKNOWN_MEMBER}; the next poll tells the {@link RebalanceListener#onLost listener}, joins again as a new member, and goes on with what that
 * one gets. Where another consumer came with the same instance id, polls and commits fail with {@link ErrorCode#MEMBER_FENCED} for good.
 *
 * <p>What goes to another member is not among what polls return any more, and is given up when the application is done with what it
 * was given: with the next poll or {@link #commit()}.
 */
public final class GroupConsumer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GroupConsumer.class);
    private static final int HEARTBEATS_PER_SESSION = 4;

    /** A partition that is read: by which grant, how far it was polled, and how far that was committed. */
    private static final class Position {
        private final long generation;
        private volatile long next;
        private long committed;

        Position(AssignedPartition assigned) {
            this.generation = assigned.generation();
            this.next = assigned.startOffset();
            this.committed = assigned.startOffset();
        }
    }

    private final Groups groups;
    private final GroupOptions options;
    private final RebalanceListener listener;
    private final MessageReader reader;
    private final Semaphore signal = new Semaphore(0);
    private final Map<TopicPartition, Position> positions = new ConcurrentHashMap<>();
    private final long heartbeatMs;
    private volatile MemberEvents events;
    private volatile GroupMember member;
    private volatile boolean closed;
    private long heartbeatAtMs;
    private long autoCommitAtMs;
    private boolean rebalancing;

    private GroupConsumer(Groups groups, GroupOptions options, RebalanceListener listener) {
        this.groups = groups;
        this.options = options;
        this.listener = listener;
        this.reader = new MessageReader(groups.broker(), options.maxFetchBytes());
        this.heartbeatMs = options.sessionTimeout().toMillis() / HEARTBEATS_PER_SESSION;
        this.events = new MemberEvents(signal::release);
        try {
            this.member = Blocking.await(groups.joinAsync(options, events), GroupMember::leaveAsync);
        } catch (PortaskException e) {
            reader.close();
            throw e;
        }
        onJoined();
    }

    static GroupConsumer join(Groups groups, GroupOptions options, RebalanceListener listener) {
        return new GroupConsumer(groups, options, listener);
    }

    private void onJoined() {
        long now = groups.nowMs();
        heartbeatAtMs = now + heartbeatMs;
        autoCommitAtMs = now + autoCommitMs();
    }

    private long autoCommitMs() {
        Duration interval = options.autoCommit();
        return interval == null ? 0 : interval.toMillis();
    }

    /**
     * The next messages of one partition, in order; waits for the first of them.
     *
     * @return empty if none came in time
     * @throws PortaskException {@link ErrorCode#CLOSED} after close, {@link ErrorCode#MEMBER_FENCED} after another came with
     *     the same instance id, {@link ErrorCode#INTERRUPTED}, and whatever the store fails with
     */
    public List<ReceivedMessage> poll(Duration timeout) {
        long deadlineNs = System.nanoTime() + TimeUnit.NANOSECONDS.convert(timeout);
        commitIfDue();
        while (true) {
            checkOpen();
            attend();
            List<ReceivedMessage> messages = readNext();
            if (!messages.isEmpty()) {
                return messages;
            }
            if (reader.armAll() && !await(deadlineNs) && System.nanoTime() - deadlineNs >= 0) {
                return List.of();
            }
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new PortaskException(ErrorCode.CLOSED, "The consumer is closed");
        }
    }

    /** Does what the group wants: a sign of life, giving up and taking partitions, joining again. */
    private void attend() {
        PortaskException fenced = events.fenced();
        if (fenced != null) {
            joinAgain(fenced);
        }
        giveUpRevoked();
        take(events.takeAssigned());
        long now = groups.nowMs();
        if (now >= heartbeatAtMs) {
            heartbeatAtMs = now + heartbeatMs;
            ask(() -> Blocking.await(member.heartbeatAsync()));
        }
    }

    /** What a member that is gone asks for is refused; the group told why, and attending goes by that. */
    private static void ask(Runnable request) {
        try {
            request.run();
        } catch (PortaskException e) {
            if (!isGone(e)) {
                throw e;
            }
        }
    }

    private static boolean isGone(PortaskException error) {
        return error.code() == ErrorCode.UNKNOWN_MEMBER
                || error.code() == ErrorCode.MEMBER_FENCED
                || error.code() == ErrorCode.CLOSED;
    }

    private void joinAgain(PortaskException fenced) {
        Set<TopicPartition> lost = Set.copyOf(positions.keySet());
        lost.forEach(reader::remove);
        positions.clear();
        if (!lost.isEmpty()) {
            call(() -> listener.onLost(lost));
        }
        if (fenced.code() != ErrorCode.UNKNOWN_MEMBER) {
            throw thrownHere(fenced);
        }
        LOG.info("A consumer of group '{}' joins again: {}", options.group(), fenced.getMessage());
        MemberEvents fresh = new MemberEvents(signal::release);
        member = Blocking.await(groups.joinAsync(options, fresh), GroupMember::leaveAsync);
        events = fresh;
        onJoined();
        if (closed) {
            member.leaveAsync();
        }
    }

    private void giveUpRevoked() {
        Set<TopicPartition> revoked = events.takeRevoked();
        if (revoked.isEmpty()) {
            return;
        }
        try {
            giveUp(revoked);
        } catch (RuntimeException e) {
            events.putBack(revoked);
            throw e;
        }
    }

    private void giveUp(Set<TopicPartition> revoked) {
        commitAutomatically();
        Set<TopicPartition> held = new HashSet<>(revoked);
        held.retainAll(positions.keySet());
        if (!held.isEmpty()) {
            call(() -> listener.onRevoked(held));
        }
        held.forEach(reader::remove);
        positions.keySet().removeAll(held);
        ask(() -> Blocking.await(member.releaseAsync(revoked)));
    }

    private void take(List<AssignedPartition> assigned) {
        Set<TopicPartition> taken = new HashSet<>();
        int next = 0;
        try {
            for (; next < assigned.size(); next++) {
                AssignedPartition each = assigned.get(next);
                if (open(each)) {
                    positions.put(each.partition(), new Position(each));
                    taken.add(each.partition());
                }
            }
        } finally {
            assigned.subList(next, assigned.size()).forEach(events::putBack);
            if (!taken.isEmpty()) {
                call(() -> listener.onAssigned(taken));
            }
        }
    }

    /** False where the topic was deleted meanwhile; the group will notice. */
    private boolean open(AssignedPartition assigned) {
        try {
            reader.add(Blocking.await(
                    groups.broker()
                            .openCursor(
                                    assigned.partition(),
                                    StartPosition.offset(assigned.startOffset()),
                                    null,
                                    signal::release),
                    Cursor::close));
            return true;
        } catch (PortaskException e) {
            if (e.code() == ErrorCode.UNKNOWN_TOPIC) {
                return false;
            }
            throw e;
        }
    }

    private void call(Runnable callback) {
        rebalancing = true;
        try {
            callback.run();
        } finally {
            rebalancing = false;
        }
    }

    /** Reads until there is something of a partition that is still this member's, or nothing at all. */
    private List<ReceivedMessage> readNext() {
        while (true) {
            MessageReader.Chunk chunk;
            try {
                chunk = reader.readNext();
            } catch (PortaskException e) {
                if (e.code() == ErrorCode.UNKNOWN_TOPIC && reader.removeDeleted() > 0) {
                    continue;
                }
                throw e;
            }
            List<ReceivedMessage> messages = chunk.messages();
            if (chunk.sizeInBytes() == 0 || (!messages.isEmpty() && isTaken(messages))) {
                return messages;
            }
            if (events.isPending()) {
                return List.of();
            }
        }
    }

    /** Moves the position past the messages, unless their partition is on its way to another member. */
    private boolean isTaken(List<ReceivedMessage> messages) {
        ReceivedMessage last = messages.get(messages.size() - 1);
        TopicPartition partition = new TopicPartition(last.topic(), last.partition());
        Position position = positions.get(partition);
        if (position == null || events.isRevoked(partition)) {
            return false;
        }
        position.next = last.offset() + 1;
        return true;
    }

    /** Whether it was woken before the time was up, or before the next heartbeat. */
    private boolean await(long deadlineNs) {
        long waitNs = Math.min(
                deadlineNs - System.nanoTime(),
                TimeUnit.MILLISECONDS.toNanos(Math.max(1, heartbeatAtMs - groups.nowMs())));
        try {
            boolean woken = signal.tryAcquire(waitNs, TimeUnit.NANOSECONDS);
            signal.drainPermits();
            return woken;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PortaskException(ErrorCode.INTERRUPTED, "Interrupted while polling", e);
        }
    }

    private void commitIfDue() {
        if (options.autoCommit() != null && groups.nowMs() >= autoCommitAtMs) {
            autoCommitAtMs = groups.nowMs() + autoCommitMs();
            commitAutomatically();
        }
    }

    /** Commits what is still this member's; a partition may have gone with its topic. */
    private void commitAutomatically() {
        if (options.autoCommit() == null) {
            return;
        }
        try {
            ask(() -> commitPositions(positions.keySet()));
        } catch (PortaskException e) {
            throwUnlessGone(e);
            for (TopicPartition partition : Set.copyOf(positions.keySet())) {
                try {
                    ask(() -> commitPositions(Set.of(partition)));
                } catch (PortaskException single) {
                    throwUnlessGone(single);
                }
            }
        }
    }

    private static void throwUnlessGone(PortaskException error) {
        if (error.code() != ErrorCode.STALE_GENERATION && error.code() != ErrorCode.UNKNOWN_TOPIC) {
            throw error;
        }
    }

    /**
     * Commits the positions of all partitions that this member has, waits for it, and gives up those that go to others. All that polls
     * returned is to be done.
     *
     * @throws PortaskException {@link ErrorCode#UNKNOWN_MEMBER} or {@link ErrorCode#MEMBER_FENCED}: nothing was committed, others
     *     have the partitions; {@link ErrorCode#STALE_GENERATION} or {@link ErrorCode#UNKNOWN_TOPIC}:
     *     nothing was committed, one of the topics was deleted
     */
    public void commit() {
        checkOpen();
        commitPositions(positions.keySet());
        if (!rebalancing) {
            giveUpRevoked();
        }
    }

    /** Commits offsets of one's own choice, of partitions that this member has, and waits for it. Gives up nothing. */
    public void commit(Map<TopicPartition, Long> offsets) {
        checkOpen();
        List<GroupOffset> chosen = new ArrayList<>();
        offsets.forEach((partition, offset) -> {
            Position position = positions.get(partition);
            if (position == null) {
                throw new PortaskException(
                        ErrorCode.STALE_GENERATION,
                        "This member of group '" + options.group() + "' does not have " + partition);
            }
            chosen.add(new GroupOffset(partition, position.generation, offset));
        });
        Blocking.await(member.commitAsync(chosen));
    }

    private void commitPositions(Set<TopicPartition> partitions) {
        PortaskException fenced = events.fenced();
        if (fenced != null) {
            throw thrownHere(fenced);
        }
        Map<Position, Long> advanced = new HashMap<>();
        List<GroupOffset> offsets = new ArrayList<>();
        positions.forEach((partition, position) -> {
            long next = position.next;
            if (next != position.committed && partitions.contains(partition)) {
                advanced.put(position, next);
                offsets.add(new GroupOffset(partition, position.generation, next));
            }
        });
        if (!offsets.isEmpty()) {
            Blocking.await(member.commitAsync(offsets));
            advanced.forEach((position, next) -> position.committed = next);
        }
    }

    /** A new exception, so that the stack trace shows the caller. */
    private static PortaskException thrownHere(PortaskException fenced) {
        return new PortaskException(fenced.code(), String.valueOf(fenced.getMessage()), fenced);
    }

    /** For each partition that this member has, the offset after the last message that a poll returned. */
    public Map<TopicPartition, Long> positions() {
        Map<TopicPartition, Long> next = new TreeMap<>();
        positions.forEach((partition, position) -> next.put(partition, position.next));
        return next;
    }

    /** The partitions that this member reads. */
    public Set<TopicPartition> assignment() {
        Set<TopicPartition> read = new HashSet<>(positions.keySet());
        read.removeIf(events::isRevoked);
        return read;
    }

    /** Of this membership; another after the consumer joined again. */
    public String memberId() {
        return member.id();
    }

    /**
     * Ends the membership; what was polled and not committed goes to others again, unless commits are automatic. The place of a
     * static member is kept until its session ends.
     */
    @Override
    public void close() {
        end(options.instanceId() != null);
    }

    /** As {@link #close()}, but a static member leaves for good: others get its partitions at once. */
    public void leave() {
        end(false);
    }

    private void end(boolean keepsPlace) {
        synchronized (signal) {
            if (closed) {
                return;
            }
            closed = true;
        }
        signal.release();
        try {
            commitAutomatically();
        } finally {
            reader.close();
            GroupMember leaving = member;
            ask(() -> Blocking.await(keepsPlace ? leaving.stepOutAsync() : leaving.leaveAsync()));
        }
    }
}
