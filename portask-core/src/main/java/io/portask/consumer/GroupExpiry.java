package io.portask.consumer;

import io.portask.broker.Broker;
import io.portask.record.TopicPartition;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forgets groups whose last member left long ago and for which nothing was committed since. It knows of those only that had members in this process; so a restart begins the
 * time anew, with the next member of each. Any thread.
 */
final class GroupExpiry {
    private static final Logger LOG = LoggerFactory.getLogger(GroupExpiry.class);
    private static final Duration DEFAULT = Duration.ofDays(7);

    /** What a group had committed when it was last looked at, and since when it had no members or new offsets. */
    private record Quiet(long sinceMs, Map<TopicPartition, Long> committed) {}

    private final Broker broker;
    private final Clock clock;
    private final Function<String, CompletionStage<@Nullable Void>> delete;
    private final Map<String, Quiet> quiet = new ConcurrentHashMap<>();
    private volatile Duration after;

    /** @param delete forgets a group */
    GroupExpiry(Broker broker, Clock clock, Function<String, CompletionStage<@Nullable Void>> delete) {
        this.delete = delete;
        this.broker = broker;
        this.clock = clock;
        this.after = broker.capabilities().shared() ? Duration.ZERO : DEFAULT;
    }

    /** @param time 0 for never */
    void after(Duration time) {
        after = time;
    }

    /** The last member is gone. */
    void onEnded(String group) {
        note(group);
    }

    private CompletionStage<@Nullable Void> note(String group) {
        return broker.committedAsync(group).thenAccept(committed -> {
            if (committed.isEmpty() || after.isZero()) {
                quiet.remove(group);
            } else {
                quiet.put(group, new Quiet(clock.millis(), committed));
            }
        });
    }

    void onJoined(String group) {
        quiet.remove(group);
    }

    /** Forgets what is due; completes when that is done. */
    CompletionStage<@Nullable Void> sweep() {
        Duration time = after;
        if (time.isZero()) {
            return CompletableFuture.completedFuture(null);
        }
        long before = clock.millis() - time.toMillis();
        CompletableFuture<?>[] sweeping = quiet.entrySet().stream()
                .filter(entry -> entry.getValue().sinceMs <= before)
                .map(entry -> expire(entry.getKey(), entry.getValue())
                        .exceptionally(error -> {
                            LOG.info("Group '{}' could not be expired; it is tried again", entry.getKey(), error);
                            return null;
                        })
                        .toCompletableFuture())
                .toArray(CompletableFuture<?>[]::new);
        return CompletableFuture.allOf(sweeping);
    }

    private CompletionStage<@Nullable Void> expire(String group, Quiet seen) {
        return broker.committedAsync(group).thenCompose(committed -> {
            if (!committed.equals(seen.committed)) {
                return note(group);
            }
            return delete.apply(group).thenRun(() -> {
                quiet.remove(group, seen);
                LOG.info("Group '{}' had no members and no commits for {}; it was forgotten", group, after);
            });
        });
    }
}
