package io.portask.store.redis;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Durability;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.redis.AppendStep.Tail;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The appends of this node to one partition, in the order of the calls. What comes while earlier ones are under way is gathered and
 * goes to Redis in one step, so that many small appends cost few round trips; nothing waits while there is none. One step is under
 * way at a time: the client keeps no order between commands of different threads. Any thread.
 */
final class PartitionAppender {
    private static final Logger LOG = LoggerFactory.getLogger("io.portask.store");
    private static final long STORED = 0;
    private static final long DUPLICATE = 1;
    private static final long FENCED = 2;
    private static final long DAMAGED = 4;
    private static final long MISSING = -1;
    private static final int RESULT_SIZE = 3;
    private static final int TAIL_SIZE = 3;

    private final TopicPartition partition;
    private final AppendContext context;
    private final PartitionKeys keys;
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<PendingAppend> waiting = new ArrayDeque<>();
    private boolean busy;
    private boolean looking;

    /** Whether the topic was looked for and not used since. */
    private boolean fresh;

    private boolean retired;

    /** What Redis knew of the partition last, where this node can know; another node may have changed it. */
    private @Nullable Tail tail;

    PartitionAppender(TopicPartition partition, AppendContext context) {
        this.partition = partition;
        this.context = context;
        this.keys = context.keys().of(partition);
    }

    /** Whether it took it. Not once this appender was given up; then another one must be made. */
    boolean append(PendingAppend append) {
        lock.lock();
        try {
            if (!retired) {
                waiting.add(append);
                proceed();
            }
            return !retired;
        } finally {
            lock.unlock();
        }
    }

    /** Gives it up if it has nothing to do. */
    boolean retireIfIdle() {
        lock.lock();
        try {
            retired |= waiting.isEmpty() && !busy && !looking;
            return retired;
        } finally {
            lock.unlock();
        }
    }

    private void proceed() {
        while (!waiting.isEmpty() && !busy && !looking) {
            TopicEntry topic = context.topics().cached(partition.topic());
            if (topic == null) {
                looking = true;
                context.topics()
                        .find(partition.topic())
                        .whenCompleteAsync(
                                (found, error) -> looked(error), context.link().executor());
            } else if (topic.has(partition)) {
                fresh = false;
                busy = true;
                send(topic);
            } else if (fresh) {
                fresh = false;
                failAll(RedisTopics.unknownPartition(topic, partition));
            } else {
                context.topics().forget(partition.topic());
            }
        }
    }

