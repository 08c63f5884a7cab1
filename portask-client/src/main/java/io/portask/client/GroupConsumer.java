package io.portask.client;

import io.portask.consumer.AssignedPartition;
import io.portask.consumer.GroupOffset;
import io.portask.consumer.MemberEvents;
import io.portask.consumer.RebalanceListener;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.ReceivedMessage;
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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A member of an ordered group that polls, as the in-process consumer of that name is, and one group with its like. Polling is its sign of life. One thread at a
 * time polls and commits; {@link #close()} may come from any, and ends a poll that waits.
 *
 * <p>A membership lasts no longer than the connection. When that is lost, or when nobody polled for the session timeout, others get the partitions, from the
 * offsets that were committed; a static member's wait for it until its session ends. {@link #commit()} then fails with {@link ErrorCode#UNKNOWN_MEMBER}; the next
 * poll tells {@link RebalanceListener#onLost}, joins again as a new member, and goes on with what that one gets. Where another consumer came with
 * the same instance id, polls and commits fail with {@link ErrorCode#MEMBER_FENCED} for good.
 *
 * <p>What goes to another member is not among what polls return any more, and is given up when the application is done with what it
 * was given: with the next poll or {@link #commit()}.
 */
public final class GroupConsumer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GroupConsumer.class);
    private static final int HEARTBEATS_PER_SESSION = 4;
    private static final int RETRY_MS = 200;

    /** A partition that is read: by which grant, and how far it was committed. */
    private static final class Position {
        private final PartitionSubscription subscription;
        private final long generation;
        private long committed;

        Position(PartitionSubscription subscription, AssignedPartition assigned) {
            this.subscription = subscription;
            this.generation = assigned.generation();
            this.committed = assigned.startOffset();
        }

        long next() {
            return subscription.position();
        }
    }

    private final PortaskClient client;
    private final ClientConductor conductor;
    private final ClientLoop loop;
    private final GroupConsumerConfig config;
    private final RebalanceListener listener;
    private final Runnable onClose;
    private final ChunkFeed feed = new ChunkFeed();
    private final Map<TopicPartition, Position> positions = new ConcurrentHashMap<>();
    private final AtomicBoolean woken = new AtomicBoolean();
    private final AtomicBoolean closing = new AtomicBoolean();
    private final long heartbeatNs;
    private volatile MemberEvents events;
    private volatile ClientMembership membership;
    private long heartbeatAtNs;
    private long autoCommitAtNs;
    private boolean rebalancing;

    /** Why it could not join again, as the application knows. */
    private @Nullable PortaskException thrown;

    private GroupConsumer(
            PortaskClient client,
            ClientConductor conductor,
            ClientLoop loop,
            GroupConsumerConfig config,
            RebalanceListener listener,
            Runnable onClose) {
        this.client = client;
        this.conductor = conductor;
        this.loop = loop;
        this.config = config;
        this.listener = listener;
        this.onClose = onClose;
        this.heartbeatNs = TimeUnit.MILLISECONDS.toNanos(config.sessionTimeoutMs()) / HEARTBEATS_PER_SESSION;
        this.events = new MemberEvents(feed::wakeup);
        this.membership = new ClientMembership(conductor, loop, config, events);
    }

    static GroupConsumer join(
            PortaskClient client,
            ClientConductor conductor,
            ClientLoop loop,
            GroupConsumerConfig config,
            RebalanceListener listener,
            Runnable onClose) {
        GroupConsumer consumer = new GroupConsumer(client, conductor, loop, config, listener, onClose);
        try {
            consumer.begin(0);
            Blocking.await(loop, consumer.membership.joined());
        } catch (RuntimeException e) {
            consumer.membership.leave(config.instanceId() != null);
            consumer.feed.close();
            throw e;
        }
        return consumer;
    }

    private void begin(long delayMs) {
        long now = System.nanoTime();
        heartbeatAtNs = now + heartbeatNs;
        autoCommitAtNs = now + autoCommitNs();
        membership.begin(delayMs);
        if (client.isClosed()) {
            membership.abandon();
        }
    }

    private long autoCommitNs() {
        Duration interval = config.autoCommit();
        return interval == null ? 0 : Blocking.nanosOf(interval);
    }

    /**
     * The next messages of one partition, in order, at most {@link GroupConsumerConfig#maxPollMessages()}; waits for the first of them.
     *
     * @return empty if none came in time, or after {@link #wakeup()}
     * @throws PortaskException {@link ErrorCode#CLOSED} after close, {@link ErrorCode#MEMBER_FENCED} after another came with
     *     the same instance id, {@link ErrorCode#INTERRUPTED}, which loses nothing, {@link ErrorCode#CORRUPT_BATCH} naming the
     *     place, again at each poll, and what else ended the reading or keeps it from joining again
     */
    public List<ReceivedMessage> poll(Duration timeout) {
        long deadlineNs = System.nanoTime() + Blocking.nanosOf(timeout);
        commitIfDue();
        while (true) {
            attend();
            long now = System.nanoTime();
            long waitNs = Math.max(0, Math.min(deadlineNs - now, heartbeatAtNs - now));
            ChunkFeed.Run run = feed.next(config.maxPollMessages(), waitNs, this::isRead);
            if (run != null && isRead(run.subscription())) {
                run.subscription().position(run.nextPosition());
                return run.messages();
            }
            if (woken.compareAndSet(true, false) || System.nanoTime() - deadlineNs >= 0) {
                return List.of();
            }
        }
    }

    /** Whether its messages are for this member: not those of a topic that was deleted, and of what goes or went to others. */
    private boolean isRead(PartitionSubscription subscription) {
        TopicPartition partition = subscription.partition();
        Position position = positions.get(partition);
        PortaskException failure = subscription.failure();
        return position != null
                && position.subscription == subscription
                && !events.isRevoked(partition)
                && (failure == null || failure.code() != ErrorCode.UNKNOWN_TOPIC);
    }

    private void checkOpen() {
        if (closing.get()) {
            throw new PortaskException(ErrorCode.CLOSED, "The consumer is closed");
        }
    }

    /** Does what the group wants: a sign of life, giving up and taking partitions, joining again. */
    private void attend() {
        checkOpen();
        PortaskException fenced = events.fenced();
        if (fenced != null) {
            joinAgain(fenced);
        }
        giveUpRevoked();
        take(events.takeAssigned());
        long now = System.nanoTime();
        if (now - heartbeatAtNs >= 0) {
            heartbeatAtNs = now + heartbeatNs;
            membership.beat(Set.of());
        }
    }

    private void joinAgain(PortaskException fenced) {
        Set<TopicPartition> lost = Set.copyOf(positions.keySet());
        lost.forEach(this::stopReading);
        if (!lost.isEmpty()) {
            call(() -> listener.onLost(lost));
        }
        if (isToBeThrown(fenced)) {
            thrown = fenced;
            throw Blocking.asThrownHere(fenced);
        }
        LOG.info("A consumer of group '{}' joins again: {}", config.group(), fenced.getMessage());
        boolean pause = !membership.hasJoined();
        MemberEvents fresh = new MemberEvents(feed::wakeup);
        membership = new ClientMembership(conductor, loop, config, fresh);
        events = fresh;
        begin(pause ? RETRY_MS : 0);
        if (closing.get()) {
            membership.leave(config.instanceId() != null);
        }
    }

    /** What the next server, or this one later, may not refuse any more is thrown once; the poll after it joins again. */
    private boolean isToBeThrown(PortaskException fenced) {
        return switch (fenced.code()) {
            case MEMBER_FENCED, CLOSED -> true;
            case UNKNOWN_MEMBER -> false;
            default -> !fenced.code().retriable() && !fenced.equals(thrown);
        };
    }

    private void stopReading(TopicPartition partition) {
        Position position = positions.remove(partition);
        if (position != null) {
            position.subscription.close();
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
        held.forEach(this::stopReading);
        membership.beat(revoked);
    }

    private void take(List<AssignedPartition> assigned) {
        Set<TopicPartition> taken = new HashSet<>();
        for (AssignedPartition each : assigned) {
            TopicPartition partition = each.partition();
            PartitionSubscription subscription = new PartitionSubscription(
                    conductor, loop, partition, config.reading(partition.topic(), each.startOffset()), feed.queue());
            positions.put(partition, new Position(subscription, each));
            subscription.beginAt(each.startOffset());
            if (closing.get()) {
                stopReading(partition);
            }
            taken.add(partition);
        }
        if (!taken.isEmpty()) {
            call(() -> listener.onAssigned(taken));
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

    private void commitIfDue() {
        if (config.autoCommit() != null && System.nanoTime() - autoCommitAtNs >= 0) {
            autoCommitAtNs = System.nanoTime() + autoCommitNs();
            commitAutomatically();
        }
    }

    /** Commits what is still this member's; a partition may have gone with its topic, the membership with its connection. */
    private void commitAutomatically() {
        if (config.autoCommit() != null && !tryToCommit(positions.keySet())) {
            Set.copyOf(positions.keySet()).forEach(partition -> tryToCommit(Set.of(partition)));
        }
    }

    /** False where one of the partitions is not this member's any more, and the others may be. */
    private boolean tryToCommit(Set<TopicPartition> partitions) {
        try {
            commitPositions(partitions);
            return true;
        } catch (PortaskException e) {
            return switch (e.code()) {
                case STALE_GENERATION, UNKNOWN_TOPIC -> false;
                case UNKNOWN_MEMBER, MEMBER_FENCED, CONNECTION_LOST, CLOSED -> true;
                default -> throw e;
            };
        }
    }

    /**
     * Commits the positions of all partitions that this member has, waits for it, and gives up those that go to others. All that polls
     * returned is to be done.
     *
     * @throws PortaskException {@link ErrorCode#UNKNOWN_MEMBER} or {@link ErrorCode#MEMBER_FENCED}: nothing was committed, others
     *     have the partitions; {@link ErrorCode#STALE_GENERATION} or {@link ErrorCode#UNKNOWN_TOPIC}: nothing was committed, one of
     *     the topics was deleted; {@link ErrorCode#CONNECTION_LOST}: it may have been committed, and others have the partitions
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
        checkMember();
        List<GroupOffset> chosen = new ArrayList<>();
        offsets.forEach((partition, offset) -> {
            Position position = positions.get(partition);
            if (position == null) {
                throw new PortaskException(
                        ErrorCode.STALE_GENERATION,
                        "This member of group '" + config.group() + "' does not have " + partition);
            }
            chosen.add(new GroupOffset(partition, position.generation, offset));
        });
        Blocking.await(loop, membership.commit(chosen));
    }

    private void checkMember() {
        PortaskException fenced = events.fenced();
        if (fenced != null) {
            throw Blocking.asThrownHere(fenced);
        }
    }

    private void commitPositions(Set<TopicPartition> partitions) {
        checkMember();
        Map<Position, Long> advanced = new HashMap<>();
        List<GroupOffset> offsets = new ArrayList<>();
        positions.forEach((partition, position) -> {
            long next = position.next();
            if (next != position.committed && partitions.contains(partition)) {
                advanced.put(position, next);
                offsets.add(new GroupOffset(partition, position.generation, next));
            }
        });
        if (!offsets.isEmpty()) {
            Blocking.await(loop, membership.commit(offsets));
            advanced.forEach((position, next) -> position.committed = next);
        }
    }

    /** For each partition that this member has, the offset after the last message that a poll returned. */
    public Map<TopicPartition, Long> positions() {
        Map<TopicPartition, Long> next = new TreeMap<>();
        positions.forEach((partition, position) -> next.put(partition, position.next()));
        return next;
    }

    /** The partitions that this member reads. */
    public Set<TopicPartition> assignment() {
        Set<TopicPartition> read = new HashSet<>(positions.keySet());
        read.removeIf(events::isRevoked);
        return read;
    }

    /** Of this membership; another after the consumer joined again, and empty while it does. */
    public String memberId() {
        return membership.memberId();
    }

    /** Makes a poll that waits, or else the next one, return. */
    public void wakeup() {
        woken.set(true);
        feed.wakeup();
    }

    /**
     * Ends the membership; what was polled and not committed goes to others again, unless commits are automatic. The place of a
     * static member is kept until its session ends.
     */
    @Override
    public void close() {
        end(config.instanceId() != null);
    }

    /** As {@link #close()}, but a static member leaves for good: others get its partitions at once. */
    public void leave() {
        end(false);
    }

    private void end(boolean keepsPlace) {
        if (!closing.compareAndSet(false, true)) {
            return;
        }
        onClose.run();
        feed.wakeup();
        try {
            commitAutomatically();
        } finally {
            positions.values().forEach(position -> position.subscription.close());
            feed.close();
            ClientMembership leaving = membership;
            leaving.leave(keepsPlace);
            // The loop of a client that is closed may not run any more.
            Blocking.await(
                    loop, leaving.left().completeOnTimeout(null, conductor.requestTimeoutMs(), TimeUnit.MILLISECONDS));
        }
    }
}
