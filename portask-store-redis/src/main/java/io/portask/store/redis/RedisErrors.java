package io.portask.store.redis;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisConnectionException;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What went wrong with Redis, in Portask's words. The words of Redis and of its client, which may hold addresses and names of keys, are
 * not among them, as they reach remote clients: they are the cause, and the log has them.
 */
final class RedisErrors {
    private static final Logger LOG = LoggerFactory.getLogger("io.portask.store");
    private static final long LOGGED_EVERY_NS = TimeUnit.SECONDS.toNanos(10);
    private static final Pattern PLACE = Pattern.compile(" at offset \\d{1,18}\\b");
    private static final Pattern KIND = Pattern.compile("[A-Z]{2,20}");

    private static final int LOGGED_KINDS = 1_000;

    /** When each was logged last; all forgotten when they become too many. */
    private static final Map<String, Long> LOGGED_NS = new ConcurrentHashMap<>();

    private static final String OLD_SCRIPT_ERROR = "ERR Error running script";
    private static final String OLD_SCRIPT_LINE = "@user_script:";
    private static final Pattern LINE_AND_DASH = Pattern.compile("^@user_script: ?\\d+: -?");

    /** What a script meets when values are not as scripts leave them. */
    private static final Pattern FOREIGN = Pattern.compile("equal or smaller|attempt to |bad argument");

    private static final Pattern RIGHTS = Pattern.compile("^(NOAUTH|WRONGPASS|NOPERM)\\b");

    private RedisErrors() {}

    /**
     * Something in Redis is not as the store writes it.
     *
     * @param found what is there instead, for the log
     */
    static PortaskException damaged(String what, String found, @Nullable Throwable cause) {
        if (isToBeLogged(what)) {
            LOG.error("{} is damaged: '{}'", what, found);
        }
        return new PortaskException(
                ErrorCode.CORRUPT_STORE,
                what
                        + " is damaged. Something else writes under the store's keys. The server's log shows what is there",
                cause);
    }

    /** Once in a while for each kind, as what fails is mostly tried again at once. */
    private static boolean isToBeLogged(String kind) {
        long nowNs = System.nanoTime();
        Long lastNs = LOGGED_NS.get(kind);
        if (lastNs != null && nowNs - lastNs < LOGGED_EVERY_NS) {
            return false;
        }
        if (LOGGED_NS.size() >= LOGGED_KINDS) {
            LOGGED_NS.clear();
        }
        return lastNs == null ? LOGGED_NS.putIfAbsent(kind, nowNs) == null : LOGGED_NS.replace(kind, lastNs, nowNs);
    }

    /**
     * The stage, its error in Portask's words.
     *
     * @param what what is being done, as the beginning of a sentence
     */
    static <T extends @Nullable Object> CompletionStage<T> naming(String what, CompletionStage<T> stage) {
        return stage.handle((result, error) -> {
            if (error != null) {
                throw named(what, error);
            }
            return result;
        });
    }

