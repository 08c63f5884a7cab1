package io.portask.store.redis;

import java.io.IOException;
import java.nio.file.Path;

/** A server and its replica. */
final class RedisPair implements AutoCloseable {
    private final RedisProcess master;
    private final RedisProcess replica;

    private RedisPair(RedisProcess master, RedisProcess replica) {
        this.master = master;
        this.replica = replica;
    }

    /** Returns when the replica has what the master has. */
    static RedisPair start(Path directory) throws IOException {
        RedisProcess master = RedisProcess.start(directory.resolve("master"), "--repl-diskless-sync-delay", "0");
        try {
            RedisProcess replica = RedisProcess.start(
                    directory.resolve("replica"),
                    "--repl-diskless-sync-delay",
                    "0",
                    "--replicaof",
                    "127.0.0.1",
                    Integer.toString(master.port()));
            RedisPair pair = new RedisPair(master, replica);
            RedisCluster.awaitReplica(master);
            return pair;
        } catch (IOException | RuntimeException | Error e) {
            master.close();
            throw e;
        }
    }

    RedisProcess master() {
        return master;
    }

    RedisProcess replica() {
        return replica;
    }

    /** Makes a server the replica of another one, and returns when it has what that one has. */
    static void replicate(RedisProcess replica, RedisProcess master) throws IOException {
        RedisAdmin.tell(replica.port(), "REPLICAOF", "127.0.0.1", Integer.toString(master.port()));
        replica.await(
                "the link to " + master.port(),
                () -> RedisAdmin.answers(replica.port(), "master_link_status:up", "INFO", "replication"));
        RedisCluster.awaitReplica(master);
    }

    @Override
    public void close() {
        replica.close();
        master.close();
    }
}
