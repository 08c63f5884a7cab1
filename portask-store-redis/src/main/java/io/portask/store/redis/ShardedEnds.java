package io.portask.store.redis;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.cluster.pubsub.StatefulRedisClusterPubSubConnection;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.RedisPubSubListener;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.portask.record.TopicPartition;
import java.net.SocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears of new ends in a cluster that has sharded publish/subscribe: subscribed, for each partition that this node has met, at the
 * master of its slot. The client does not follow a slot that moves: this does, when the server ends a subscription, when a
 * connection comes back, when the topology is looked at, and from time to time. Any thread.
 */
final class ShardedEnds {
    private static final Logger LOG = LoggerFactory.getLogger("io.portask.store");
    private static final int FIRST_RETRY_MS = 50;
    private static final int LAST_RETRY_MS = 2_000;

    private final RedisLink link;
    private final Keys keys;
    private final RedisTopics topics;
    private final BooleanSupplier available;
    private final Listener listener;
    private final AtomicBoolean due = new AtomicBoolean();
    private final ReentrantLock lock = new ReentrantLock();

    /** By channel; under the lock, like all that follows. */
    private final Map<String, Subscription> subscriptions = new HashMap<>();

    private final Set<StatefulRedisPubSubConnection<byte[], byte[]>> heard = new HashSet<>();
    private @Nullable StatefulRedisClusterPubSubConnection<byte[], byte[]> cluster;
    private boolean retrying;
    private int retryMs = FIRST_RETRY_MS;

    /** Told on any thread; waits for nobody. */
    interface Listener {
        void onNotice(String notice);

        /** Notices of a partition may be missed from now on, and ends be lost with a master: what was told may not be so any more. */
        void onUnsubscribed(TopicPartition partition);

        /** From now on notices of a partition come; there may have been others before. */
        void onSubscribed(TopicPartition partition);
    }

    /** At a master, or on its way there. */
    private static final class Subscription {
        final TopicPartition partition;
        final String master;

        @Nullable
        StatefulRedisPubSubConnection<byte[], byte[]> connection;

        Subscription(TopicPartition partition, String master) {
            this.partition = partition;
            this.master = master;
        }

        boolean isAt(String node) {
            StatefulRedisPubSubConnection<byte[], byte[]> known = connection;
            return master.equals(node) && (known == null || known.isOpen());
        }
    }

    /** @param available whether all masters have sharded publish/subscribe */
    ShardedEnds(RedisLink link, Keys keys, RedisTopics topics, BooleanSupplier available, Listener listener) {
        this.link = link;
        this.keys = keys;
        this.topics = topics;
        this.available = available;
        this.listener = listener;
    }

    /** Begins anew, with the connections that come with this one. */
    void use(StatefulRedisClusterPubSubConnection<byte[], byte[]> connection) {
        lock.lock();
        try {
            cluster = connection;
            subscriptions.clear();
            heard.clear();
        } finally {
            lock.unlock();
        }
        followSoon();
    }

    /** Has every partition subscribed where its slot is now, before long. */
    void followSoon() {
        if (due.compareAndSet(false, true)) {
            try {
                link.executor().execute(() -> {
                    due.set(false);
                    follow();
                });
            } catch (RejectedExecutionException e) {
                LOG.debug("The store is closed", e);
            }
        }
    }

    /** As {@link #followSoon()}; and has connections that are silent noticed. */
    void check() {
        lock.lock();
        try {
            heard.removeIf(ShardedEnds::isClosed);
            heard.forEach(connection -> {
                var unused = connection.async().ping();
            });
        } finally {
            lock.unlock();
        }
        followSoon();
    }

    /** It does not come back: its node has left the cluster. */
    private static boolean isClosed(StatefulRedisPubSubConnection<byte[], byte[]> connection) {
        return connection instanceof RedisChannelHandler<?, ?> handler && handler.isClosed();
    }

    private void follow() {
        Map<String, TopicPartition> wanted = topics.met().entrySet().stream()
                .flatMap(ShardedEnds::partitions)
                .collect(Collectors.toMap(
                        partition -> Keys.text(keys.of(partition).ends()), partition -> partition));
        lock.lock();
        try {
            StatefulRedisClusterPubSubConnection<byte[], byte[]> now = cluster;
            if (now == null || !available.getAsBoolean()) {
                return;
            }
            Map.copyOf(subscriptions).forEach((channel, subscription) -> {
                if (!wanted.containsKey(channel)) {
                    leave(channel, subscription);
                }
            });
            wanted.forEach((channel, partition) -> follow(now, channel, partition));
        } finally {
            lock.unlock();
        }
    }

    private static Stream<TopicPartition> partitions(Map.Entry<String, TopicEntry> topic) {
        return IntStream.range(0, topic.getValue().partitions())
                .mapToObj(partition -> new TopicPartition(topic.getKey(), partition));
    }

