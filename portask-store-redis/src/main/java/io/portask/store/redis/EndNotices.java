package io.portask.store.redis;

import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.cluster.pubsub.StatefulRedisClusterPubSubConnection;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.portask.record.TopicPartition;
import io.portask.store.EndListener;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells listeners of topics that are gone and of new ends: of this node's own appends at once, of others' when Redis says so, and of those that were missed
 * when they are asked for from time to time. Any thread.
 */
final class EndNotices implements EndListener, ShardedEnds.Listener {
    private static final Logger LOG = LoggerFactory.getLogger("io.portask.store");
    private static final int CLOSE_PATIENCE_S = 2;

    private final RedisLink link;
    private final Keys keys;
    private final RedisTopics topics;
    private final ShardedEnds shards;
    private final CopyOnWriteArrayList<EndListener> listeners = new CopyOnWriteArrayList<>();

    /** The ends that listeners have heard of. */
    private final Map<TopicPartition, Long> told = new ConcurrentHashMap<>();

    /** Nothing where one was given up, and there is no other yet. */
    private volatile @Nullable StatefulRedisPubSubConnection<byte[], byte[]> current;

    private volatile boolean again;

    /** @param sharded whether ends are told within the shards of a cluster */
    EndNotices(RedisLink link, Keys keys, RedisTopics topics, BooleanSupplier sharded) {
        this.link = link;
        this.keys = keys;
        this.topics = topics;
        this.shards = new ShardedEnds(link, keys, topics, sharded, this);
        topics.onGone(this::onTopicGone);
        topics.onMet(shards::followSoon);
    }

    /** Blocks until subscribed. One thread at a time. */
    void start() {
        StatefulRedisPubSubConnection<byte[], byte[]> connection = link.connectForNotifications();
        byte[] ends = keys.ends();
        connection.addListener(new RedisPubSubAdapter<byte[], byte[]>() {
            @Override
            public void message(byte[] channel, byte[] message) {
                if (Arrays.equals(channel, ends)) {
                    onNotice(Keys.text(message));
                } else {
                    onTopicChanged(Keys.text(message));
                }
            }

            /** Also after a break, in which changes may have been missed, and ends been lost with a master. */
            @Override
            public void subscribed(byte[] channel, long count) {
                topics.forgetAll();
                if (Arrays.equals(channel, ends)) {
                    if (again) {
                        told.clear();
                    }
                    again = true;
                }
            }
        });
        current = connection;
        connection.sync().subscribe(ends, keys.topicChanges());
        if (connection instanceof StatefulRedisClusterPubSubConnection<byte[], byte[]> cluster) {
            shards.use(cluster);
        }
    }

    /** What is at other servers now is heard there, before long. */
    void followSoon() {
        shards.followSoon();
    }

    /** Asks whether the connection for notifications is alive, and replaces one that does not answer. Blocks. */
    void check() {
        shards.check();
        StatefulRedisPubSubConnection<byte[], byte[]> connection = current;
        if (connection != null) {
            try {
                connection.async().ping().toCompletableFuture().join();
                return;
            } catch (CompletionException e) {
                if (!(e.getCause() instanceof RedisCommandTimeoutException)) {
                    throw e;
                }
                LOG.warn("Redis does not answer on the connection for notifications, which is replaced", e);
                current = null;
                var unused = connection.closeAsync();
            }
        }
        start();
    }

    /** Before the link, which does not know what belongs to this connection. Blocks for a moment at most. */
    void close() {
        StatefulRedisPubSubConnection<byte[], byte[]> connection = current;
        if (connection != null) {
            CompletableFuture.allOf(connection.closeAsync())
                    .completeOnTimeout(null, CLOSE_PATIENCE_S, TimeUnit.SECONDS)
                    .exceptionally(error -> null)
                    .join();
        }
    }

    @Override
    public void onUnsubscribed(TopicPartition partition) {
        told.remove(partition);
    }

