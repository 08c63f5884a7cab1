package io.portask.store.log;

/**
 * How a log store enforces, in the background, what its topics keep.
 *
 * @param retentionCheckMs the time between two looks at all partitions; {@link #BY_HAND} if there is no thread for it
 * @param bytesPerSecond how fast segments are read and written to remove messages from them
 * @param delayMs how long a deleted message, or one whose key has a later one, may stay on the disk where too few are to be
 *     removed for a rewrite to pay
 * @param maxKeys of a compacted topic held in memory at a time, 24 bytes or more each; more keys take several passes
 */
record CleaningConfig(int retentionCheckMs, long bytesPerSecond, long delayMs, int maxKeys) {
    static final int BY_HAND = 0;
    static final CleaningConfig DEFAULT = new CleaningConfig(30_000, 32L << 20, 60 * 60 * 1000, 1 << 20);

    CleaningConfig withRetentionCheckMs(int ms) {
        return new CleaningConfig(ms, bytesPerSecond, delayMs, maxKeys);
    }

    CleaningConfig withBytesPerSecond(long bytes) {
        return new CleaningConfig(retentionCheckMs, bytes, delayMs, maxKeys);
    }

    CleaningConfig withDelayMs(long ms) {
        return new CleaningConfig(retentionCheckMs, bytesPerSecond, ms, maxKeys);
    }

    CleaningConfig withMaxKeys(int keys) {
        return new CleaningConfig(retentionCheckMs, bytesPerSecond, delayMs, keys);
    }
}
