package io.portask.store;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;

/**
 * What a topic keeps and for how long. Each limit holds for every partition by itself, and stores enforce it in the
 * background: what is over a limit goes eventually, not at once, and in the store's own pieces (segments, chunks).
 *
 * <p>A message's age is told by its own timestamp, which its producer sets. Timestamps that lie in the past make messages go
 * early. Timestamps in the future do not make them stay: a piece counts as no younger than the store's clock says that it was
 * last seen to change.
 *
 * @param retentionMs messages older than this go, in whole pieces whose newest message is too old; {@link #UNLIMITED} for
 *     never
 * @param retentionBytes while a partition is larger than this its oldest pieces go, but for the one that is appended to; {@link
 *     #UNLIMITED} for any size
 * @param retentionMessages while a partition has more messages than this, counted by their offsets, its oldest pieces go, but for the
 *     one that is appended to; {@link #UNLIMITED} for any number
 * @param compacted whether of all messages with the same key only the latest is sure to stay. Such a topic takes no
 *     message without a key. A message without a value, a tombstone, deletes its key
 * @param tombstoneRetentionMs how long a tombstone is kept after all older messages of its key are gone, so that readers
 *     who are that far behind learn of the deletion
 */
public record TopicConfig(
        long retentionMs, long retentionBytes, long retentionMessages, boolean compacted, long tombstoneRetentionMs) {
    public static final long UNLIMITED = -1;
    public static final long DEFAULT_TOMBSTONE_RETENTION_MS = 24L * 60 * 60 * 1000;

    /** Keeps everything forever. */
    public static final TopicConfig DEFAULT =
            new TopicConfig(UNLIMITED, UNLIMITED, false, DEFAULT_TOMBSTONE_RETENTION_MS);

    /** @throws PortaskException {@link ErrorCode#INVALID_REQUEST}, naming the key, the value and what is allowed */
    public TopicConfig {
        checkLimit("retentionMs", retentionMs);
        checkLimit("retentionBytes", retentionBytes);
        checkLimit("retentionMessages", retentionMessages);
        if (tombstoneRetentionMs < 0) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST,
                    "tombstoneRetentionMs is " + tombstoneRetentionMs + "; allowed is 0 or more");
        }
    }

    /** Keeps any number of messages. */
    public TopicConfig(long retentionMs, long retentionBytes, boolean compacted, long tombstoneRetentionMs) {
        this(retentionMs, retentionBytes, UNLIMITED, compacted, tombstoneRetentionMs);
    }

    private static void checkLimit(String key, long value) {
        if (value < 1 && value != UNLIMITED) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST,
                    key + " is " + value + "; allowed is 1 or more, or " + UNLIMITED + " for no limit");
        }
    }

    public TopicConfig withRetentionMs(long ms) {
        return new TopicConfig(ms, retentionBytes, retentionMessages, compacted, tombstoneRetentionMs);
    }

    public TopicConfig withRetentionBytes(long bytes) {
        return new TopicConfig(retentionMs, bytes, retentionMessages, compacted, tombstoneRetentionMs);
    }

    public TopicConfig withRetentionMessages(long messages) {
        return new TopicConfig(retentionMs, retentionBytes, messages, compacted, tombstoneRetentionMs);
    }

    public TopicConfig withCompacted(boolean enabled) {
        return new TopicConfig(retentionMs, retentionBytes, retentionMessages, enabled, tombstoneRetentionMs);
    }

    public TopicConfig withTombstoneRetentionMs(long ms) {
        return new TopicConfig(retentionMs, retentionBytes, retentionMessages, compacted, ms);
    }

    /**
     * Whether all that a piece of a partition holds is too old.
     *
     * @param newestTimestamp of any message in it; a negative one means that it is not known
     * @param changedMs when the store saw the piece change last, by its own clock
     */
    public boolean isExpired(long newestTimestamp, long changedMs, long nowMs) {
        long newest = newestTimestamp < 0 ? changedMs : Math.min(newestTimestamp, changedMs);
        return retentionMs != UNLIMITED && newest < nowMs - retentionMs;
    }

    /** Whether a partition of this size is larger than it may be. */
    public boolean isExceeded(long bytes, long messages) {
        return (retentionBytes != UNLIMITED && bytes > retentionBytes)
                || (retentionMessages != UNLIMITED && messages > retentionMessages);
    }

    /** Whether anything goes because of its age, or the partition's size or number of messages. */
    public boolean isLimited() {
        return retentionMs != UNLIMITED || retentionBytes != UNLIMITED || retentionMessages != UNLIMITED;
    }
}