    @Override
    public void onSubscribed(TopicPartition partition) {
        TopicEntry topic = topics.met(partition.topic());
        if (topic != null) {
            var unused = poll(partition, topic.incarnation()).exceptionally(error -> {
                LOG.debug("The end of {} could not be asked for; it is asked for again", partition, error);
                return false;
            });
        }
    }

    @Override
    public void onNotice(String notice) {
        String[] parts = notice.split(":", -1);
        try {
            onEndMoved(new TopicPartition(parts[0], Integer.parseInt(parts[1])), Long.parseLong(parts[2]));
        } catch (RuntimeException e) {
            LOG.warn("Redis told of an end in a way that nobody understands: '{}'", notice, e);
        }
    }

    /**
     * The notice is the topic's name, the incarnation that is gone or nothing, and the new entry or nothing. Where nothing is gone, as
     * when a topic is made, it may come after word of the first ends, which stay told.
     */
    private void onTopicChanged(String notice) {
        String[] parts = notice.split(" ", 3);
        String topic = parts[0];
        if (parts.length < 3) {
            topics.forget(topic);
            forgetEnds(topic);
            return;
        }
        if (!parts[1].isEmpty()) {
            topics.gone(topic, parts[1]);
            forgetEnds(topic);
        }
        topics.forgetUnless(topic, parts[2]);
    }

    private void forgetEnds(String topic) {
        told.keySet().removeIf(partition -> partition.topic().equals(topic));
    }

    @Override
    public void onTopicGone(String topic) {
        forgetEnds(topic);
        for (EndListener listener : listeners) {
            try {
                listener.onTopicGone(topic);
            } catch (RuntimeException e) {
                LOG.error("A listener failed on topic '{}' being gone", topic, e);
            }
        }
    }

    void add(EndListener listener) {
        listeners.add(listener);
    }

    void remove(EndListener listener) {
        listeners.remove(listener);
    }

    @Override
    public void onEndMoved(TopicPartition partition, long endOffset) {
        Long before = told.put(partition, endOffset);
        if (before != null && before == endOffset) {
            return;
        }
        for (EndListener listener : listeners) {
            try {
                listener.onEndMoved(partition, endOffset);
            } catch (RuntimeException e) {
                LOG.error("A listener failed on the new end {} of {}", endOffset, partition, e);
            }
        }
    }

    /** Asks for the ends of all partitions that this node has met, and whether they are still those that it has met. */
    CompletableFuture<?> poll() {
        List<CompletableFuture<?>> all = new ArrayList<>();
        topics.met().forEach((topic, entry) -> all.add(poll(topic, entry)));
        return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
    }

    private CompletableFuture<?> poll(String topic, TopicEntry entry) {
        List<CompletableFuture<Boolean>> partitions = new ArrayList<>(entry.partitions());
        for (int i = 0; i < entry.partitions(); i++) {
            partitions.add(poll(new TopicPartition(topic, i), entry.incarnation()));
        }
        return CompletableFuture.allOf(partitions.toArray(CompletableFuture[]::new))
                .thenCompose(done -> partitions.stream().allMatch(CompletableFuture::join)
                        ? CompletableFuture.completedFuture(null)
                        : topics.lookAgain(topic));
    }

    /** Whether the partition is there, of that incarnation. */
    private CompletableFuture<Boolean> poll(TopicPartition partition, String incarnation) {
        return link.call(
                        partition.hashCode(),
                        CommandType.HMGET,
                        keys.of(partition).meta(),
                        Keys.bytes("incarnation"),
                        Keys.bytes("end"))
                .thenApply(reply -> onPolled(partition, incarnation, reply));
    }

    private boolean onPolled(TopicPartition partition, String incarnation, List<Object> reply) {
        if (!(reply.get(0) instanceof byte[] found)
                || !Keys.text(found).equals(incarnation)
                || !(reply.get(1) instanceof byte[] text)) {
            return false;
        }
        long end = Long.parseLong(Keys.text(text));
        Long known = told.get(partition);
        if (end > 0 && (known == null || known < end)) {
            onEndMoved(partition, end);
        }
        return true;
    }
}
