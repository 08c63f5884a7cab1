package io.portask.consumer;

import io.portask.broker.ConsumerClaim;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.queue.DeliveryAnswer;
import io.portask.queue.QueueGroup;
import io.portask.queue.QueueKey;
import io.portask.queue.QueueMember;
import io.portask.queue.QueueMembers;
import io.portask.queue.QueuePartition;
import io.portask.record.TopicPartition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A work queue with workers: a group, the partitions that it is at, and who waits for what. It lasts from its first worker until the last is gone and all
 * that they did is stored. Belongs to the thread of the queues, but for what workers call.
 */
final class LiveQueue {
    private static final Logger LOG = LoggerFactory.getLogger(LiveQueue.class);
    private static final int MAX_ROUNDS = 8;

    final String name;
    final QueueOptions options;

    private final QueueServices services;
    private final QueueLoop loop;
    private final QueueShard shard;
    private final ConsumerClaim claim;
    private final QueueOpener opener;
    private final GroupMeters.Lags lags;
    private final LowCommits lows;
    private final QueueMembers members;
    private final QueueGroup core;
    private final Map<Integer, GroupWorker> workers = new HashMap<>();
    private final Map<TopicPartition, LivePartition> partitions = new HashMap<>();
    private final Map<QueuePartition, LivePartition> byCore = new HashMap<>();
    private final Set<TopicPartition> opening = new HashSet<>();

    /** Who has deliveries that it was not told of. */
    private final Set<GroupWorker> told = new LinkedHashSet<>();

    /** What the group is to work on. */
    private Set<TopicPartition> wanted = Set.of();

    /** Something of it may not be opened. */
    private boolean incomplete;

    /** Of what was to be opened together something failed. */
    private boolean singly;

    /** Who waits for the group's end. */
    private final List<Runnable> awaitingEnd = new ArrayList<>();

    private long openAtMs;
    private boolean touched;
    private boolean ended;
    private long dueMs;

    /** @throws PortaskException {@link ErrorCode#GROUP_MODE_MISMATCH} where the name is that of a group with members */
    LiveQueue(QueueOptions options, QueueServices services, QueueShard shard) {
        this.name = options.group();
        this.options = options;
        this.services = services;
        this.loop = services.loop();
        this.shard = shard;
        this.claim = services.broker().claimConsumer(name);
        this.opener = new QueueOpener(services.broker(), name, claim, this::onMoreData);
        this.lags = services.groupMeters().new Lags(name);
        this.lows = new LowCommits(name, loop, claim, lags, this::touch);
        this.members = new QueueMembers(options.config());
        this.core = new QueueGroup(members);
    }

    DeadLetterWriter deadLetters() {
        return services.deadLetters();
    }

    // What workers call, on any thread

    void request(GroupWorker worker, int messages) {
        onLoop(worker, () -> core.request(worker.member, messages));
    }

    void withdraw(GroupWorker worker) {
        onLoop(worker, () -> {
            worker.withdrawals++;
            core.withdraw(worker.member);
        });
    }

    private void onLoop(GroupWorker worker, Runnable action) {
        loop.post(() -> {
            if (isMember(worker)) {
                action.run();
                touch();
            }
        });
    }

    void settle(GroupWorker worker, List<Settlement> settlements, CompletableFuture<List<DeliveryAnswer>> answered) {
        loop.post(() -> {
            if (isMember(worker)) {
                settleNow(worker, settlements, answered);
                touch();
            } else {
                answered.completeExceptionally(GroupWorker.gone(name));
            }
        });
    }

    void leave(GroupWorker worker, CompletableFuture<@Nullable Void> left) {
        loop.post(() -> {
            if (isMember(worker)) {
                remove(worker);
                touch();
            }
            left.complete(null);
        });
    }

    private void onMoreData(TopicPartition partition) {
        loop.post(() -> {
            LivePartition live = partitions.get(partition);
            if (live != null) {
                live.onMoreData();
                touch();
            }
        });
    }

    // On the thread of the queues

    private boolean isMember(GroupWorker worker) {
        return workers.get(worker.member.id()) == worker;
    }

    int workerCount() {
        return workers.size();
    }

    Collection<GroupWorker> workers() {
        return workers.values();
    }

    Collection<LivePartition> partitions() {
        return partitions.values();
    }

    /** @throws PortaskException {@link ErrorCode#INVALID_REQUEST} where other workers have other options */
    GroupWorker join(QueueOptions wanted, GroupWorkerListener listener) {
        if (!wanted.topics().equals(options.topics())) {
            throw differs("other topics: " + options.topics().patterns());
        }
        if (!wanted.config().equals(options.config())) {
            throw differs("another configuration: " + options.config());
        }
        QueueMember member = core.join(wanted.window());
        GroupWorker worker = new GroupWorker(this, member, listener);
        workers.put(member.id(), worker);
        touch();
        return worker;
    }

