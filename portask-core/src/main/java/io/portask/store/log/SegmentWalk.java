package io.portask.store.log;

import java.io.IOException;

/**
 * Walks over a segment file to its end whatever is in it: shows every good batch, and names each part that is none and goes on
 * behind it. One thread.
 */
final class SegmentWalk {
    /** What {@link #walk} returns when its visitor has seen enough. */
    static final long ENDED_EARLY = -1;

    /** Told of the parts of a segment, in order. */
    interface Visitor {
        /**
         * @param at stands on a good batch
         * @return whether to go on
         */
        boolean onBatch(SegmentScanner at) throws IOException;

        /** Bytes {@code from} to {@code to} (exclusive) are no batch, and the offsets up to {@code nextOffset} (exclusive) are missing. */
        void onDamage(long from, long to, long firstOffset, long nextOffset, String why) throws IOException;

        /** From {@code from}, where the batch with offset {@code offset} could be, no good batch follows. */
        void onTail(long from, long offset, String why) throws IOException;
    }

    private SegmentWalk() {}

    /** Returns the offset after the last good batch. */
    static long walk(LogFile file, long size, long baseOffset, BufferPool buffers, Visitor visitor) throws IOException {
        try (SegmentScanner scanner = new SegmentScanner(file, size, 0, baseOffset, buffers)) {
            while (true) {
                while (scanner.next()) {
                    if (!visitor.onBatch(scanner)) {
                        return ENDED_EARLY;
                    }
                }
                String problem = scanner.problem();
                long stopped = scanner.end();
                long offset = scanner.nextOffset();
                if (scanner.resume()) {
                    visitor.onDamage(
                            stopped,
                            scanner.end(),
                            offset,
                            scanner.nextOffset(),
                            problem == null ? "there are zeros" : problem);
                } else {
                    if (problem != null) {
                        visitor.onTail(stopped, offset, problem);
                    }
                    return offset;
                }
            }
        }
    }
}
