package io.portask.store.redis;

import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.protocol.CommandType;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Durability;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What the server says of itself.
 *
 * @param name product and version
 * @param reached the level that an acknowledged append has reached there
 * @param unsynced why no append can be {@code SYNCED} there that waits for it, for people; empty if it can
 * @param loss what a crash of the server may lose, for people
 * @param warnings what should be otherwise there, for people
 * @param sharded whether new ends can be told within a shard of a cluster
 * @param replicas where each master says that the replicas are that follow it, by the master's name
 */
record ServerFacts(
        String name,
        Durability reached,
        String unsynced,
        String loss,
        List<String> warnings,
        boolean sharded,
        Map<String, Set<String>> replicas) {
    private static final String UNKNOWN = "";
    private static final String DRAGONFLY_NAME = "Dragonfly ";
    private static final String DRAGONFLY = "dragonfly_version";
    private static final String UNLOGGED = "everything since its last snapshot";

    /** With these an append-only file is synced in the end. */
    private static final Set<String> SYNCING = Set.of("always", "everysec");

    private static final double OLDEST = 6.2;

    /** A line of Redis, or of Dragonfly, for a replica that has all and follows; not one that is still being sent the whole. */
    private static final Pattern ONLINE =
            Pattern.compile("slave\\d+:ip=(.+),port=(\\d+),state=(online|stable_sync|stable sync),.*");

    ServerFacts {
        warnings = List.copyOf(warnings);
        replicas = Map.copyOf(replicas);
    }

    /** Asks every server that takes appends, for the least that all of them keep. Blocks. */
    static ServerFacts ask(RedisLink link) {
        List<ServerFacts> all = new ArrayList<>();
        Map<String, Set<String>> replicas = new HashMap<>();
        link.masters().forEach((master, server) -> {
            Map<String, String> info =
                    parse(RedisLink.ask(server, CommandType.INFO).join());
            all.add(of(server, info));
            if (info.getOrDefault("role", UNKNOWN).equals("master")) {
                Set<String> following = replicas(info);
                if (!following.isEmpty() || !info.containsKey(DRAGONFLY)) {
                    replicas.put(master, following);
                }
            } else {
                link.refreshTopology();
            }
        });
        ServerFacts least = all.stream()
                .reduce((one, other) -> other.weakness() > one.weakness() ? other : one)
                .orElseThrow(() -> new PortaskException(
                        ErrorCode.STORE_UNAVAILABLE, "No node of the Redis cluster holds slots. Finish its setup"));
        return new ServerFacts(
                least.name,
                least.reached,
                all.stream()
                        .map(ServerFacts::unsynced)
                        .filter(why -> !why.isEmpty())
                        .findFirst()
                        .orElse(""),
                least.loss,
                all.stream().flatMap(each -> each.warnings.stream()).distinct().toList(),
                link.isCluster() && link.masters().values().stream().allMatch(server -> knows(server, "SPUBLISH")),
                replicas);
    }

    private static Set<String> replicas(Map<String, String> info) {
        return info.entrySet().stream()
                .map(line -> ONLINE.matcher(line.getKey() + ":" + line.getValue()))
                .filter(Matcher::matches)
                .map(replica -> replica.group(1) + ":" + replica.group(2))
                .collect(Collectors.toSet());
    }

    /** Whether what is given to a script costs more there than in a plain command: so it is in Redis's Lua. */
    boolean paysForScripts() {
        return !name.startsWith(DRAGONFLY_NAME);
    }

    /** The highest level that an append can reach. */
    Durability most() {
        return syncsOnWish() ? Durability.SYNCED : reached;
    }

    /** Whether an append that waits for it is {@code SYNCED}. */
    boolean syncsOnWish() {
        return unsynced.isEmpty();
    }

    Set<String> allReplicas() {
        return replicas.values().stream().flatMap(Set::stream).collect(Collectors.toSet());
    }

    private int weakness() {
        return reached == Durability.SYNCED ? 0 : loss.equals(UNLOGGED) ? 2 : 1;
    }

    private static ServerFacts of(StatefulConnection<byte[], byte[]> server, Map<String, String> info) {
        String dragonfly = info.getOrDefault(DRAGONFLY, UNKNOWN);
        String version = info.getOrDefault("redis_version", "0.0");
        if (dragonfly.isEmpty() && majorMinor(version) < OLDEST) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION,
                    "Redis " + version + " is too old: the store needs 6.2 or later, Valkey or Dragonfly");
        }
        List<String> warnings = new ArrayList<>();
        String policy = config(server, "maxmemory-policy");
        if (!policy.equals("noeviction")
                && !policy.equals(UNKNOWN)
                && !config(server, "maxmemory").equals("0")) {
            warnings.add("Redis evicts keys when memory is short (maxmemory-policy " + policy
                    + "): messages will be lost. Set noeviction");
        }
        if (!dragonfly.isEmpty()) {
            return unlogged(DRAGONFLY_NAME + dragonfly, warnings);
        }
        String name =
                (info.containsKey("valkey_version") ? "Valkey " + info.get("valkey_version") : "Redis " + version);
        if (!"1".equals(info.getOrDefault("aof_enabled", "0"))) {
            return unlogged(name, warnings);
        }
        String sync = config(server, "appendfsync");
        String onRewrite = config(server, "no-appendfsync-on-rewrite");
        String unsynced = unsynced(server, sync);
        if (sync.equals("always") && onRewrite.equals("no")) {
            return new ServerFacts(
                    name, Durability.SYNCED, unsynced, "nothing that was acknowledged", warnings, false, Map.of());
        }
        return new ServerFacts(
                name,
                Durability.WRITTEN,
                unsynced,
                "in a power cut what its append-only file had not synced (appendfsync "
                        + (sync.isEmpty() ? "unknown" : sync)
                        + (onRewrite.equals("no") ? "" : ", no-appendfsync-on-rewrite " + onRewrite) + ")",
                warnings,
                false,
                Map.of());
    }

    private static String unsynced(StatefulConnection<byte[], byte[]> server, String sync) {
        if (!SYNCING.contains(sync)) {
            return "its appendfsync is " + (sync.isEmpty() ? "unknown" : sync);
        }
        return knows(server, SyncWait.WAITAOF.toString())
                ? ""
                : "it has no WAITAOF, as Redis has from 7.2 on, to say when an append is synced";
    }

    private static ServerFacts unlogged(String name, List<String> warnings) {
        warnings.add(
                name + " keeps no append-only file: what it holds is lost when it is killed, but for its last snapshot."
                        + " Set appendonly yes to keep acknowledged messages");
        return new ServerFacts(
                name, Durability.WRITTEN, "it keeps no append-only file", UNLOGGED, warnings, false, Map.of());
    }

    private static double majorMinor(String version) {
        String[] parts = version.split("\\.", -1);
        try {
            return Double.parseDouble(parts[0] + "." + (parts.length > 1 ? parts[1] : "0"));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private static Map<String, String> parse(List<Object> reply) {
        Map<String, String> found = new HashMap<>();
        for (String line : Keys.text((byte[]) reply.get(0)).split("\r\n", -1)) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                found.put(line.substring(0, colon), line.substring(colon + 1));
            }
        }
        return found;
    }

    /** Nothing where the server does not tell. */
    private static String config(StatefulConnection<byte[], byte[]> server, String name) {
        try {
            List<Object> reply =
                    RedisLink.ask(server, CommandType.CONFIG, "GET", name).join();
            return reply.size() < 2 ? UNKNOWN : Keys.text((byte[]) reply.get(1));
        } catch (CompletionException e) {
            return UNKNOWN;
        }
    }

    /** Whether the server has a command; not where it does not tell. */
    private static boolean knows(StatefulConnection<byte[], byte[]> server, String command) {
        try {
            List<Object> reply =
                    RedisLink.ask(server, CommandType.COMMAND, "INFO", command).join();
            return !reply.isEmpty() && reply.get(0) instanceof List<?> described && !described.isEmpty();
        } catch (CompletionException e) {
            return false;
        }
    }
}