    private void looked(@Nullable Throwable error) {
        lock.lock();
        try {
            looking = false;
            fresh = error == null;
            if (error != null) {
                failAll(PortaskException.of(error));
            }
            proceed();
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock; the callers hear of it on another thread. */
    private void failAll(PortaskException why) {
        List<PendingAppend> failed = new ArrayList<>(waiting);
        waiting.clear();
        context.link().executor().execute(() -> fail(failed, why));
    }

    private void fail(List<PendingAppend> appends, PortaskException why) {
        for (PendingAppend append : appends) {
            context.inFlight().release(append.cost());
            append.result.completeExceptionally(why);
        }
    }

    private void send(TopicEntry topic) {
        AppendStep step = AppendStep.next(waiting);
        started(step, topic.incarnation()).whenComplete((stored, error) -> {
            if (lock.isHeldByCurrentThread()) {
                context.link().executor().execute(() -> done(step, stored, error));
            } else {
                done(step, stored, error);
            }
        });
    }

    /**
     * What came of a step.
     *
     * @param reply the script's
     * @param synced done when it is synced; nothing if nobody waits for that
     */
    private record Stored(List<Object> reply, @Nullable CompletableFuture<@Nullable Void> synced) {}

    private CompletionStage<Stored> started(AppendStep step, String incarnation) {
        try {
            long now = context.clock().millis();
            Tail before = tail;
            boolean foreseen =
                    before != null && step.large && context.health().facts().paysForScripts();
            checkReplicas();
            if (step.synced()) {
                return context.link()
                        .runSynced(Script.APPEND, keys.forAppending(), step.args(context, incarnation, keys, now))
                        .thenApply(result -> new Stored(result.reply(), result.synced()));
            }
            if (before != null && foreseen) {
                return plain(context.link().run(keys.log(), step.transaction(context, incarnation, keys, now, before)));
            }
            int lane = partition.hashCode();
            List<byte[]> args = step.args(context, incarnation, keys, now);
            return plain(
                    context.config().minReplicas() > 0
                            ? replicated(lane, args)
                            : context.link().run(lane, Script.APPEND, keys.forAppending(), args));
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static CompletionStage<Stored> plain(CompletionStage<List<Object>> reply) {
        return reply.thenApply(result -> new Stored(result, null));
    }

    private CompletionStage<List<Object>> replicated(int lane, List<byte[]> args) {
        int wanted = context.config().minReplicas();
        return context.link()
                .runReplicated(lane, Script.APPEND, keys.forAppending(), args)
                .thenApply(result -> {
                    if (result.replicas() < wanted) {
                        context.health().checkUnlessRecent();
                        throw new PortaskException(
                                ErrorCode.TIMEOUT,
                                "Appending to " + partition + ": " + result.replicas() + " of minReplicas=" + wanted
                                        + " replicas have it so far. It is stored and may be lost in a failover; an"
                                        + " idempotent producer may publish again");
                    }
                    return result.reply();
                });
    }

    /** What too few replicas can have is not begun. */
    private void checkReplicas() {
        int wanted = context.config().minReplicas();
        Set<String> there = wanted == 0
                ? null
                : context.health().facts().replicas().get(context.link().masterOf(keys.meta()));
        if (there != null && there.size() < wanted) {
            context.health().checkUnlessRecent();
            throw new PortaskException(
                    ErrorCode.STORE_UNAVAILABLE,
                    "Appending to " + partition + ": Redis has " + there.size() + " of minReplicas=" + wanted
                            + " replicas now. Nothing was stored; publish again when they are back");
        }
    }

    private void done(AppendStep step, @Nullable Stored stored, @Nullable Throwable error) {
        List<Object> result = stored == null ? null : stored.reply();
        boolean refused = result != null && result.get(0).equals(Script.REFUSED);
        boolean keysWanted = result != null && result.get(0).equals(Script.KEYS_WANTED);
        boolean missing = result != null && result.get(0).equals(MISSING);
        List<PendingAppend> failed = List.of();
        lock.lock();
        try {
            busy = false;
            tail = result == null || missing || refused || keysWanted ? null : tail(result);
            if (refused) {
                putBack(step.appends);
            } else if (keysWanted) {
                failed = putBackKeyed(step.appends);
            } else if (missing) {
                failed = lookAgain(step.appends);
            } else if (error != null) {
                failed = new ArrayList<>(waiting);
                waiting.clear();
            }
        } finally {
            lock.unlock();
        }
        if (missing) {
            fail(failed, RedisTopics.unknown(partition.topic()));
        } else if (keysWanted) {
            fail(failed, withoutKey());
        } else if (refused) {
            LOG.debug("What is in {} was not as foreseen; appended in another way", partition);
        } else if (error != null || stored == null) {
            PortaskException why =
                    RedisErrors.named("Appending to " + partition, error == null ? new IllegalStateException() : error);
            fail(step.appends, why);
            fail(failed, notTried(why));
        } else {
            complete(step.groups, stored);
        }
        lock.lock();
        try {
            proceed();
        } finally {
            lock.unlock();
        }
    }

    /** Nothing where appends wait for replicas, which transactions do not. */
    private @Nullable Tail tail(List<Object> result) {
        int at = result.size() - TAIL_SIZE;
        return context.config().minReplicas() > 0
                ? null
                : new Tail((Long) result.get(at), (Long) result.get(at + 1), (Long) result.get(at + 2));
    }

    private void putBack(List<PendingAppend> step) {
        for (int i = step.size() - 1; i >= 0; i--) {
            waiting.addFirst(step.get(i));
        }
    }

    /** The topic is compacted, which this node need not have known. Returns those that it does not take. Under the lock. */
    private List<PendingAppend> putBackKeyed(List<PendingAppend> step) {
        context.topics().forget(partition.topic());
        List<PendingAppend> keyed = new ArrayList<>();
        List<PendingAppend> others = new ArrayList<>();
        for (PendingAppend append : step) {
            (hasKeys(append) ? keyed : others).add(append);
        }
        putBack(keyed);
        return others;
    }

    private static PortaskException withoutKey() {
        return new PortaskException(
                ErrorCode.INVALID_REQUEST,
                "A compacted topic takes no message without a key. Give every message a key");
    }

    private static boolean hasKeys(PendingAppend append) {
        try {
            append.lookForKeys();
        } catch (PortaskException e) {
            LOG.debug("The records of an append cannot be read", e);
        }
        return append.isKeyed();
    }

    /** The topic is not what this node remembers. Returns those for whom that is no news. Under the lock. */
    private List<PendingAppend> lookAgain(List<PendingAppend> step) {
        context.topics().forget(partition.topic());
        List<PendingAppend> failed = new ArrayList<>();
        for (int i = step.size() - 1; i >= 0; i--) {
            PendingAppend append = step.get(i);
            if (append.lookedAgain) {
                failed.add(append);
            } else {
                append.lookedAgain = true;
                waiting.addFirst(append);
            }
        }
        return failed;
    }

    /** What waited behind a step that failed would wait for the same. */
    private PortaskException notTried(PortaskException why) {
        return new PortaskException(
                why.code() == ErrorCode.TIMEOUT ? ErrorCode.STORE_UNAVAILABLE : why.code(),
                "Appending to " + partition + " was not tried: the one before it failed. " + why.getMessage(),
                why);
    }

    private void complete(List<AppendGroup> groups, Stored stored) {
        List<Object> result = stored.reply();
        long end = MISSING;
        for (int i = 0; i < RESULT_SIZE * groups.size(); i += RESULT_SIZE) {
            if ((Long) result.get(i) == STORED) {
                end = (Long) result.get(i + 2);
            }
        }
        if (end != MISSING) {
            context.ends().onEndMoved(partition, end);
        }
        CompletableFuture<@Nullable Void> synced = stored.synced();
        if (synced == null) {
            complete(groups, result, context.health().facts().reached(), null);
        } else {
            var unused = synced.whenComplete((done, error) -> {
                if (error != null) {
                    context.health().checkUnlessRecent();
                }
                complete(groups, result, Durability.SYNCED, error);
            });
        }
    }

    /** @param unsynced why what is stored does not count; nothing if it does */
    private void complete(
            List<AppendGroup> groups, List<Object> result, Durability reached, @Nullable Throwable unsynced) {
        for (int i = 0; i < groups.size(); i++) {
            int at = RESULT_SIZE * i;
            long status = (Long) result.get(at);
            long from = (Long) result.get(at + 1);
            for (PendingAppend append : groups.get(i).appends) {
                context.inFlight().release(append.cost());
                if (status != STORED && status != DUPLICATE) {
                    append.result.completeExceptionally(refusal(status, from));
                } else if (unsynced != null) {
                    append.result.completeExceptionally(RedisErrors.named("Appending to " + partition, unsynced));
                } else {
                    long to = status == STORED ? from + append.offsets() : (Long) result.get(at + 2);
                    append.result.complete(new AppendResult(from, to, reached, status == DUPLICATE));
                    from = to;
                }
            }
        }
    }

    private PortaskException refusal(long status, long expected) {
        if (status == DAMAGED) {
            return new PortaskException(
                    ErrorCode.CORRUPT_STORE,
                    "What Redis knows of the producer in " + partition + " is damaged. Publish as another producer");
        }
        return status == FENCED
                ? new PortaskException(
                        ErrorCode.PRODUCER_FENCED,
                        "The producer was replaced by its epoch " + expected + ". Start over with a new epoch")
                : new PortaskException(
                        ErrorCode.OUT_OF_ORDER_SEQUENCE,
                        "The producer's batch does not begin with the expected sequence " + expected);
    }
}