    /** Waits for a stage, on a thread of the store's own. */
    static <T extends @Nullable Object> T await(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().join();
        } catch (RuntimeException e) {
            throw PortaskException.of(e);
        }
    }

    /** @param what what was being done, as the beginning of a sentence */
    static PortaskException named(String what, Throwable error) {
        Throwable cause = PortaskException.unwrapped(error);
        if (cause instanceof PortaskException known) {
            return known;
        }
        String text = String.valueOf(cause.getMessage());
        if (cause instanceof RedisCommandTimeoutException || cause instanceof CancellationException) {
            return new PortaskException(
                    ErrorCode.TIMEOUT,
                    what
                            + ": Redis did not answer in time. Whether it was done is not known; an idempotent producer may"
                            + " publish again",
                    cause);
        }
        if (cause instanceof RedisCommandExecutionException) {
            return refused(what, text, cause);
        }
        if (text.startsWith("Request queue size exceeded") || text.startsWith("Internal stack size exceeded")) {
            return new PortaskException(
                    ErrorCode.OVERLOADED, what + ": too many commands wait for Redis. Try again later", cause);
        }
        if (cause instanceof RedisConnectionException || text.startsWith("Currently not connected")) {
            return new PortaskException(
                    ErrorCode.STORE_UNAVAILABLE, what + ": Redis cannot be reached now. Nothing was done", cause);
        }
        return new PortaskException(
                ErrorCode.TIMEOUT,
                what + ": the connection to Redis broke. Whether it was done is not known; an idempotent producer may"
                        + " publish again",
                cause);
    }

    private static PortaskException refused(String what, String answer, Throwable cause) {
        String text = ofCommand(answer);
        int space = text.indexOf(' ');
        String first = space < 0 ? text : text.substring(0, space);
        String kind = KIND.matcher(first).matches() ? first : "ERR";
        if (isToBeLogged(kind)) {
            LOG.warn("{}: Redis refused: {}", what, answer);
        }
        ErrorCode code = switch (kind) {
            case "LOADING",
                    "READONLY",
                    "CLUSTERDOWN",
                    "MASTERDOWN",
                    "TRYAGAIN",
                    "MISCONF",
                    "NOREPLICAS",
                    "BUSY",
                    "MOVED",
                    "ASK",
                    "NOAUTH",
                    "WRONGPASS",
                    "NOPERM" -> ErrorCode.STORE_UNAVAILABLE;
            case "OOM" -> ErrorCode.OVERLOADED;
            case "WRONGTYPE" -> ErrorCode.CORRUPT_STORE;
            default -> FOREIGN.matcher(text).find() ? ErrorCode.CORRUPT_STORE : ErrorCode.STORE_IO_ERROR;
        };
        String reason = switch (kind) {
            case "OOM" -> "Redis has no memory left. Trim topics, or raise its maxmemory";
            case "NOAUTH", "WRONGPASS" ->
                "Redis does not take the store's user and password any more. Give Redis back the old ones, or start again"
                        + " with the new ones in the store's URI";
            case "NOPERM" ->
                "Redis does not allow the store's user to do this. Allow it all commands on the store's keys and channels";
            case "READONLY" ->
                "Redis refused it (READONLY): it is a replica now. The store goes on with the new master by itself";
            case "LOADING" -> "Redis refused it (LOADING): it still loads its data. Try again later";
            default ->
                "Redis refused it (" + kind + ")" + place(text)
                        + (code == ErrorCode.CORRUPT_STORE ? ". Something else writes under the store's keys" : "")
                        + ". The server's log shows its answer";
        };
        return new PortaskException(code, what + ": " + reason, cause);
    }

    /** Where the store's own script says that it happened. */
    private static String place(String text) {
        Matcher place = PLACE.matcher(text);
        return place.find() ? place.group() : "";
    }

    static boolean isAboutRights(@Nullable String answer) {
        return RIGHTS.matcher(ofCommand(String.valueOf(answer))).find();
    }

    /** Before Redis 7 the error of a command in a script stands behind where it happened. */
    private static String ofCommand(String answer) {
        int script = answer.startsWith(OLD_SCRIPT_ERROR) ? answer.lastIndexOf(OLD_SCRIPT_LINE) : -1;
        return script < 0
                ? answer
                : LINE_AND_DASH.matcher(answer.substring(script)).replaceFirst("");
    }

    /** What keeps the store from starting. */
    static PortaskException atStart(RedisConfig config, Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof PortaskException known) {
                return known;
            }
            if (cause instanceof RedisCommandExecutionException) {
                String text = String.valueOf(cause.getMessage());
                PortaskException refused = refused("Opening Redis at " + config.serverNames(), text, error);
                return refused.code() == ErrorCode.STORE_IO_ERROR || isAboutRights(text)
                        ? new PortaskException(
                                ErrorCode.INVALID_CONFIGURATION,
                                isAboutRights(text)
                                        ? String.valueOf(refused.getMessage())
                                        : "Opening Redis at " + config.serverNames() + ": Redis refused: " + text,
                                error)
                        : refused;
            }
        }
        return new PortaskException(
                ErrorCode.STORE_UNAVAILABLE,
                "Redis at " + config.serverNames() + " cannot be reached: " + innermost(error)
                        + ". Start it, or give the URI of one that runs",
                error);
    }

    private static @Nullable String innermost(Throwable error) {
        Throwable cause = error;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage();
    }
}