    private void follow(
            StatefulRedisClusterPubSubConnection<byte[], byte[]> now, String channel, TopicPartition partition) {
        RedisClusterNode master = now.getPartitions().getPartitionBySlot(SlotHash.getSlot(Keys.bytes(channel)));
        if (master == null) {
            retry();
            return;
        }
        Subscription before = subscriptions.get(channel);
        if (before != null) {
            if (before.isAt(master.getNodeId())) {
                return;
            }
            leave(channel, before);
            listener.onUnsubscribed(partition);
        }
        Subscription subscription = new Subscription(partition, master.getNodeId());
        subscriptions.put(channel, subscription);
        var unused = CompletableFuture.completedFuture(master.getNodeId())
                .thenCompose(now::getConnectionAsync)
                .thenCompose(connection -> subscribe(channel, subscription, connection))
                .whenComplete((done, error) -> onSubscribed(channel, subscription, error));
    }

    private CompletionStage<Void> subscribe(
            String channel, Subscription subscription, StatefulRedisPubSubConnection<byte[], byte[]> connection) {
        lock.lock();
        try {
            if (subscriptions.get(channel) != subscription) {
                throw new RedisConnectionException("It is subscribed elsewhere");
            }
            subscription.connection = connection;
            if (heard.add(connection)) {
                Hearer hearer = new Hearer(connection);
                connection.addListener((RedisPubSubListener<byte[], byte[]>) hearer);
                connection.addListener((RedisConnectionStateListener) hearer);
            }
            return connection.async().ssubscribe(Keys.bytes(channel));
        } finally {
            lock.unlock();
        }
    }

    private void onSubscribed(String channel, Subscription subscription, @Nullable Throwable error) {
        lock.lock();
        try {
            if (error != null) {
                LOG.debug("Not subscribed to {} at {}; it is tried again", channel, subscription.master, error);
                if (subscriptions.remove(channel, subscription)) {
                    retry();
                }
                return;
            }
            retryMs = FIRST_RETRY_MS;
        } finally {
            lock.unlock();
        }
        listener.onSubscribed(subscription.partition);
    }

    private void leave(String channel, Subscription subscription) {
        subscriptions.remove(channel);
        StatefulRedisPubSubConnection<byte[], byte[]> connection = subscription.connection;
        if (connection != null) {
            var unused = connection.async().sunsubscribe(Keys.bytes(channel));
        }
    }

    /** Looks where the slots are, of which this is told when it is known, after a while that grows. */
    private void retry() {
        if (!retrying) {
            try {
                var unused = link.executor().schedule(this::lookAgain, retryMs, TimeUnit.MILLISECONDS);
                retrying = true;
                retryMs = Math.min(2 * retryMs, LAST_RETRY_MS);
            } catch (RejectedExecutionException e) {
                LOG.debug("The store is closed", e);
            }
        }
    }

    private void lookAgain() {
        lock.lock();
        try {
            retrying = false;
        } finally {
            lock.unlock();
        }
        link.refreshTopology();
    }

    /** The server has ended a subscription: its slot is elsewhere now. */
    private void onEnded(StatefulRedisPubSubConnection<byte[], byte[]> connection, String channel) {
        lock.lock();
        try {
            Subscription subscription = subscriptions.get(channel);
            if (subscription == null || subscription.connection != connection) {
                return;
            }
            subscriptions.remove(channel);
            listener.onUnsubscribed(subscription.partition);
        } finally {
            lock.unlock();
        }
        link.refreshTopology();
    }

    private void onLost(StatefulRedisPubSubConnection<byte[], byte[]> connection) {
        lock.lock();
        try {
            subscriptions.values().removeIf(subscription -> {
                boolean lost = subscription.connection == connection;
                if (lost) {
                    listener.onUnsubscribed(subscription.partition);
                }
                return lost;
            });
        } finally {
            lock.unlock();
        }
    }

    private final class Hearer extends RedisPubSubAdapter<byte[], byte[]> implements RedisConnectionStateListener {
        private final StatefulRedisPubSubConnection<byte[], byte[]> connection;

        Hearer(StatefulRedisPubSubConnection<byte[], byte[]> connection) {
            this.connection = connection;
        }

        @Override
        public void smessage(byte[] channel, byte[] message) {
            listener.onNotice(Keys.text(message));
        }

        @Override
        public void sunsubscribed(byte[] channel, long count) {
            onEnded(connection, Keys.text(channel));
        }

        @Override
        public void onRedisDisconnected(RedisChannelHandler<?, ?> broken) {
            onLost(connection);
        }

        @Override
        public void onRedisConnected(RedisChannelHandler<?, ?> again, SocketAddress address) {
            followSoon();
        }
    }
}
