package io.portask.store.redis;

import io.lettuce.core.RedisURI;
import io.portask.store.ProducerSequences;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The settings of a Redis store, as its URI gives them.
 *
 * @param servers where to connect to: one, or some nodes of a cluster
 * @param cluster whether they are nodes of a cluster
 * @param keyPrefix what all keys begin with
 * @param connections shared connections for commands; a partition always uses the same one
 * @param timeoutMs how long a command may take
 * @param maxInFlightBytes appends that wait for Redis take at most this much memory
 * @param whenFull what is done with appends beyond that
 * @param maxQueuedCommands commands on one connection that wait for Redis; more are refused
 * @param minReplicas how many replicas must have an append before it is acknowledged
 * @param readFrom where batches are read
 * @param pollMs how often ends are asked for, in case that a notification was lost
 * @param retentionCheckMs how often is looked for what topics do not keep; 0 for never
 * @param maxProducers the idempotent producers remembered in each partition
 * @param cleanDelayMs how long old values of keys may wait where too few are to be removed
 * @param compactionKeys keys of a compacted topic held in memory at a time
 */
record RedisConfig(
        List<RedisURI> servers,
        boolean cluster,
        String keyPrefix,
        int connections,
        int timeoutMs,
        long maxInFlightBytes,
        WhenFull whenFull,
        int maxQueuedCommands,
        int minReplicas,
        ReadFrom readFrom,
        int pollMs,
        int retentionCheckMs,
        int maxProducers,
        int cleanDelayMs,
        int compactionKeys) {
    private static final String CLUSTER_SCHEME = "redis-cluster";
    private static final Set<String> PARAMETERS = Set.of(
            "keyPrefix",
            "connections",
            "timeoutMs",
            "maxInFlightBytes",
            "whenFull",
            "maxQueuedCommands",
            "minReplicas",
            "readFrom",
            "pollMs",
            "retentionCheckMs",
            "maxProducers",
            "cleanDelayMs",
            "compactionKeys");

    /** What is done with an append for which there is no room. */
    enum WhenFull {
        FAIL,
        /** It waits for its turn, for as long as a command may take; those that wait take as much memory again. */
        WAIT
    }

    /** Who is asked for batches. */
    enum ReadFrom {
        MASTER,
        /** A replica that has them, and else the master. */
        REPLICA
    }

    RedisConfig {
        servers = List.copyOf(servers);
    }

    static RedisConfig parse(URI uri) {
        boolean cluster = uri.getScheme().toLowerCase(Locale.ROOT).equals(CLUSTER_SCHEME);
        RedisConfig config = new RedisConfig(
                servers(uri, cluster),
                cluster,
                "portask:",
                2,
                5_000,
                64L << 20,
                WhenFull.FAIL,
                100_000,
                0,
                ReadFrom.MASTER,
                2_000,
                30_000,
                ProducerSequences.DEFAULT_MAX_PRODUCERS,
                3_600_000,
                250_000);
        String query = uri.getQuery();
        if (query != null) {
            for (String parameter : query.split("&", -1)) {
                config = config.with(UriParameter.parse(uri, parameter, PARAMETERS));
            }
        }
        for (RedisURI server : config.servers) {
            java.time.Duration timeout = java.time.Duration.ofMillis(config.timeoutMs);
            server.setTimeout(timeout);
            server.getSentinels().forEach(sentinel -> sentinel.setTimeout(timeout));
            server.setClientName("portask");
        }
        return config;
    }

    private static List<RedisURI> servers(URI uri, boolean cluster) {
        try {
            String text = uri.toString();
            String fragment = uri.getRawFragment();
            int question = text.indexOf('?');
            String bare = question < 0 ? text : text.substring(0, question) + (fragment == null ? "" : '#' + fragment);
            List<RedisURI> servers = cluster ? clusterNodes(uri) : List.of(RedisURI.create(bare));
            servers.forEach(server -> checkHost(uri, server));
            return servers;
        } catch (IllegalArgumentException | NullPointerException e) {
            throw UriParameter.invalid(
                    uri,
                    "its hosts, database or password cannot be understood; in a password write %2F for a slash",
                    null);
        }
    }

    /** What is no host and port is taken as a host by the client. */
    private static void checkHost(URI uri, RedisURI server) {
        String host = server.getHost();
        int colon = host == null ? -1 : host.indexOf(':');
        if (colon >= 0 && colon == host.lastIndexOf(':')) {
            throw UriParameter.invalid(uri, "'" + host + "' is no host and port", null);
        }
    }

    private static List<RedisURI> clusterNodes(URI uri) {
        String authority = uri.getRawAuthority();
        String path = uri.getRawPath();
        if (authority == null || (path != null && path.length() > 1) || uri.getRawFragment() != null) {
            throw UriParameter.invalid(uri, "a cluster has hosts and no database", null);
        }
        int at = authority.lastIndexOf('@');
        String user = authority.substring(0, at + 1);
        List<RedisURI> nodes = new ArrayList<>();
        for (String host : authority.substring(at + 1).split(",", -1)) {
            nodes.add(RedisURI.create("redis://" + user + host));
        }
        return nodes;
    }

    private RedisConfig with(UriParameter parameter) {
        return new RedisConfig(
                servers,
                cluster,
                parameter.keyPrefix("keyPrefix", keyPrefix),
                parameter.number("connections", 1, connections),
                parameter.number("timeoutMs", 1, timeoutMs),
                parameter.number("maxInFlightBytes", 1, maxInFlightBytes),
                parameter.choice("whenFull", whenFull),
                parameter.number("maxQueuedCommands", 1, maxQueuedCommands),
                parameter.number("minReplicas", 0, minReplicas),
                parameter.choice("readFrom", readFrom),
                parameter.number("pollMs", 10, pollMs),
                parameter.number("retentionCheckMs", 0, retentionCheckMs),
                parameter.number("maxProducers", 1, maxProducers),
                parameter.number("cleanDelayMs", 0, cleanDelayMs),
                parameter.number("compactionKeys", 1, compactionKeys));
    }

    /** How long an append may wait for replicas, or until it is synced. */
    int waitMs() {
        return Math.max(1, timeoutMs / 2);
    }

    /** The servers without passwords, for people. */
    String serverNames() {
        return String.join(", ", servers.stream().map(RedisConfig::name).toList());
    }

    private static String name(RedisURI server) {
        if (server.getSocket() != null) {
            return server.getSocket();
        }
        if (!server.getSentinels().isEmpty()) {
            return "sentinels "
                    + String.join(
                            ", ",
                            server.getSentinels().stream()
                                    .map(RedisConfig::name)
                                    .toList());
        }
        return server.getHost() + ":" + server.getPort();
    }
}
