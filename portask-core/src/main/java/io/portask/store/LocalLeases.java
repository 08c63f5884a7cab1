package io.portask.store;

import io.portask.error.PortaskException;
import java.time.Clock;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The leases of a store that one broker has to itself: they and what was fenced are gone with the process. Tokens are at least the time in
 * ms, so that those of the next process are greater unless the clock was set back.
 */
final class LocalLeases implements Leases {
    private static final Map<MessageStore, LocalLeases> OF_STORES = Collections.synchronizedMap(new WeakHashMap<>());

    private final Clock clock;
    private final Map<String, Lease> held = new HashMap<>();

    /** The greatest token with which something was done under a name. */
    private final Map<String, Long> fences = new HashMap<>();

    private long lastToken;

    LocalLeases(Clock clock) {
        this.clock = clock;
    }

    static LocalLeases of(MessageStore store) {
        return OF_STORES.computeIfAbsent(store, any -> new LocalLeases(Clock.systemUTC()));
    }

    @Override
    public synchronized CompletionStage<Lease> acquire(String name, String holder, Duration ttl) {
        return complete(() -> {
            Leases.checkName(name);
            Leases.checkHolder(holder);
            long ttlMs = Leases.checkTtl(ttl);
            long nowMs = clock.millis();
            held.values().removeIf(lease -> lease.expiresMs() <= nowMs);
            Lease known = held.get(name);
            if (known != null && !known.isHeldBy(holder)) {
                return known;
            }
            lastToken = Math.max(lastToken + 1, nowMs);
            return hold(new Lease(name, lastToken, holder, nowMs + ttlMs));
        });
    }

    private Lease hold(Lease lease) {
        held.put(lease.name(), lease);
        return lease;
    }

    @Override
    public synchronized CompletionStage<Optional<Lease>> renew(Lease lease, Duration ttl) {
        return complete(() -> {
            long expiresMs = clock.millis() + Leases.checkTtl(ttl);
            return current(lease.name())
                    .filter(known -> known.token() == lease.token())
                    .map(known -> hold(new Lease(known.name(), known.token(), known.holder(), expiresMs)));
        });
    }

    @Override
    public synchronized CompletionStage<@Nullable Void> release(Lease lease) {
        current(lease.name())
                .filter(known -> known.token() == lease.token())
                .ifPresent(known -> held.remove(known.name()));
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public synchronized CompletionStage<Optional<Lease>> find(String name) {
        return complete(() -> {
            Leases.checkName(name);
            return current(name);
        });
    }

    private Optional<Lease> current(String name) {
        return Optional.ofNullable(held.get(name)).filter(lease -> lease.expiresMs() > clock.millis());
    }

    /** Begins something under a name unless it was begun with a greater token before. */
    synchronized <T extends @Nullable Object> CompletionStage<T> fenced(
            String name, long token, Supplier<CompletionStage<T>> action) {
        long known = fences.getOrDefault(name, 0L);
        if (token < known) {
            return CompletableFuture.failedFuture(Leases.stale(name, token, known));
        }
        fences.put(name, token);
        return action.get();
    }

    private static <T> CompletionStage<T> complete(Supplier<T> action) {
        try {
            return CompletableFuture.completedFuture(action.get());
        } catch (PortaskException e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
