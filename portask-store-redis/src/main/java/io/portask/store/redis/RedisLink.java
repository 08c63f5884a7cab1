package io.portask.store.redis;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.NestedMultiOutput;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.ProtocolKeyword;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import io.lettuce.core.resource.NettyCustomizer;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.netty.channel.Channel;
import io.netty.handler.flush.FlushConsolidationHandler;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * The connections to Redis: some that all commands share, pipelined, and one for notifications. They come back by themselves when
 * they break; a command that was under way then is not sent again, because it may have been done. Any thread.
 */
final class RedisLink implements AutoCloseable {
    private static final int FLUSH_EVERY = 256;
    private static final Duration FIRST_RETRY = Duration.ofMillis(20);
    private static final Duration LAST_RETRY = Duration.ofSeconds(1);
    private static final ByteArrayCodec CODEC = ByteArrayCodec.INSTANCE;

    private final RedisConfig config;
    private final MeterRegistry meters;
    private final Counter reconnects;
    private final Map<String, Timer> timers = new ConcurrentHashMap<>();
    private final List<StatefulConnection<byte[], byte[]>> connections = new ArrayList<>();
    private final ClientResources resources;
    private final AbstractRedisClient client;

    RedisLink(RedisConfig config, MeterRegistry meters) {
        this.config = config;
        this.meters = meters;
        this.reconnects = meters.counter("portask.redis.connects");
        this.resources = ClientResources.builder()
                .nettyCustomizer(new GatheredFlushes())
                .reconnectDelay(
                        Delay.fullJitter(FIRST_RETRY, LAST_RETRY, FIRST_RETRY.toMillis(), TimeUnit.MILLISECONDS))
                .build();
        this.client = config.cluster()
                ? RedisClusterClient.create(resources, config.servers())
                : RedisClient.create(resources, config.servers().get(0));
        client.addListener(new Connects());
    }

    /** Many commands, few writes to the socket. */
    private static final class GatheredFlushes implements NettyCustomizer {
        @Override
        public void afterChannelInitialized(Channel channel) {
            channel.pipeline().addFirst(new FlushConsolidationHandler(FLUSH_EVERY, true));
        }
    }

    private final class Connects implements RedisConnectionStateListener {
        @Override
        public void onRedisConnected(io.lettuce.core.RedisChannelHandler<?, ?> connection, SocketAddress address) {
            reconnects.increment();
        }
    }

    /** Blocks until connected. */
    void connect() {
        if (client instanceof RedisClusterClient cluster) {
            ClusterClientOptions.Builder options = ClusterClientOptions.builder();
            configure(options);
            cluster.setOptions(options.topologyRefreshOptions(ClusterTopologyRefreshOptions.builder()
                            .enablePeriodicRefresh(Duration.ofSeconds(30))
                            .build())
                    .build());
            for (int i = 0; i < config.connections(); i++) {
                connections.add(cluster.connect(CODEC));
            }
        } else if (client instanceof RedisClient single) {
            ClientOptions.Builder options = ClientOptions.builder();
            configure(options);
            single.setOptions(options.build());
            for (int i = 0; i < config.connections(); i++) {
                connections.add(single.connect(CODEC));
            }
        }
    }

    private void configure(ClientOptions.Builder options) {
        options.disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .replayFilter(command -> true)
                .requestQueueSize(config.maxQueuedCommands())
                .timeoutOptions(TimeoutOptions.enabled(Duration.ofMillis(config.timeoutMs())));
    }

    /** A connection for notifications. Blocks until connected. */
    StatefulRedisPubSubConnection<byte[], byte[]> connectForNotifications() {
        return client instanceof RedisClusterClient cluster
                ? cluster.connectPubSub(CODEC)
                : ((RedisClient) client).connectPubSub(CODEC);
    }

    /** Threads for what must not run where it comes up. */
    Executor executor() {
        return resources.eventExecutorGroup();
    }

    /**
     * Runs a script.
     *
     * @param lane commands of one lane arrive in the order of the calls
     */
    CompletableFuture<List<Object>> run(int lane, Script script, byte[][] keys, List<byte[]> args) {
        long startNs = System.nanoTime();
        return dispatch(lane, CommandType.EVALSHA, scriptArgs(script.sha1(), keys, args))
                .exceptionallyCompose(error -> error instanceof RedisNoScriptException
                        ? dispatch(lane, CommandType.EVAL, scriptArgs(script.source(), keys, args))
                        : CompletableFuture.failedFuture(error))
                .whenComplete((result, error) -> record(script.label(), startNs))
                .toCompletableFuture();
    }

    private static CommandArgs<byte[], byte[]> scriptArgs(String script, byte[][] keys, List<byte[]> args) {
        CommandArgs<byte[], byte[]> command =
                new CommandArgs<>(CODEC).add(script).add(keys.length);
        for (byte[] key : keys) {
            command.addKey(key);
        }
        for (byte[] arg : args) {
            command.add(arg);
        }
        return command;
    }

    /** Sends a command with a key; the parts of the answer come as numbers, byte arrays and lists. */
    CompletableFuture<List<Object>> call(int lane, CommandType type, byte[] key, byte[]... args) {
        CommandArgs<byte[], byte[]> command = new CommandArgs<>(CODEC).addKey(key);
        for (byte[] arg : args) {
            command.add(arg);
        }
        return timed(lane, type, command);
    }

    /** Sends a command without a key. */
    CompletableFuture<List<Object>> callWithoutKey(int lane, CommandType type, String... args) {
        CommandArgs<byte[], byte[]> command = new CommandArgs<>(CODEC);
        for (String arg : args) {
            command.add(arg);
        }
        return timed(lane, type, command);
    }

    private CompletableFuture<List<Object>> timed(int lane, CommandType type, CommandArgs<byte[], byte[]> args) {
        long startNs = System.nanoTime();
        return dispatch(lane, type, args)
                .whenComplete((result, error) -> record(type.name().toLowerCase(java.util.Locale.ROOT), startNs));
    }

    private CompletableFuture<List<Object>> dispatch(int lane, ProtocolKeyword type, CommandArgs<byte[], byte[]> args) {
        AsyncCommand<byte[], byte[], List<Object>> command =
                new AsyncCommand<>(new Command<>(type, new NestedMultiOutput<>(CODEC), args));
        try {
            connections.get(Math.floorMod(lane, connections.size())).dispatch(command);
        } catch (RuntimeException e) {
            command.completeExceptionally(e);
        }
        return command;
    }

    private void record(String command, long startNs) {
        timers.computeIfAbsent(command, name -> meters.timer("portask.redis.commands", "command", name))
                .record(System.nanoTime() - startNs, TimeUnit.NANOSECONDS);
    }

    @Override
    public void close() {
        client.shutdown(0, 2, TimeUnit.SECONDS);
        resources.shutdown(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
    }
}
