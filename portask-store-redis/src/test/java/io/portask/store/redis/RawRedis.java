package io.portask.store.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.XAddArgs;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.ArrayOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import io.portask.record.TopicPartition;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Somebody else's connection to the Redis of a store. */
final class RawRedis implements AutoCloseable {
    private static final int PAUSE_MS = 60_000;

    private final RedisClient client;
    private final RedisCommands<String, String> commands;

    RawRedis(String uri) {
        client = RedisClient.create(uri);
        commands = client.connect().sync();
    }

    RedisCommands<String, String> commands() {
        return commands;
    }

    /** Any command without a key. */
    List<Object> call(CommandType type, String... args) {
        CommandArgs<String, String> all = new CommandArgs<>(StringCodec.UTF8);
        for (String arg : args) {
            all.add(arg);
        }
        return commands.dispatch(type, new ArrayOutput<>(StringCodec.UTF8), all);
    }

    /** Nothing is written until {@link #goOn}; so what is appended meanwhile gathers. */
    void pauseWrites() {
        call(CommandType.CLIENT, "PAUSE", Integer.toString(PAUSE_MS), "WRITE");
    }

    void goOn() {
        call(CommandType.CLIENT, "UNPAUSE");
    }

    /** By the server's clock. */
    long nowMs() {
        List<String> time = commands.time();
        return Long.parseLong(time.get(0)) * 1000 + Long.parseLong(time.get(1)) / 1000;
    }

    long entries(String prefix, TopicPartition partition) {
        return commands.xlen(log(prefix, partition));
    }

    /** Puts a damaged entry for one offset at the end of a partition, with bytes of this many letters. */
    void appendDamaged(String prefix, TopicPartition partition, int bytes) {
        Objects.requireNonNull(commands.eval(
                "local next = string.format('%.0f', redis.call('HGET', KEYS[2], 'end') + 1) "
                        + "redis.call('XADD', KEYS[1], next .. '-0', 'b', ARGV[1], 'i', 'damaged') "
                        + "redis.call('HSET', KEYS[2], 'end', next) return 1",
                ScriptOutputType.INTEGER,
                new String[] {log(prefix, partition), meta(prefix, partition)},
                "x".repeat(bytes)));
    }

    /** A connection of somebody who writes bytes. */
    static final class Bytes implements AutoCloseable {
        private final RedisClient client;
        private final RedisCommands<byte[], byte[]> commands;

        Bytes(String uri) {
            client = RedisClient.create(uri);
            commands = client.connect(ByteArrayCodec.INSTANCE).sync();
        }

        /** Appends an entry with these bytes that ends at an offset, which becomes the partition's end. */
        void appendEntry(PartitionKeys keys, byte[] content, long next) {
            commands.xadd(keys.log(), new XAddArgs().id(next + "-0"), Map.of(Keys.bytes("b"), content));
            commands.hset(keys.meta(), Keys.bytes("end"), Keys.bytes(next));
        }

        @Override
        public void close() {
            client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        }
    }

    static String log(String prefix, TopicPartition partition) {
        return new String(new Keys(prefix).of(partition).all()[0], StandardCharsets.UTF_8);
    }

    static String meta(String prefix, TopicPartition partition) {
        return new String(new Keys(prefix).of(partition).meta(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }
}
