package io.portask.store.redis;

import io.lettuce.core.cluster.SlotHash;
import io.portask.record.TopicPartition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A cluster of three masters, each with as many replicas as wanted. */
final class RedisCluster implements AutoCloseable {
    static final int MASTERS = 3;
    static final int SLOTS = 16_384;

    /** First and last slot, address and port of the master, as lines. */
    private static final Pattern RANGE = Pattern.compile("(\\d+)\n(\\d+)\n127\\.0\\.0\\.1\n(\\d+)\n");

    private final List<RedisProcess> nodes = new ArrayList<>();

    private static final class Shared {
        static final RedisCluster CLUSTER = start();

        private static RedisCluster start() {
            try {
                Path directory = Files.createTempDirectory("portask-cluster");
                RedisCluster cluster = RedisCluster.start(directory, 1);
                cluster.becomePatient();
                TestRedis.endWithTests(cluster::close, directory);
                return cluster;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** The one that all tests share which leave its nodes alive; it ends with them. */
    static RedisCluster shared() {
        return Shared.CLUSTER;
    }

    /** Whether the store may use sharded publish/subscribe. */
    void allowSharded(boolean allowed) throws IOException {
        for (RedisProcess node : nodes) {
            RedisAdmin.tell(node.port(), "ACL", "SETUSER", "default", allowed ? "+@all" : "-spublish");
        }
    }

    /** A busy machine shall not look like dead masters. */
    private void becomePatient() throws IOException {
        for (RedisProcess node : nodes) {
            RedisAdmin.tell(node.port(), "CONFIG", "SET", "cluster-node-timeout", "30000");
        }
    }

    static RedisCluster start(Path directory, int replicas) throws IOException {
        RedisCluster cluster = new RedisCluster();
        try {
            int size = MASTERS * (1 + replicas);
            for (int i = 0; i < size; i++) {
                cluster.add(directory.resolve("node-" + i));
            }
            cluster.form();
            for (int i = MASTERS; i < size; i++) {
                replicate(cluster.nodes.get(i), cluster.nodes.get(i % MASTERS));
            }
            cluster.awaitReplicasKnown(MASTERS * replicas);
            return cluster;
        } catch (IOException | RuntimeException | Error e) {
            cluster.close();
            throw e;
        }
    }

    private void add(Path directory) throws IOException {
        int busPort = RedisProcess.freePort();
        RedisProcess node = RedisProcess.start(
                directory,
                "--cluster-enabled",
                "yes",
                "--cluster-port",
                Integer.toString(busPort),
                "--cluster-node-timeout",
                "1500",
                "--cluster-replica-validity-factor",
                "0",
                "--repl-diskless-sync-delay",
                "0");
        nodes.add(node);
        RedisAdmin.tell(node.port(), "CLUSTER", "SET-CONFIG-EPOCH", Integer.toString(nodes.size()));
        RedisAdmin.tell(
                nodes.get(0).port(),
                "CLUSTER",
                "MEET",
                "127.0.0.1",
                Integer.toString(node.port()),
                Integer.toString(busPort));
    }

    private void form() throws IOException {
        for (int i = 0; i < MASTERS; i++) {
            int from = SLOTS * i / MASTERS;
            int to = SLOTS * (i + 1) / MASTERS - 1;
            RedisAdmin.tell(node(i).port(), "CLUSTER", "ADDSLOTSRANGE", Integer.toString(from), Integer.toString(to));
        }
        awaitOk();
    }

    /** Blocks until all nodes know each other and have all slots. */
    void awaitOk() {
        for (RedisProcess node : nodes) {
            node.await(
                    "cluster_state:ok at " + node.port(),
                    () -> RedisAdmin.answers(node.port(), "cluster_state:ok", "CLUSTER", "INFO")
                            && RedisAdmin.answers(
                                    node.port(), "cluster_known_nodes:" + nodes.size(), "CLUSTER", "INFO"));
        }
    }

    private static void replicate(RedisProcess replica, RedisProcess master) throws IOException {
        RedisAdmin.tell(replica.port(), "CLUSTER", "REPLICATE", id(master));
        awaitReplica(master);
    }

    /** Blocks until every node knows of all replicas: masters vote for none that they do not know. */
    private void awaitReplicasKnown(int count) {
        for (RedisProcess node : nodes) {
            node.await("all replicas known at " + node.port(), () -> {
                try {
                    return RedisAdmin.ask(node.port(), "CLUSTER", "NODES").split("slave ", -1).length == count + 1;
                } catch (IOException e) {
                    return false;
                }
            });
        }
    }

    /** Blocks until a master has its replica. */
    static void awaitReplica(RedisProcess master) {
        master.await(
                "a replica of " + master.port(),
                () -> RedisAdmin.answers(master.port(), "state=online", "INFO", "replication"));
    }

    static String id(RedisProcess node) throws IOException {
        return RedisAdmin.ask(node.port(), "CLUSTER", "MYID");
    }

    /** The first ones began as masters. */
    RedisProcess node(int index) {
        return nodes.get(index);
    }

    static int slotOf(TopicPartition partition) {
        return SlotHash.getSlot(partition.topic() + ":" + partition.partition());
    }

    RedisProcess ownerOf(TopicPartition partition) throws IOException {
        return owner(slotOf(partition), node(0));
    }

    /** The master that holds a slot, as a node knows. */
    private RedisProcess owner(int slot, RedisProcess asked) throws IOException {
        String answer = RedisAdmin.ask(asked.port(), "CLUSTER", "SLOTS");
        Matcher ranges = RANGE.matcher(answer);
        while (ranges.find()) {
            if (Integer.parseInt(ranges.group(1)) <= slot && slot <= Integer.parseInt(ranges.group(2))) {
                int port = Integer.parseInt(ranges.group(3));
                return nodes.stream()
                        .filter(node -> node.port() == port)
                        .findFirst()
                        .orElseThrow();
            }
        }
        throw new IOException("Nobody holds slot " + slot + ": " + answer);
    }

    /** Blocks until all nodes agree. */
    void awaitOwner(TopicPartition partition, RedisProcess owner) {
        for (RedisProcess node : nodes) {
            node.await("another master for " + partition, () -> isOwner(owner, partition, node));
        }
    }

    private boolean isOwner(RedisProcess node, TopicPartition partition, RedisProcess asked) {
        try {
            return owner(slotOf(partition), asked) == node;
        } catch (IOException e) {
            return false;
        }
    }

    /** Blocks until its replica has taken over from a master that died. */
    RedisProcess awaitFailover(RedisProcess dead, TopicPartition partition) throws IOException {
        RedisProcess alive =
                nodes.stream().filter(node -> node != dead).findFirst().orElseThrow();
        alive.await("a failover of " + partition, () -> !isOwner(dead, partition, alive));
        return owner(slotOf(partition), alive);
    }

    /** The replica that a master began with. */
    RedisProcess replicaOf(RedisProcess master) {
        return node(indexOf(master) + MASTERS);
    }

    int indexOf(RedisProcess node) {
        return nodes.indexOf(node);
    }

    String uri() {
        return "redis-cluster://"
                + nodes.stream()
                        .limit(2)
                        .map(node -> "127.0.0.1:" + node.port())
                        .collect(Collectors.joining(","));
    }

    @Override
    public void close() {
        nodes.forEach(RedisProcess::close);
    }
}
