package io.portask.store.redis;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.protocol.ConnectionIntent;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections for reading at replicas. Those of a cluster are known from its topology; those of a single master are as it says from
 * time to time. Any thread.
 */
final class ReplicaConnections {
    private static final Logger LOG = LoggerFactory.getLogger("io.portask.store");

    private final AbstractRedisClient client;
    private final RedisConfig config;
    private final Map<String, StatefulConnection<byte[], byte[]>> byAddress = new ConcurrentHashMap<>();

    ReplicaConnections(AbstractRedisClient client, RedisConfig config) {
        this.client = client;
        this.config = config;
    }

    /** What the master of now says; not for a cluster. Blocks until connected to those that are new. */
    synchronized void update(Set<String> addresses) {
        byAddress.forEach((address, connection) -> {
            if (!addresses.contains(address)) {
                byAddress.remove(address);
                var unused = connection.closeAsync();
            }
        });
        for (String address : addresses) {
            if (!byAddress.containsKey(address)) {
                connect(address);
            }
        }
    }

    /** One that cannot be reached is tried again with the next update. */
    private void connect(String address) {
        int colon = address.lastIndexOf(':');
        RedisURI master = config.servers().get(0);
        RedisURI replica = new RedisURI(
                address.substring(0, colon),
                Integer.parseInt(address.substring(colon + 1)),
                Duration.ofMillis(config.timeoutMs()));
        replica.setCredentialsProvider(master.getCredentialsProvider());
        replica.setDatabase(master.getDatabase());
        replica.setClientName(master.getClientName());
        replica.applySsl(master);
        try {
            byAddress.put(
                    address,
                    ((RedisClient) client)
                            .connectAsync(ByteArrayCodec.INSTANCE, replica)
                            .toCompletableFuture()
                            .join());
        } catch (CompletionException e) {
            LOG.debug("Replica {} cannot be reached; reads go elsewhere", address, e);
        }
    }

    /** One to a replica of a single master, by lane. */
    CompletableFuture<StatefulConnection<byte[], byte[]>> ofLane(int lane) {
        List<StatefulConnection<byte[], byte[]>> all =
                byAddress.values().stream().filter(StatefulConnection::isOpen).toList();
        return all.isEmpty() ? none() : CompletableFuture.completedFuture(all.get(Math.floorMod(lane, all.size())));
    }

    /** One to a replica of the master that holds a key, by lane. */
    static CompletableFuture<StatefulConnection<byte[], byte[]>> ofKey(
            StatefulRedisClusterConnection<byte[], byte[]> cluster, int lane, byte[] key) {
        RedisClusterNode master = cluster.getPartitions().getPartitionBySlot(SlotHash.getSlot(key));
        List<RedisURI> replicas = master == null
                ? List.of()
                : cluster.getPartitions().stream()
                        .filter(node -> master.getNodeId().equals(node.getSlaveOf())
                                && !node.is(RedisClusterNode.NodeFlag.FAIL))
                        .map(RedisClusterNode::getUri)
                        .toList();
        if (replicas.isEmpty()) {
            return none();
        }
        RedisURI replica = replicas.get(Math.floorMod(lane, replicas.size()));
        return cluster.getConnectionAsync(replica.getHost(), replica.getPort(), ConnectionIntent.READ)
                .thenApply(connection -> connection);
    }

    private static CompletableFuture<StatefulConnection<byte[], byte[]>> none() {
        return CompletableFuture.failedFuture(new RedisConnectionException("There is no replica to read at now"));
    }

    Stream<StatefulConnection<byte[], byte[]>> stream() {
        return byAddress.values().stream();
    }
}