    private PortaskException differs(String what) {
        return new PortaskException(
                ErrorCode.INVALID_REQUEST, "Group '" + name + "' has, while it has workers, " + what);
    }

    private void remove(GroupWorker worker) {
        workers.remove(worker.member.id());
        told.remove(worker);
        core.leave(worker.member, loop.nowMs());
    }

    private void settleNow(
            GroupWorker worker, List<Settlement> settlements, CompletableFuture<List<DeliveryAnswer>> answered) {
        long now = loop.nowMs();
        DeliveryAnswer[] answers = new DeliveryAnswer[settlements.size()];
        Confirmation confirmation = new Confirmation(answers, answered);
        Set<LivePartition> changed = settlements.size() == 1 ? Set.of() : new LinkedHashSet<>();
        for (int i = 0; i < answers.length; i++) {
            Settlement settlement = settlements.get(i);
            LivePartition live = partitions.get(settlement.partition());
            answers[i] = live == null ? DeliveryAnswer.UNKNOWN_DELIVERY : live.settle(worker, settlement, now);
            if (live != null && answers.length == 1) {
                live.await(confirmation);
            } else if (live != null) {
                changed.add(live);
            }
        }
        changed.forEach(live -> live.await(confirmation));
        confirmation.tellIfStored();
    }

    /** The group is to have a turn. */
    void touch() {
        if (!touched && !ended) {
            touched = true;
            shard.touch(this);
        }
    }

    /**
     * The topics that there are, and their numbers of partitions. Word of a deletion can be older than what is known here of the topic that was made
     * since; only a reader whose topic is gone is believed.
     */
    void onTopics(Map<String, Integer> known) {
        wanted = QueueTopics.wanted(options, known);
        incomplete = true;
        for (LivePartition live : List.copyOf(partitions.values())) {
            if (!wanted.contains(live.partition)) {
                boolean there = live.partition.partition() < known.getOrDefault(live.partition.topic(), 0);
                if (there || live.isDeleted()) {
                    onGone(live);
                } else {
                    services.doubtTopics().run();
                }
            }
        }
        touch();
    }

    private void openMissing(long nowMs) {
        if (!incomplete || workers.isEmpty() || nowMs < openAtMs) {
            return;
        }
        incomplete = false;
        Set<TopicPartition> missing = new HashSet<>(wanted);
        missing.removeAll(partitions.keySet());
        missing.removeAll(opening);
        if (singly) {
            missing.forEach(partition -> open(Set.of(partition)));
        } else if (!missing.isEmpty()) {
            open(missing);
        }
        singly = false;
    }

    private void open(Set<TopicPartition> missing) {
        opening.addAll(missing);
        loop.ask(opener.open(missing, options.from(), this::forgetFormer), (opened, error) -> {
            opening.removeAll(missing);
            if (opened != null) {
                opened.forEach(this::onOpened);
            }
            if (error != null) {
                LOG.warn("Group '{}' cannot open {} now; it tries again", name, missing, error);
                services.doubtTopics().run();
            }
            if (error != null || (opened != null && opened.size() < missing.size())) {
                openAtMs = loop.nowMs() + QueueLoop.RETRY_MS;
                incomplete = true;
                singly |= missing.size() > 1;
            }
            touch();
        });
    }

    /** What the journal knows of partitions where nothing is committed is of topics that are no more. */
    private CompletionStage<@Nullable Void> forgetFormer(Set<TopicPartition> unvisited) {
        CompletableFuture<@Nullable Void> forgotten = new CompletableFuture<>();
        loop.post(() -> {
            for (TopicPartition partition : unvisited) {
                if (!partitions.containsKey(partition)) {
                    shard.forget(new QueueKey(name, partition.topic(), partition.partition()));
                }
            }
            shard.whenStored(forgotten);
        });
        return forgotten;
    }

    private void onOpened(QueueOpener.Opened opened) {
        if (ended || !wanted.contains(opened.partition())) {
            opened.close();
            return;
        }
        QueueKey key = new QueueKey(
                name, opened.partition().topic(), opened.partition().partition());
        long random = ThreadLocalRandom.current().nextLong(Long.MAX_VALUE);
        QueuePartition fresh = new QueuePartition(key, options.config(), members, random, random);
        shard.open(fresh, opened);
        LivePartition live = new LivePartition(this, fresh, opened, services);
        partitions.put(opened.partition(), live);
        byCore.put(fresh, live);
        core.add(fresh);
        lags.onCommitted(Map.of(opened.partition(), live.committed));
    }

