package io.portask.store.redis;

import io.lettuce.core.RedisURI;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.store.ProducerSequences;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a Redis store, as its URI gives them.
 *
 * @param servers where to connect to: one, or some nodes of a cluster
 * @param cluster whether they are nodes of a cluster
 * @param keyPrefix what all keys begin with
 * @param connections shared connections for commands; a partition always uses the same one
 * @param timeoutMs how long a command may take
 * @param maxInFlightBytes appends that wait for Redis take at most this much memory; more are refused
 * @param maxQueuedCommands commands on one connection that wait for Redis; more are refused
 * @param minReplicas how many replicas must have an append before it is acknowledged
 * @param pollMs how often ends are asked for, in case that a notification was lost
 * @param retentionCheckMs how often is looked for what topics do not keep; 0 for never
 * @param maxProducers the idempotent producers remembered in each partition
 */
record RedisConfig(
        List<RedisURI> servers,
        boolean cluster,
        String keyPrefix,
        int connections,
        int timeoutMs,
        long maxInFlightBytes,
        int maxQueuedCommands,
        int minReplicas,
        int pollMs,
        int retentionCheckMs,
        int maxProducers) {
    private static final String CLUSTER_SCHEME = "redis-cluster";
    private static final Set<String> PARAMETERS = Set.of(
            "keyPrefix",
            "connections",
            "timeoutMs",
            "maxInFlightBytes",
            "maxQueuedCommands",
            "minReplicas",
            "pollMs",
            "retentionCheckMs",
            "maxProducers");

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
                100_000,
                0,
                2_000,
                30_000,
                ProducerSequences.DEFAULT_MAX_PRODUCERS);
        String query = uri.getQuery();
        if (query != null) {
            for (String parameter : query.split("&", -1)) {
                config = config.with(uri, parameter);
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
            throw invalid(
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
            throw invalid(uri, "'" + host + "' is no host and port", null);
        }
    }

    private static List<RedisURI> clusterNodes(URI uri) {
        String authority = uri.getRawAuthority();
        String path = uri.getRawPath();
        if (authority == null || (path != null && path.length() > 1) || uri.getRawFragment() != null) {
            throw invalid(uri, "a cluster has hosts and no database", null);
        }
        int at = authority.lastIndexOf('@');
        String user = authority.substring(0, at + 1);
        List<RedisURI> nodes = new ArrayList<>();
        for (String host : authority.substring(at + 1).split(",", -1)) {
            nodes.add(RedisURI.create("redis://" + user + host));
        }
        return nodes;
    }

    private RedisConfig with(URI uri, String parameter) {
        int equals = parameter.indexOf('=');
        String name = equals < 0 ? parameter : parameter.substring(0, equals);
        String value = equals < 0 ? "" : parameter.substring(equals + 1);
        if (!PARAMETERS.contains(name)) {
            throw invalid(
                    uri,
                    "'" + name + "' is no parameter of it; known are "
                            + String.join(", ", PARAMETERS.stream().sorted().toList()),
                    null);
        }
        if (name.equals("keyPrefix")) {
            if (value.isEmpty() || value.indexOf('{') >= 0 || value.indexOf('}') >= 0) {
                throw invalid(uri, "keyPrefix must not be empty or hold a brace", null);
            }
            return withKeyPrefix(value);
        }
        long number = number(uri, name, value);
        int small = (int) Math.min(number, Integer.MAX_VALUE);
        return new RedisConfig(
                servers,
                cluster,
                keyPrefix,
                name.equals("connections") ? atLeast(uri, name, small, 1) : connections,
                name.equals("timeoutMs") ? atLeast(uri, name, small, 1) : timeoutMs,
                name.equals("maxInFlightBytes") ? atLeast(uri, name, number, 1) : maxInFlightBytes,
                name.equals("maxQueuedCommands") ? atLeast(uri, name, small, 1) : maxQueuedCommands,
                name.equals("minReplicas") ? small : minReplicas,
                name.equals("pollMs") ? atLeast(uri, name, small, 10) : pollMs,
                name.equals("retentionCheckMs") ? small : retentionCheckMs,
                name.equals("maxProducers") ? atLeast(uri, name, small, 1) : maxProducers);
    }

    RedisConfig withKeyPrefix(String prefix) {
        return new RedisConfig(
                servers,
                cluster,
                prefix,
                connections,
                timeoutMs,
                maxInFlightBytes,
                maxQueuedCommands,
                minReplicas,
                pollMs,
                retentionCheckMs,
                maxProducers);
    }

    private static long number(URI uri, String name, String value) {
        try {
            long number = Long.parseLong(value);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw invalid(uri, name + " is '" + value + "' and must be a whole number", e);
        }
        throw invalid(uri, name + " is " + value + " and must not be negative", null);
    }

    private static int atLeast(URI uri, String name, int value, int least) {
        return (int) atLeast(uri, name, (long) value, least);
    }

    private static long atLeast(URI uri, String name, long value, int least) {
        if (value < least) {
            throw invalid(uri, name + " is " + value + " and must be at least " + least, null);
        }
        return value;
    }

    /** The text names no password: the URI does not appear in it. */
    private static PortaskException invalid(URI uri, String why, @Nullable Throwable cause) {
        return new PortaskException(
                ErrorCode.INVALID_CONFIGURATION,
                "The store URI " + uri.getScheme() + ":… is wrong: " + why
                        + ". Write for example redis://127.0.0.1:6379/0?keyPrefix=portask:",
                cause);
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
