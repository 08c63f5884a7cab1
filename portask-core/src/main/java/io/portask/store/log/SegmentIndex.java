package io.portask.store.log;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Sparse index of one segment by offset and by time: an entry for a batch every {@value #INTERVAL_BYTES} bytes, found by
 * binary search. One thread adds; any thread looks up. In memory it also knows which intervals were verified since it was
 * loaded. It is written when its segment is sealed or its store closed, and
 * rebuilt from the segment whenever the file is missing or does not fit:
 *
 * <pre>
 *  0  i64 base offset of the segment
 *  8  i64 offset after the last batch covered
 * 16  i32 bytes of the segment covered
 * 20  i64 greatest timestamp of all that is covered
 * 28  i32 number of entries; then for each
 *     0  i64 base offset of a batch
 *     8  i32 its position
 *    12  i64 greatest timestamp before it in this segment
 * </pre>
 */
final class SegmentIndex {
    static final int INTERVAL_BYTES = 16 << 10;

    static final int BASE_OFFSET_OFFSET = 0;
    static final int NEXT_OFFSET_OFFSET = 8;
    static final int COVERED_OFFSET = 16;
    static final int MAX_TIMESTAMP_OFFSET = 20;
    static final int COUNT_OFFSET = 28;
    static final int HEADER_SIZE = 32;
    static final int ENTRY_SIZE = 20;

    private static final long NO_TIMESTAMP = Long.MIN_VALUE;

    private static final int MIN_CAPACITY = 4;

    private volatile Entries entries;
    private volatile int count;
    private volatile long maxTimestamp = NO_TIMESTAMP;

    private static final class Entries {
        final long[] offsets;
        final int[] positions;
        final long[] timestampsBefore;

        /** Set by any reader; a mark that is lost while the arrays grow costs another check. */
        final boolean[] verified;

        Entries(int capacity) {
            this(new long[capacity], new int[capacity], new long[capacity], new boolean[capacity]);
        }

        private Entries(long[] offsets, int[] positions, long[] timestampsBefore, boolean[] verified) {
            this.offsets = offsets;
            this.positions = positions;
            this.timestampsBefore = timestampsBefore;
            this.verified = verified;
        }

        Entries grown() {
            int capacity = offsets.length * 2;
            return new Entries(
                    Arrays.copyOf(offsets, capacity),
                    Arrays.copyOf(positions, capacity),
                    Arrays.copyOf(timestampsBefore, capacity),
                    Arrays.copyOf(verified, capacity));
        }
    }

    SegmentIndex() {
        this(MIN_CAPACITY);
    }

    /** @param expected the number of entries for which it need not grow */
    SegmentIndex(int expected) {
        entries = new Entries(Math.max(MIN_CAPACITY, expected));
    }

    /** Takes note of the batch at {@code position}, which comes after all those noted before. */
    void add(long baseOffset, int position, long batchMaxTimestamp) {
        if (count == 0 || position - entries.positions[count - 1] >= INTERVAL_BYTES) {
            addEntry(baseOffset, position);
        }
        if (batchMaxTimestamp > maxTimestamp) {
            maxTimestamp = batchMaxTimestamp;
        }
    }

    /** Makes sure that a look-up from {@code baseOffset} on does not begin before {@code position}. */
    void addEntry(long baseOffset, int position) {
        int last = count;
        Entries current = entries;
        if (last == current.offsets.length) {
            current = current.grown();
        }
        current.offsets[last] = baseOffset;
        current.positions[last] = position;
        current.timestampsBefore[last] = maxTimestamp;
        entries = current;
        count = last + 1;
    }

    int count() {
        return count;
    }

    /** The base offset of the batch of an entry. */
    long offsetAt(int entry) {
        return entries.offsets[entry];
    }

    /** Where the batch of an entry begins. */
    int positionAt(int entry) {
        return entries.positions[entry];
    }

    /** Notes that all batches from this entry to the next were compared with their checksums. Any thread. */
    void markVerified(int entry) {
        entries.verified[entry] = true;
    }

    boolean isVerified(int entry) {
        return entries.verified[entry];
    }

    /** The last entry at or before {@code position}; -1 if there is none. */
    int entryAtPosition(int position) {
        int known = count;
        int entry = Arrays.binarySearch(entries.positions, 0, known, position);
        return entry >= 0 ? entry : -entry - 2;
    }

    /** The last entry whose batch begins at or before {@code offset}; -1 if there is none. */
    int entryOf(long offset) {
        int low = 0;
        int high = count - 1;
        Entries current = entries;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (current.offsets[middle] <= offset) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    /** A position before which no batch has a timestamp of {@code epochMs} or later. */
    int positionForTimestamp(long epochMs) {
        int low = 0;
        int high = count - 1;
        Entries current = entries;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (current.timestampsBefore[middle] < epochMs) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high < 0 ? 0 : current.positions[high];
    }

    /** The greatest timestamp of any batch; less than every other when there is none. */
    long maxTimestamp() {
        return maxTimestamp;
    }

    ByteBuffer encode(long baseOffset, long nextOffset, int covered) {
        int size = count;
        Entries current = entries;
        ByteBuffer file = ByteBuffer.allocate(HEADER_SIZE + size * ENTRY_SIZE);
        file.putLong(baseOffset).putLong(nextOffset).putInt(covered).putLong(maxTimestamp);
        file.putInt(size);
        for (int i = 0; i < size; i++) {
            file.putLong(current.offsets[i]).putInt(current.positions[i]).putLong(current.timestampsBefore[i]);
        }
        return file.flip();
    }

    /** The index in a file, or null if it is not the one of exactly this range. */
    static @Nullable SegmentIndex decode(ByteBuffer file, long baseOffset, long nextOffset, int covered) {
        if (file.limit() < HEADER_SIZE
                || file.getLong(BASE_OFFSET_OFFSET) != baseOffset
                || file.getLong(NEXT_OFFSET_OFFSET) != nextOffset
                || file.getInt(COVERED_OFFSET) != covered
                || file.limit() != HEADER_SIZE + (long) file.getInt(COUNT_OFFSET) * ENTRY_SIZE) {
            return null;
        }
        SegmentIndex index = new SegmentIndex(file.getInt(COUNT_OFFSET));
        file.position(HEADER_SIZE);
        while (file.hasRemaining()) {
            long offset = file.getLong();
            int position = file.getInt();
            index.maxTimestamp = file.getLong();
            index.addEntry(offset, position);
        }
        index.maxTimestamp = file.getLong(MAX_TIMESTAMP_OFFSET);
        return index;
    }
}