    /** The partition's topic was deleted, or is not subscribed to any more. */
    void onGone(LivePartition live) {
        live.close();
        core.remove(live.core, loop.nowMs());
        shard.forget(live.core.key());
        partitions.remove(live.partition);
        byCore.remove(live.core);
        incomplete = true;
        lags.removeIf(live.partition::equals);
        live.failAwaited(new PortaskException(
                ErrorCode.UNKNOWN_TOPIC,
                "Partition " + live.partition + " is no more; there is nothing to answer for"));
        services.doubtTopics().run();
        touch();
    }

    /** A worker got a message. */
    void tell(GroupWorker worker, Delivery delivery) {
        if (isMember(worker)) {
            if (delivery.defect() != null) {
                services.meters().onDefect();
            }
            worker.outgoing.add(delivery);
            told.add(worker);
        }
    }

    /** A worker did not get what it was to get; it may have withdrawn its demand since. */
    void requestAgain(GroupWorker worker, int withdrawals) {
        if (isMember(worker) && worker.withdrawals == withdrawals) {
            core.request(worker.member, 1);
        }
    }

    /** The journal took something. */
    void onStored() {
        partitions.values().forEach(LivePartition::onStored);
        touch();
    }

    void onStoreFailed(PortaskException error) {
        partitions.values().forEach(live -> live.failAwaited(error));
        tellOfEnd();
    }

    /** The action is run when the group has ended, or cannot now. */
    void whenEnded(Runnable action) {
        awaitingEnd.add(action);
        touch();
    }

    private void tellOfEnd() {
        List<Runnable> told = List.copyOf(awaitingEnd);
        awaitingEnd.clear();
        told.forEach(Runnable::run);
    }

    boolean hasOptionsOf(QueueOptions other) {
        return other.topics().equals(options.topics()) && other.config().equals(options.config());
    }

    /** Something unforeseen happened; the group is called again later. */
    void onTurnFailed(long nowMs) {
        dueMs = nowMs + QueueLoop.RETRY_MS;
    }

    /** When {@link #turn} is to be called at the latest. */
    long dueMs() {
        return dueMs;
    }

    void turn(long nowMs) {
        touched = false;
        openMissing(nowMs);
        boolean again = true;
        for (int round = 0; again && round < MAX_ROUNDS; round++) {
            again = false;
            for (LivePartition live : List.copyOf(partitions.values())) {
                again |= live.read(nowMs);
            }
            again |= core.dispatch(nowMs, this::onDelivery) > 0;
        }
        long next = core.nextDeadline();
        for (LivePartition live : partitions.values()) {
            next = Math.min(next, live.turn(nowMs));
        }
        told.forEach(this::tell);
        told.clear();
        next = Math.min(next, lows.commit(nowMs, partitions, workers.isEmpty()));
        if (openAtMs > nowMs) {
            next = Math.min(next, openAtMs);
        }
        dueMs = next;
        if (again) {
            touch();
        }
        endIfDone();
    }

    private void onDelivery(QueuePartition partition, QueueMember member, long offset, int attempt) {
        LivePartition live = byCore.get(partition);
        GroupWorker worker = workers.get(member.id());
        if (live != null && worker != null) {
            live.deliver(worker, offset, attempt);
        }
    }

    private void tell(GroupWorker worker) {
        List<Delivery> deliveries = List.copyOf(worker.outgoing);
        worker.outgoing.clear();
        try {
            worker.listener.onDeliveries(deliveries);
        } catch (Throwable e) {
            LOG.error("A worker of group '{}' failed on being given messages", name, e);
        }
    }

    private void endIfDone() {
        if (workers.isEmpty()
                && !ended
                && opening.isEmpty()
                && lows.isSettled(partitions)
                && partitions.values().stream().allMatch(LivePartition::isSettled)) {
            end();
        }
    }

    private void end() {
        partitions.values().forEach(live -> shard.leaveDormant(live.core.key()));
        abandon();
    }

    /** Ends at once, whatever is not stored. */
    void abandon() {
        if (!ended) {
            ended = true;
            partitions.values().forEach(live -> {
                live.close();
                live.failAwaited(new PortaskException(ErrorCode.CLOSED, "The broker is closed"));
            });
            claim.close();
            lags.close();
            shard.onEnded(this);
            tellOfEnd();
        }
    }

    /** The broker closes: there are no workers any more. What they did is stored still, if the store takes it. */
    void close(PortaskException reason) {
        for (GroupWorker worker : new ArrayList<>(workers.values())) {
            remove(worker);
            try {
                worker.listener.onEnded(reason);
            } catch (RuntimeException e) {
                LOG.error("A worker of group '{}' failed on being told of its end", name, e);
            }
        }
        touch();
    }
}
