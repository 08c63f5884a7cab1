package io.portask.consumer;

import io.portask.broker.Broker;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.group.GroupConfig;
import io.portask.group.Subscription;
import io.portask.record.TopicPartition;
import io.portask.record.TopicPattern;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The consumer groups of a broker. Members of an ordered group share out whole partitions: what has the same key is processed in its
 * order, by one member at a time. Workers of a work queue share out messages, and answer for each. {@code docs/GROUPS.md} has the rules.
 *
 * <pre>{@code
 * try (GroupConsumer orders = Groups.of(broker).join(GroupOptions.of("billing", "orders"))) {
 *     orders.poll(Duration.ofSeconds(1)).forEach(this::bill);
 *     orders.commit();
 * }
 * try (QueueConsumer jobs = Groups.of(broker).work(QueueOptions.of("resizers", "images"))) {
 *     for (Delivery job : jobs.poll(10, Duration.ofSeconds(1))) {
 *         resize(job.message());
 *         jobs.ack(job);
 *     }
 * }
 * }</pre>
 *
 * <p>There is one for each broker, it ends with the broker, and any thread may use it. It has one thread, and one for work queues, and these only while a group has members.
 */
public final class Groups implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Groups.class);

    private static final long SWEEP_PERIOD_MS = 3_600_000;

    private final Broker broker;
    private final LongSupplier nowMs;
    private final Clock clock;
    private final GroupTimer timer;
    private final TopicCatalog catalog;
    private final Map<String, OrderedGroup> groups = new ConcurrentHashMap<>();
    private final Queues queues;
    private final GroupOverview overview;
    private final GroupMeters meters;
    private final GroupExpiry expiry;
    private final AtomicLong latestGeneration = new AtomicLong();
    private final Home home = new Home();

    /** When the timer runs the next time. */
    private volatile long scheduledMs = Long.MAX_VALUE;

    private volatile boolean closed;

    /** Used by the timer only. */
    private long sweptMs;

    private Groups(Broker broker) {
        this(
                broker,
                () -> System.nanoTime() / 1_000_000,
                Clock.systemUTC(),
                task -> new GroupThread(GroupThread.NAME, task),
                task -> new GroupThread(GroupThread.QUEUES_NAME, task));
    }

    /**
     * @param timers makes the timer of a task that says in how many milliseconds it wants to run next
     * @param queueTimers the same for work queues
     */
    Groups(
            Broker broker,
            LongSupplier nowMs,
            Clock clock,
            Function<LongSupplier, GroupTimer> timers,
            Function<LongSupplier, GroupTimer> queueTimers) {
        this.broker = broker;
        this.nowMs = nowMs;
        this.clock = clock;
        this.meters = new GroupMeters(broker);
        this.queues = new Queues(broker, clock, queueTimers, meters, home);
        this.overview = new GroupOverview(broker, groups, queues);
        this.expiry = new GroupExpiry(broker, clock, overview::delete);
        this.timer = timers.apply(this::onTime);
        this.catalog = new TopicCatalog(broker, nowMs, this::wakeNow, this::onTopics);
    }

    /** The groups of a broker. */
    public static Groups of(Broker broker) {
        return broker.service(Groups.class, Groups::new);
    }

    Broker broker() {
        return broker;
    }

    long nowMs() {
        return nowMs.getAsLong();
    }

    /**
     * Joins an ordered group, for a member that polls.
     *
     * @throws PortaskException as {@link #joinAsync}
     */
    public GroupConsumer join(GroupOptions options) {
        return join(options, new RebalanceListener() {});
    }

    /** As {@link #join(GroupOptions)}, and the listener is told of partitions that come and go. */
    public GroupConsumer join(GroupOptions options, RebalanceListener listener) {
        return GroupConsumer.join(this, options, listener);
    }

    /**
     * Joins an ordered group. The listener may be called before the stage completes.
     *
     * @return fails with {@link ErrorCode#INVALID_REQUEST} where other members have another assignor, {@link
     *     ErrorCode#GROUP_MODE_MISMATCH} where the name is that of another kind of group, {@link ErrorCode#OVERLOADED} where the group
     *     is full
     */
    public CompletionStage<GroupMember> joinAsync(GroupOptions options, GroupMemberListener listener) {
        return overview.checkOrdered(options.group())
                .thenCompose(nothing -> prepare(options.topics()))
                .thenApply(nothing -> enter(options, listener))
                .whenComplete((member, error) -> stopIfIdle());
    }

    /**
     * Works on a work queue, for a worker that polls.
     *
     * @throws PortaskException as {@link #workAsync}
     */
    public QueueConsumer work(QueueOptions options) {
        return QueueConsumer.join(this, options);
    }

    /**
     * Becomes a worker of a work queue. The listener is called once the worker has asked for messages.
     *
     * @return fails with {@link ErrorCode#INVALID_REQUEST} where other workers have other topics or another configuration, {@link
     *     ErrorCode#GROUP_MODE_MISMATCH} where the name is that of an ordered group with members, {@link ErrorCode#UNSUPPORTED_OPERATION} on a
     *     store that brokers share, as one does not know the workers of another
     */
    public CompletionStage<GroupWorker> workAsync(QueueOptions options, GroupWorkerListener listener) {
        return queues.joinAsync(options, listener, () -> prepare(options.topics()));
    }

    /** Completes when the topics are known, those created that are to be. */
    private CompletionStage<?> prepare(Subscription topics) {
        return createTopics(topics)
                .thenCompose(nothing -> catalog.watch())
                .thenCompose(nothing -> knowsTopics(topics) ? CompletableFuture.completedFuture(null) : catalog.look());
    }

    /** Creates what is subscribed to by name, where the broker creates topics by itself. Others may come later. */
    private CompletionStage<?> createTopics(Subscription topics) {
        if (!broker.config().autoCreateTopics()) {
            return CompletableFuture.completedFuture(null);
        }
        List<CompletableFuture<?>> creating = topics.patterns().stream()
                .filter(pattern -> pattern.isLiteral() && !catalog.topics().containsKey(pattern.text()))
                .<CompletableFuture<?>>map(
                        pattern -> broker.ensureTopicAsync(pattern.text()).toCompletableFuture())
                .toList();
        return CompletableFuture.allOf(creating.toArray(CompletableFuture<?>[]::new));
    }

    private boolean knowsTopics(Subscription topics) {
        return topics.patterns().stream()
                .filter(TopicPattern::isLiteral)
                .allMatch(pattern -> catalog.topics().containsKey(pattern.text()));
    }

    private GroupMember enter(GroupOptions options, GroupMemberListener listener) {
        while (true) {
            if (closed) {
                throw new PortaskException(ErrorCode.CLOSED, "The broker is closed");
            }
            OrderedGroup group = groups.computeIfAbsent(
                    options.group(),
                    name -> new OrderedGroup(
                            broker,
                            name,
                            GroupConfig.DEFAULT,
                            options.assignor(),
                            catalog.topics(),
                            Math.max(clock.millis(), latestGeneration.get()),
                            meters,
                            home));
            Membership membership = group.join(options, listener);
            if (membership != null) {
                expiry.onJoined(options.group());
                catalog.watch();
                tellTopics(group);
                if (closed) {
                    group.close();
                    continue;
                }
                return new GroupMember(group, membership);
            }
        }
    }

    /** Whoever tells other topics meanwhile tells the group before or after; either way it ends with the newest. */
    private void tellTopics(OrderedGroup group) {
        Map<String, Integer> told;
        do {
            told = catalog.topics();
            group.onTopics(told);
        } while (!told.equals(catalog.topics()));
    }

    /** The names of all groups: those that have members or workers here, and those under whose name offsets were committed. */
    public CompletionStage<Set<String>> listAsync() {
        return expiry.sweep().thenCompose(nothing -> overview.list());
    }

    /**
     * How long groups are kept that have no members, and for which nothing is committed: 7 days unless set, and for ever on a store that brokers share, where one does
     * not know the members of another. It is looked at while other groups have members, and when groups are listed.
     *
     * @param time 0 for ever
     */
    public void expireAfter(Duration time) {
        if (time.isNegative()) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION, "expireAfter is " + time + "; allowed is 0 or more");
        }
        expiry.after(time);
    }

    /**
     * Members, offsets and lag.
     *
     * @return fails with {@link ErrorCode#INVALID_REQUEST} for a name without members and offsets
     */
    public CompletionStage<GroupDescription> describeAsync(String group) {
        return overview.describe(group);
    }

    /**
     * Forgets a group and its offsets. Changes nothing for one that is not known.
     *
     * @return fails with {@link ErrorCode#GROUP_MODE_MISMATCH} while it has members
     */
    public CompletionStage<@Nullable Void> deleteAsync(String group) {
        return overview.delete(group);
    }

    /**
     * Has a group go on elsewhere.
     *
     * @return where it goes on; fails with {@link ErrorCode#GROUP_MODE_MISMATCH} while one of the partitions is assigned to a member, {@link
     *     ErrorCode#UNKNOWN_TOPIC} and {@link ErrorCode#UNKNOWN_PARTITION} for those that are not there
     */
    public CompletionStage<Map<TopicPartition, Long>> resetAsync(String group, OffsetReset reset) {
        return overview.reset(group, reset);
    }

    private void stopIfIdle() {
        if (isIdle()) {
            wakeNow();
        }
    }

    private boolean isIdle() {
        return groups.isEmpty() && queues.isEmpty();
    }

    private void onTopics(Map<String, Integer> topics) {
        queues.onTopics(topics);
        forEachGroup(group -> group.onTopics(topics));
    }

    /** One group that fails does not keep the others from what they are to know. */
    private void forEachGroup(Consumer<OrderedGroup> action) {
        for (OrderedGroup group : groups.values()) {
            try {
                action.accept(group);
            } catch (RuntimeException e) {
                LOG.error("Group '{}' failed; the others go on", group.name, e);
            }
        }
    }

    /** @return in how many milliseconds to call again; below 0 where there is nothing to wait for */
    long onTime() {
        long now = nowMs();
        if (now - sweptMs >= SWEEP_PERIOD_MS) {
            sweptMs = now;
            expiry.sweep();
        }
        catalog.stopWatching(this::isIdle);
        catalog.onTime(now);
        forEachGroup(group -> group.onTime(now));
        scheduledMs = Long.MAX_VALUE;
        long next = catalog.nextDeadlineMs();
        for (OrderedGroup group : groups.values()) {
            next = Math.min(next, group.nextDeadlineMs());
        }
        scheduledMs = Math.min(scheduledMs, next);
        return next == Long.MAX_VALUE ? -1 : Math.max(0, next - nowMs());
    }

    private void wakeNow() {
        home.wakeBy(nowMs());
    }

    /** What groups see of this. */
    private final class Home implements OrderedGroup.Home, Queues.Home {
        @Override
        public long nowMs() {
            return Groups.this.nowMs();
        }

        @Override
        public void wakeBy(long deadlineMs) {
            if (deadlineMs < scheduledMs) {
                scheduledMs = deadlineMs;
                timer.wake();
            }
        }

        @Override
        public void doubtTopics() {
            catalog.lookSoon();
        }

        @Override
        public Map<String, Integer> topics() {
            return catalog.topics();
        }

        @Override
        public void onJoined(String group) {
            expiry.onJoined(group);
        }

        @Override
        public void onEnded(String group) {
            expiry.onEnded(group);
        }

        @Override
        public void onIdle() {
            stopIfIdle();
        }

        @Override
        public void onEnded(OrderedGroup group, long generation) {
            latestGeneration.accumulateAndGet(generation, Math::max);
            groups.remove(group.name, group);
        }

        @Override
        public void afterEnd(OrderedGroup group) {
            if (!closed) {
                expiry.onEnded(group.name);
            }
            timer.wake();
        }
    }

    /** Ends all memberships; their listeners are told. */
    @Override
    public void close() {
        closed = true;
        groups.values().forEach(OrderedGroup::close);
        queues.close();
        catalog.stopWatching(() -> true);
        timer.close();
    }
}
