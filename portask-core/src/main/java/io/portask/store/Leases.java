package io.portask.store;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Names of which each has one holder at a time among all brokers on a store, for a while, as long as it renews. Any thread; nothing
 * blocks.
 *
 * <p>A lease alone does not keep two holders apart: one that was stopped for long, or whose store lost a write in a failover, goes on for
 * a moment without knowing that another has followed. So what a holder writes carries its token, and the store refuses a lower one than
 * it has seen ({@link MessageStore#commitOffsets(String, java.util.Map, long)}). A holder counts its time from before it asked, by a
 * clock of its own that does not jump.
 *
 * <p>Names and holders have 1 to {@value #MAX_BYTES} bytes of UTF-8, and a lease lasts a millisecond to {@link #LONGEST}; else a call
 * fails with {@link ErrorCode#INVALID_REQUEST}.
 */
public interface Leases {
    int MAX_BYTES = 512;
    Duration LONGEST = Duration.ofDays(1);

    /**
     * Takes a name that nobody holds, whose lease has expired, or that the same holder has: then with a new token, which replaces the
     * one before.
     *
     * @return the lease as it is now, perhaps another holder's
     */
    CompletionStage<Lease> acquire(String name, String holder, Duration ttl);

    /** The lease, from now on for as long; nothing if it has expired, was released or is another's. */
    CompletionStage<Optional<Lease>> renew(Lease lease, Duration ttl);

    /** Gives it back before it expires. Changes nothing if it is gone. */
    CompletionStage<@Nullable Void> release(Lease lease);

    /** Who holds a name now, if anybody does. */
    CompletionStage<Optional<Lease>> find(String name);

    /** @throws PortaskException INVALID_REQUEST */
    static void checkName(String name) {
        checkLength("name", name);
    }

    /** @throws PortaskException INVALID_REQUEST */
    static void checkHolder(String holder) {
        checkLength("holder", holder);
    }

    private static void checkLength(String what, String text) {
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        if (bytes < 1 || bytes > MAX_BYTES) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST,
                    "The " + what + " of a lease has 1 to " + MAX_BYTES + " bytes, not " + bytes);
        }
    }

    /**
     * A duration in ms.
     *
     * @throws PortaskException INVALID_REQUEST
     */
    static long checkTtl(Duration ttl) {
        if (ttl.compareTo(Duration.ofMillis(1)) < 0 || ttl.compareTo(LONGEST) > 0) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST, "A lease lasts from 1 ms to " + LONGEST + ", not " + ttl);
        }
        return ttl.toMillis();
    }

    /** Why a commit with a token that was followed by a greater one is refused. */
    static PortaskException stale(String consumer, long token, long known) {
        return new PortaskException(
                ErrorCode.STALE_GENERATION,
                "Offsets of '" + consumer + "' were committed with token " + known + ", so that " + token
                        + " is of an earlier coordinator. Nothing was committed");
    }
}
