package io.portask.store;

import java.util.List;

/**
 * What a scrub of one partition read and found.
 *
 * @param batches good batches
 * @param bytes in them
 * @param problems the damaged places in order of offsets, at most {@link #MAX_PROBLEMS}
 */
public record ScrubReport(long batches, long bytes, List<Problem> problems) {
    /** A partition with more damage is reported up to here. */
    public static final int MAX_PROBLEMS = 1_000;

    public ScrubReport {
        problems = List.copyOf(problems);
    }

    /**
     * Messages that cannot be read.
     *
     * @param firstOffset the first of them
     * @param lastOffset the last of them
     * @param text where they are, and what is wrong there
     */
    public record Problem(long firstOffset, long lastOffset, String text) {}

    public boolean isSound() {
        return problems.isEmpty();
    }
}
