package io.portask.store.redis;

import io.lettuce.core.protocol.CommandType;
import io.portask.store.StoreHealth;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks every server that takes appends, from time to time and after each new connection, whether it is there and what it keeps,
 * and remembers the answers. Any thread.
 */
final class RedisHealth {
    private static final Logger LOG = LoggerFactory.getLogger("io.portask.store");
    private static final long RECENT_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final RedisLink link;
    private final Executor threads;
    private final String name;
    private final AtomicBoolean due = new AtomicBoolean();
    private volatile long checkedNs;
    private volatile StoreHealth last;
    private volatile ServerFacts facts;

    /**
     * Blocks until the servers have answered.
     *
     * @param address of the servers, for people
     * @param threads for what blocks
     */
    RedisHealth(RedisLink link, String address, Executor threads) {
        this.link = link;
        this.threads = threads;
        this.facts = ask();
        facts.warnings().forEach(LOG::warn);
        link.onReplicas(facts.allReplicas());
        this.name = facts.name() + " at " + address;
        this.last = new StoreHealth(true, name);
    }

    private ServerFacts ask() {
        ServerFacts now = ServerFacts.ask(link);
        if (now.syncsOnWish()) {
            link.openSyncing();
        }
        return now;
    }

    /** Blocks until answered. */
    void check() {
        long startNs = System.nanoTime();
        checkedNs = startNs;
        try {
            link.leaveReplicas();
            CompletableFuture<?>[] answers = link.masters().values().stream()
                    .map(server -> RedisLink.ask(server, CommandType.PING))
                    .toArray(CompletableFuture[]::new);
            CompletableFuture.allOf(answers).join();
            double ms = (System.nanoTime() - startNs) / 1e6;
            learn(ask());
            link.onReplicas(facts.allReplicas());
            last = new StoreHealth(true, String.format(Locale.ROOT, "%s answers in %.1f ms", name, ms));
        } catch (RuntimeException e) {
            last = new StoreHealth(
                    false, String.valueOf(RedisErrors.named(name, e).getMessage()));
        }
    }

    private synchronized void learn(ServerFacts now) {
        ServerFacts before = facts;
        facts = now;
        now.warnings().stream()
                .filter(warning -> !before.warnings().contains(warning))
                .forEach(LOG::warn);
        if (now.reached() != before.reached()) {
            LOG.warn("{}: appends reach {} now; a crash of it loses {}", name, now.reached(), now.loss());
        }
    }

    /** Checks before long, without blocking. */
    void checkSoon() {
        if (due.compareAndSet(false, true)) {
            try {
                threads.execute(() -> {
                    due.set(false);
                    check();
                });
            } catch (RejectedExecutionException e) {
                LOG.debug("The store is closed", e);
            }
        }
    }

    /** As {@link #checkSoon()}, for those who may ask very often. */
    void checkUnlessRecent() {
        if (System.nanoTime() - checkedNs > RECENT_NS) {
            checkSoon();
        }
    }

    /** What the servers said last. */
    ServerFacts facts() {
        return facts;
    }

    StoreHealth last() {
        return last;
    }
}
