package io.portask.consumer;

import io.portask.broker.ConsumerClaim;
import io.portask.record.TopicPartition;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a work queue's offsets in the store follow its oldest unsettled messages, so that its lag can be seen and a lost journal costs little. Belongs to the
 * thread of the queues.
 */
final class LowCommits {
    private static final Logger LOG = LoggerFactory.getLogger(LowCommits.class);
    private static final long COMMIT_MS = 1_000;

    private final String group;
    private final QueueLoop loop;
    private final ConsumerClaim claim;
    private final GroupMeters.Lags lags;
    private final Runnable onChange;
    private long atMs;

    /** After a failed commit, when the next is tried. */
    private long againAtMs;

    private boolean committing;

    /** @param onChange called when a commit has ended */
    LowCommits(String group, QueueLoop loop, ConsumerClaim claim, GroupMeters.Lags lags, Runnable onChange) {
        this.group = group;
        this.loop = loop;
        this.claim = claim;
        this.lags = lags;
        this.onChange = onChange;
    }

    /**
     * Commits once a second, one commit at a time.
     *
     * @param ending whether not to wait for the second's end
     * @return when to call again at the latest
     */
    long commit(long nowMs, Map<TopicPartition, LivePartition> partitions, boolean ending) {
        Map<TopicPartition, Long> lows = committing ? Map.of() : uncommitted(partitions);
        if (lows.isEmpty()) {
            return Long.MAX_VALUE;
        }
        long dueAtMs = ending ? againAtMs : Math.max(atMs, againAtMs);
        if (nowMs < dueAtMs) {
            return dueAtMs;
        }
        committing = true;
        atMs = nowMs + COMMIT_MS;
        loop.ask(claim.commitAsync(lows), (nothing, error) -> {
            committing = false;
            if (error == null) {
                lows.forEach((partition, low) -> {
                    LivePartition live = partitions.get(partition);
                    if (live != null) {
                        live.committed = Math.max(live.committed, low);
                    }
                });
                lags.onCommitted(lows);
            } else {
                againAtMs = loop.nowMs() + QueueLoop.RETRY_MS;
                LOG.warn("Group '{}' cannot commit its offsets now; it tries again", group, error);
            }
            onChange.run();
        });
        return Long.MAX_VALUE;
    }

    private static Map<TopicPartition, Long> uncommitted(Map<TopicPartition, LivePartition> partitions) {
        Map<TopicPartition, Long> lows = new HashMap<>();
        for (LivePartition live : partitions.values()) {
            if (live.core.low() > live.committed) {
                lows.put(live.partition, live.core.low());
            }
        }
        return lows;
    }

    /** Whether all is committed, but for what failed and is tried again later. */
    boolean isSettled(Map<TopicPartition, LivePartition> partitions) {
        return !committing && (uncommitted(partitions).isEmpty() || loop.nowMs() < againAtMs);
    }
}
