package io.portask.store.redis;

import java.util.List;

/**
 * The answer of {@code compaction.lua}.
 *
 * @param done the offset up to which the present pass is done
 * @param stop the offset to which it goes
 * @param token whose it is, and which run of that node; empty for nobody's
 * @param stepMs when that one did something last
 * @param newBytes in what no pass has seen
 * @param newSinceMs when the first of that was appended; -1 if that is not known
 */
record CompactionState(
        long start,
        long end,
        long done,
        long stop,
        String token,
        long stepMs,
        CompactionPasses passes,
        long bytes,
        long newBytes,
        long newSinceMs) {

    static CompactionState of(List<Object> reply) {
        return new CompactionState(
                (Long) reply.get(0),
                (Long) reply.get(1),
                (Long) reply.get(2),
                (Long) reply.get(3),
                Keys.text((byte[]) reply.get(4)),
                (Long) reply.get(5),
                CompactionPasses.decode(Keys.text((byte[]) reply.get(6))),
                (Long) reply.get(7),
                (Long) reply.get(8),
                (Long) reply.get(9));
    }

    /** Whether there is a pass that is not through. */
    boolean unfinished() {
        return done < stop;
    }

    /** Whether a pass would be worth its work: what is new is as much as what was compacted, or old. */
    boolean isWorthwhile(long nowMs, long delayMs) {
        return newBytes > 0 && (2 * newBytes >= bytes || nowMs - newSinceMs >= delayMs);
    }
}
