package io.portask.consumer;

import io.portask.broker.Broker;
import io.portask.broker.TopicListener;
import io.portask.error.PortaskException;
import io.portask.store.TopicDescription;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topics that there are, for groups with patterns. It looks at the store's list when the broker tells of a topic, and now and
 * then, because a shared store gets topics from elsewhere. One look at a time, and all of them together take a tenth of the time at most. Any thread.
 */
final class TopicCatalog implements TopicListener {
    private static final Logger LOG = LoggerFactory.getLogger(TopicCatalog.class);
    private static final long PERIOD_MS = 30_000;
    private static final long SHARED_PERIOD_MS = 3_000;
    private static final long MIN_PAUSE_MS = 100;
    private static final int PAUSE_FACTOR = 10;

    private final Broker broker;
    private final LongSupplier nowMs;
    private final Runnable onDue;
    private final Consumer<Map<String, Integer>> onTopics;
    private final long periodMs;
    private final Mailbox changes = new Mailbox();
    private final Set<String> gone = new HashSet<>();
    private volatile Map<String, Integer> topics = Map.of();
    private @Nullable CompletableFuture<@Nullable Void> current;
    private @Nullable CompletableFuture<@Nullable Void> next;
    private boolean watching;
    private boolean looked;
    private long dueAtMs = Long.MAX_VALUE;
    private long notBeforeMs = Long.MIN_VALUE;

    /**
     * @param onDue called when {@link #onTime} is to be called soon; must be quick
     * @param onTopics gets the topics and their numbers of partitions whenever they may have changed, one call at a time
     */
    TopicCatalog(Broker broker, LongSupplier nowMs, Runnable onDue, Consumer<Map<String, Integer>> onTopics) {
        this.broker = broker;
        this.nowMs = nowMs;
        this.onDue = onDue;
        this.onTopics = onTopics;
        this.periodMs = broker.capabilities().shared() ? SHARED_PERIOD_MS : PERIOD_MS;
    }

    Map<String, Integer> topics() {
        return topics;
    }

    /** Begins to watch, unless it does; completes once the topics are known. */
    CompletionStage<@Nullable Void> watch() {
        synchronized (this) {
            if (!watching) {
                watching = true;
                broker.addTopicListener(this);
            } else if (looked) {
                return CompletableFuture.completedFuture(null);
            }
        }
        return look();
    }

    /** @param unwanted asked again now that nobody else begins to watch */
    synchronized void stopWatching(BooleanSupplier unwanted) {
        if (!unwanted.getAsBoolean()) {
            return;
        }
        watching = false;
        looked = false;
        gone.clear();
        dueAtMs = Long.MAX_VALUE;
        broker.removeTopicListener(this);
    }

    /** Looks at the store's list; a look that began before does not count. */
    CompletionStage<@Nullable Void> look() {
        CompletableFuture<@Nullable Void> mine = new CompletableFuture<>();
        synchronized (this) {
            if (current != null) {
                next = next == null ? mine : next;
                return next;
            }
            current = mine;
        }
        begin(mine);
        return mine;
    }

    private void begin(CompletableFuture<@Nullable Void> look) {
        long startMs = nowMs.getAsLong();
        broker.listTopicsAsync().whenComplete((listed, error) -> {
            if (error == null) {
                changes.post(() -> take(listed));
                changes.drain();
            }
            CompletableFuture<@Nullable Void> following = end(startMs, error == null);
            if (error == null) {
                look.complete(null);
            } else {
                LOG.warn("Consumer groups could not look for topics; they try again", error);
                look.completeExceptionally(PortaskException.of(error));
            }
            if (following != null) {
                begin(following);
            }
        });
    }

    private synchronized @Nullable CompletableFuture<@Nullable Void> end(long startMs, boolean succeeded) {
        long now = nowMs.getAsLong();
        looked |= succeeded && watching;
        notBeforeMs = now + Math.max(MIN_PAUSE_MS, (now - startMs) * PAUSE_FACTOR);
        dueAtMs = watching ? Math.max(now + periodMs, notBeforeMs) : Long.MAX_VALUE;
        current = next;
        next = null;
        return current;
    }

    private void take(List<TopicDescription> listed) {
        Map<String, Integer> now = new HashMap<>();
        listed.forEach(topic -> now.put(topic.name(), topic.partitionCount()));
        Map<String, Integer> before = new HashMap<>(topics);
        boolean dropped;
        synchronized (this) {
            dropped = before.keySet().removeAll(gone);
            gone.clear();
        }
        if (dropped) {
            onTopics.accept(before);
        }
        if (dropped || !now.equals(topics)) {
            topics = Map.copyOf(now);
            onTopics.accept(topics);
        }
    }

    @Override
    public void onTopicMet(String topic) {
        if (!topics.containsKey(topic)) {
            lookSoon();
        }
    }

    @Override
    public void onTopicGone(String topic) {
        synchronized (this) {
            gone.add(topic);
        }
        lookSoon();
    }

    /** Looks as soon as the pause after the last look is over. */
    void lookSoon() {
        synchronized (this) {
            dueAtMs = Math.min(dueAtMs, Math.max(nowMs.getAsLong(), notBeforeMs));
        }
        onDue.run();
    }

    void onTime(long now) {
        synchronized (this) {
            if (now < dueAtMs) {
                return;
            }
            dueAtMs = now + periodMs;
        }
        look();
    }

    /** When {@link #onTime} is to be called next. */
    synchronized long nextDeadlineMs() {
        return dueAtMs;
    }
}
