package io.portask.store.redis;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.NestedMultiOutput;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.ProtocolKeyword;
import io.lettuce.core.protocol.RedisCommand;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections to Redis: some that all commands share, pipelined, as many for appends that wait for replicas if any do, and one
 * for notifications, with one more for each master of a cluster. They come back by themselves when
 * they break; a command that was under way then is not sent again, because it may have been done. Any thread.
 */
final class RedisLink implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("io.portask.store");
    private static final int CLOSE_PATIENCE_S = 2;
    private static final int FLUSH_EVERY = 256;
    private static final Duration FIRST_RETRY = Duration.ofMillis(20);
    private static final Duration LAST_RETRY = Duration.ofSeconds(1);
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);
    private static final int KEEP_ALIVE_PROBES = 3;
    private static final Duration TOPOLOGY_CHECK = Duration.ofSeconds(30);
    private static final String THE_ONLY = "master";
    private static final ByteArrayCodec CODEC = ByteArrayCodec.INSTANCE;

    private final RedisConfig config;
    private final MeterRegistry meters;
    private final Counter reconnects;
    private final Map<String, Timer> timers = new ConcurrentHashMap<>();
    private final SharedConnections connections = new SharedConnections(this::connection, Runnable::run);

    /** Where appends wait for replicas, which keeps all behind them waiting; none when no append does. */
    private final SharedConnections waiting = new SharedConnections(this::connection, Runnable::run);

    /** For transactions, which must not be mixed with anything: one thread sends there. */
    private final SharedConnections transactions;

    /** Where appends wait until they are synced, in two lanes that take turns; none while no server could tell. */
    private final SharedConnections syncing;

    /** Who alone sends where no other thread's commands may come between. */
    private final Executor soleSender;

    private final SyncWait syncWait;
    private boolean canSync;
    private final ReplicaConnections replicas;
    private final AtomicBoolean refreshing = new AtomicBoolean();
    private final ClientResources resources;
    private volatile Runnable onChange = () -> {};
    private final AbstractRedisClient client;

    RedisLink(RedisConfig config, MeterRegistry meters) {
        this.config = config;
        this.meters = meters;
        this.reconnects = meters.counter("portask.redis.connects");
        this.resources = ClientResources.builder()
                .nettyCustomizer(new Channels())
                .reconnectDelay(
                        Delay.fullJitter(FIRST_RETRY, LAST_RETRY, FIRST_RETRY.toMillis(), TimeUnit.MILLISECONDS))
                .build();
        this.client = config.cluster()
                ? RedisClusterClient.create(resources, config.servers())
                : RedisClient.create(resources, config.servers().get(0));
        client.addListener(new Connects());
        this.soleSender = resources.eventExecutorGroup().next();
        this.transactions = new SharedConnections(this::connection, soleSender);
        this.syncing = new SharedConnections(this::connection, soleSender);
        this.syncWait = new SyncWait(soleSender, config.minReplicas(), config.waitMs());
        this.replicas = new ReplicaConnections(client, config);
    }

    /** Many commands, few writes to the socket; and no silence that lasts. */
    private final class Channels implements NettyCustomizer {
        @Override
        public void afterChannelInitialized(Channel channel) {
            channel.pipeline()
                    .addFirst(new FlushConsolidationHandler(FLUSH_EVERY, true))
                    .addFirst(new SilenceGuard(config.timeoutMs()));
        }
    }

    private final class Connects implements RedisConnectionStateListener {
        @Override
        public void onRedisConnected(io.lettuce.core.RedisChannelHandler<?, ?> connection, SocketAddress address) {
            reconnects.increment();
            onChange.run();
        }
    }

    /** @param task run after each new connection and each look at the topology; must not block */
    void onChange(Runnable task) {
        onChange = task;
    }

    /** Blocks until connected. */
    void connect() {
        if (client instanceof RedisClusterClient cluster) {
            ClusterClientOptions.Builder options = ClusterClientOptions.builder();
            configure(options);
            cluster.setOptions(options.topologyRefreshOptions(ClusterTopologyRefreshOptions.builder()
                            .enablePeriodicRefresh(TOPOLOGY_CHECK)
                            .adaptiveRefreshTriggersTimeout(LAST_RETRY)
                            .build())
                    .build());
        } else if (client instanceof RedisClient single) {
            ClientOptions.Builder options = ClientOptions.builder();
            configure(options);
            single.setOptions(options.build());
        }
        connections.open(config.connections());
        if (config.minReplicas() > 0) {
            waiting.open(config.connections());
        } else {
            transactions.open(1);
        }
    }

    private StatefulConnection<byte[], byte[]> connection() {
        if (client instanceof RedisClusterClient cluster) {
            StatefulRedisClusterConnection<byte[], byte[]> connection = cluster.connect(CODEC);
            connectToMasters(connection);
            return connection;
        }
        return ((RedisClient) client).connect(CODEC);
    }

    /** Tells which replicas follow the master; of a cluster that is known without. Blocks. */
    void onReplicas(Set<String> addresses) {
        if (config.readFrom() == RedisConfig.ReadFrom.REPLICA && !config.cluster()) {
            replicas.update(addresses);
        }
    }

    /** Sees to it that the shared connections lead to masters. Blocks. */
    void leaveReplicas() {
        if (!config.cluster()) {
            connections.leaveReplicas();
            waiting.leaveReplicas();
            syncing.leaveReplicas();
            transactions.leaveReplicas();
        }
    }

    /** A command to a server that is not connected is refused; those to come shall find one that is. */
    private static void connectToMasters(StatefulRedisClusterConnection<byte[], byte[]> connection) {
        CompletableFuture<?>[] all = masters(connection)
                .map(uri -> connection.getConnectionAsync(uri.getHost(), uri.getPort()))
                .toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(all)
                .exceptionally(error -> {
                    LOG.warn("Not all masters of the cluster can be reached now", error);
                    return null;
                })
                .join();
    }

    private static Stream<RedisURI> masters(StatefulRedisClusterConnection<byte[], byte[]> connection) {
        return connection.getPartitions().stream()
                .filter(node -> node.is(RedisClusterNode.NodeFlag.UPSTREAM) && !node.hasNoSlots())
                .map(RedisClusterNode::getUri);
    }

    /** A connection to each server that takes appends, by the server's name. Blocks until connected. */
    Map<String, StatefulConnection<byte[], byte[]>> masters() {
        Map<String, StatefulConnection<byte[], byte[]>> found = new LinkedHashMap<>();
        if (connections.ofLane(0) instanceof StatefulRedisClusterConnection<byte[], byte[]> cluster) {
            masters(cluster).forEach(uri -> found.put(name(uri), cluster.getConnection(uri.getHost(), uri.getPort())));
        } else {
            found.put(THE_ONLY, connections.ofLane(0));
        }
        return found;
    }

    /** The name of the server that should hold a key. */
    String masterOf(byte[] key) {
        if (connections.ofLane(0) instanceof StatefulRedisClusterConnection<byte[], byte[]> cluster) {
            RedisClusterNode node = cluster.getPartitions().getPartitionBySlot(SlotHash.getSlot(key));
            return node == null ? "" : name(node.getUri());
        }
        return THE_ONLY;
    }

    private static String name(RedisURI server) {
        return server.getHost() + ":" + server.getPort();
    }

    /** Has connections made for appends that wait until they are synced, unless there are some. Blocks. */
    synchronized void openSyncing() {
        if (!canSync) {
            syncing.open(2);
            canSync = true;
        }
    }

    private CompletableFuture<StatefulConnection<byte[], byte[]>> masterOf(
            SharedConnections some, int lane, byte[] key) {
        StatefulConnection<byte[], byte[]> connection = some.ofLane(lane);
        if (!(connection instanceof StatefulRedisClusterConnection<byte[], byte[]> cluster)) {
            return CompletableFuture.completedFuture(connection);
        }
        RedisClusterNode node = cluster.getPartitions().getPartitionBySlot(SlotHash.getSlot(key));
        if (node == null) {
            refreshTopology();
            return CompletableFuture.failedFuture(new RedisConnectionException("No node holds the key now"));
        }
        return connection(cluster, node.getUri().getHost(), node.getUri().getPort());
    }

    /** Where what waits for replicas goes, which no other command waits with. */
    private final class WaitingServers implements ServerRun.Servers<StatefulConnection<byte[], byte[]>> {
        private final SharedConnections some;
        private final int lane;

        WaitingServers(SharedConnections some, int lane) {
            this.some = some;
            this.lane = lane;
        }

        @Override
        public CompletableFuture<StatefulConnection<byte[], byte[]>> ofKey(byte[] key) {
            return masterOf(some, lane, key);
        }

        @Override
        public CompletableFuture<StatefulConnection<byte[], byte[]>> at(String host, int port) {
            return connection((StatefulRedisClusterConnection<byte[], byte[]>) some.ofLane(lane), host, port);
        }
    }

    /** Where what waits until it is synced goes. */
    private final class SyncingServers implements ServerRun.Servers<SyncWait.Pair> {
        private final WaitingServers one = new WaitingServers(syncing, 0);
        private final WaitingServers other = new WaitingServers(syncing, 1);

        @Override
        public CompletableFuture<SyncWait.Pair> ofKey(byte[] key) {
            return one.ofKey(key).thenCombine(other.ofKey(key), SyncWait.Pair::new);
        }

        @Override
        public CompletableFuture<SyncWait.Pair> at(String host, int port) {
            return one.at(host, port).thenCombine(other.at(host, port), SyncWait.Pair::new);
        }
    }

    private CompletableFuture<StatefulConnection<byte[], byte[]>> connection(
            StatefulRedisClusterConnection<byte[], byte[]> cluster, String host, int port) {
        return cluster.getConnectionAsync(host, port).handle((connection, error) -> {
            if (error != null) {
                refreshTopology();
                throw new RedisConnectionException("No connection to " + host + ":" + port, error);
            }
            return connection;
        });
    }

    /** Has the cluster asked where its slots are, unless that is being done. */
    void refreshTopology() {
        if (client instanceof RedisClusterClient cluster && refreshing.compareAndSet(false, true)) {
            cluster.refreshPartitionsAsync().whenComplete((done, error) -> {
                refreshing.set(false);
                onChange.run();
            });
        }
    }

    /**
     * That commands are rejected while disconnected also fails those under way when the connection breaks, which the client would
     * else send again; the filter is for those that were about to be written.
     */
    private void configure(ClientOptions.Builder options) {
        options.disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .replayFilter(command -> true)
                .socketOptions(SocketOptions.builder()
                        .keepAlive(SocketOptions.KeepAliveOptions.builder()
                                .enable()
                                .idle(KEEP_ALIVE)
                                .interval(KEEP_ALIVE)
                                .count(KEEP_ALIVE_PROBES)
                                .build())
                        .build())
                .requestQueueSize(config.maxQueuedCommands())
                .timeoutOptions(TimeoutOptions.enabled(Duration.ofMillis(config.timeoutMs())));
    }

    boolean isCluster() {
        return client instanceof RedisClusterClient;
    }

    /** A connection for notifications. Blocks until connected. */
    StatefulRedisPubSubConnection<byte[], byte[]> connectForNotifications() {
        return client instanceof RedisClusterClient cluster
                ? cluster.connectPubSub(CODEC)
                : ((RedisClient) client).connectPubSub(CODEC);
    }

    /** Threads for what must not run where it comes up. */
    ScheduledExecutorService executor() {
        return resources.eventExecutorGroup();
    }

    /**
     * Runs a script.
     *
     * @param lane commands of one lane arrive in the order of the calls
     */
    CompletableFuture<List<Object>> run(int lane, Script script, byte[][] keys, List<byte[]> args) {
        return run(connections.ofLane(lane), script, script.label(), keys, args);
    }

    /** Runs a script that reads at a replica, if there is one; else it fails. */
    CompletableFuture<List<Object>> runAtReplica(int lane, Script script, byte[][] keys, List<byte[]> args) {
        CompletableFuture<StatefulConnection<byte[], byte[]>> replica =
                connections.ofLane(lane) instanceof StatefulRedisClusterConnection<byte[], byte[]> cluster
                        ? ReplicaConnections.ofKey(cluster, lane, keys[0])
                        : replicas.ofLane(lane);
        return replica.thenCompose(server -> run(server, script, script.label() + "_at_replica", keys, args));
    }

    private CompletableFuture<List<Object>> run(
            StatefulConnection<byte[], byte[]> server, Script script, String label, byte[][] keys, List<byte[]> args) {
        long startNs = System.nanoTime();
        return dispatch(server, CommandType.EVALSHA, scriptArgs(script.sha1(), keys, args))
                .exceptionallyCompose(error -> error instanceof RedisNoScriptException
                        ? dispatch(server, CommandType.EVAL, scriptArgs(script.source(), keys, args))
                        : CompletableFuture.failedFuture(error))
                .whenComplete((result, error) -> record(label, startNs))
                .toCompletableFuture();
    }

    /** Runs a transaction where a key is. Not for what waits for replicas. */
    CompletableFuture<List<Object>> run(byte[] key, Transaction transaction) {
        long startNs = System.nanoTime();
        return masterOf(transactions, 0, key)
                .thenComposeAsync(transaction::run, soleSender)
                .whenComplete((result, error) -> record("append_in_transaction", startNs));
    }

    /**
     * Runs a script, and then waits for replicas; no other command waits with it.
     *
     * @param lane what waits in one lane arrives in the order of the calls
     */
    CompletableFuture<ReplicaWait.Result> runReplicated(int lane, Script script, byte[][] keys, List<byte[]> args) {
        long startNs = System.nanoTime();
        ReplicaWait wait = new ReplicaWait(config.minReplicas(), config.waitMs());
        return new ServerRun<>(this, new WaitingServers(waiting, lane), wait, script, keys, args)
                .start()
                .whenComplete((result, error) -> record(script.label() + "_replicated", startNs));
    }

    /** Runs a script, whose effects are synced later. Not before {@link #openSyncing()}. */
    CompletableFuture<SyncWait.Result> runSynced(Script script, byte[][] keys, List<byte[]> args) {
        long startNs = System.nanoTime();
        return new ServerRun<>(this, new SyncingServers(), syncWait, script, keys, args)
                .start()
                .whenComplete((result, error) -> record(script.label() + "_synced", startNs));
    }

    static CommandArgs<byte[], byte[]> scriptArgs(String script, byte[][] keys, List<byte[]> args) {
        CommandArgs<byte[], byte[]> command = args().add(script).add(keys.length);
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
        CommandArgs<byte[], byte[]> command = args().addKey(key);
        for (byte[] arg : args) {
            command.add(arg);
        }
        long startNs = System.nanoTime();
        return dispatch(connections.ofLane(lane), type, command)
                .whenComplete((result, error) -> record(type.name().toLowerCase(Locale.ROOT), startNs));
    }

    /** Sends a command without a key to one server. */
    static CompletableFuture<List<Object>> ask(
            StatefulConnection<byte[], byte[]> server, ProtocolKeyword type, String... args) {
        CommandArgs<byte[], byte[]> words = args();
        for (String arg : args) {
            words.add(arg);
        }
        return dispatch(server, type, words);
    }

    private static CompletableFuture<List<Object>> dispatch(
            StatefulConnection<byte[], byte[]> connection, ProtocolKeyword type, CommandArgs<byte[], byte[]> args) {
        AsyncCommand<byte[], byte[], List<Object>> command = command(type, args);
        try {
            connection.dispatch(command);
        } catch (RuntimeException e) {
            command.completeExceptionally(e);
        }
        return command;
    }

    /** Sends commands in one piece; one of them tells if that fails. */
    static void dispatch(
            StatefulConnection<byte[], byte[]> server,
            List<RedisCommand<byte[], byte[], ?>> commands,
            AsyncCommand<byte[], byte[], List<Object>> one) {
        try {
            server.dispatch(commands);
        } catch (RuntimeException e) {
            one.completeExceptionally(e);
        }
    }

    static CommandArgs<byte[], byte[]> args() {
        return new CommandArgs<>(CODEC);
    }

    static AsyncCommand<byte[], byte[], List<Object>> command(ProtocolKeyword type, CommandArgs<byte[], byte[]> args) {
        return new AsyncCommand<>(new Command<>(type, new NestedMultiOutput<>(CODEC), args));
    }

    private void record(String command, long startNs) {
        timers.computeIfAbsent(command, name -> meters.timer("portask.redis.commands", "command", name))
                .record(System.nanoTime() - startNs, TimeUnit.NANOSECONDS);
    }

    @Override
    public void close() {
        CompletableFuture<?>[] closed = Stream.of(
                        connections.stream(),
                        waiting.stream(),
                        syncing.stream(),
                        transactions.stream(),
                        replicas.stream())
                .flatMap(each -> each)
                .map(StatefulConnection::closeAsync)
                .toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(closed)
                .completeOnTimeout(null, CLOSE_PATIENCE_S, TimeUnit.SECONDS)
                .exceptionally(error -> null)
                .join();
        client.shutdown(0, CLOSE_PATIENCE_S, TimeUnit.SECONDS);
        resources.shutdown(0, CLOSE_PATIENCE_S, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
    }
}
