package io.portask.store.log;

import java.nio.ByteBuffer;
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
    static final int ENTRY_BATCH_OFFSET = 0;
    static final int ENTRY_POSITION_OFFSET = 8;
    static final int ENTRY_TIMESTAMP_OFFSET = 12;
    static final int ENTRY_SIZE = 20;

    private static final long NO_TIMESTAMP = Long.MIN_VALUE;

    private static final int MIN_CAPACITY = 4;

    private volatile Entries entries;
    private volatile int count;
    private volatile long maxTimestamp = NO_TIMESTAMP;

    /** The entries as they go into the file, with room for its header and that of {@link DurableFiles} before them. */
    private static final class Entries {
        private static final int FIRST_OFFSET = DurableFiles.CONTENT_OFFSET + HEADER_SIZE;

        final ByteBuffer file;

        /** Set by any reader; a mark that is lost while the entries grow costs another check. */
        final boolean[] verified;

        Entries(int capacity) {
            this(ByteBuffer.allocate(FIRST_OFFSET + capacity * ENTRY_SIZE), new boolean[capacity]);
        }

        private Entries(ByteBuffer file, boolean[] verified) {
            this.file = file;
            this.verified = verified;
        }

        int capacity() {
            return verified.length;
        }

        Entries grown() {
            Entries grown = new Entries(capacity() * 2);
            grown.file.put(0, file, 0, file.capacity());
            System.arraycopy(verified, 0, grown.verified, 0, capacity());
            return grown;
        }

        void set(int entry, long offset, int position, long timestampBefore) {
            int at = at(entry);
            file.putLong(at + ENTRY_BATCH_OFFSET, offset);
            file.putInt(at + ENTRY_POSITION_OFFSET, position);
            file.putLong(at + ENTRY_TIMESTAMP_OFFSET, timestampBefore);
        }

        long offset(int entry) {
            return file.getLong(at(entry) + ENTRY_BATCH_OFFSET);
        }

        int position(int entry) {
            return file.getInt(at(entry) + ENTRY_POSITION_OFFSET);
        }

        /** What an entry has at {@link #ENTRY_BATCH_OFFSET}, {@link #ENTRY_POSITION_OFFSET} or {@link #ENTRY_TIMESTAMP_OFFSET}. */
        long value(int entry, int field) {
            int at = at(entry) + field;
            return field == ENTRY_POSITION_OFFSET ? file.getInt(at) : file.getLong(at);
        }

        private static int at(int entry) {
            return FIRST_OFFSET + entry * ENTRY_SIZE;
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
        if (count == 0 || position - entries.position(count - 1) >= INTERVAL_BYTES) {
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
        if (last == current.capacity()) {
            current = current.grown();
        }
        current.set(last, baseOffset, position, maxTimestamp);
        entries = current;
        count = last + 1;
    }

    int count() {
        return count;
    }

    /** The base offset of the batch of an entry. */
    long offsetAt(int entry) {
        return entries.offset(entry);
    }

    /** Where the batch of an entry begins. */
    int positionAt(int entry) {
        return entries.position(entry);
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
        return lastBelow(ENTRY_POSITION_OFFSET, position + 1L);
    }

    /** The last entry whose batch begins at or before {@code offset}; -1 if there is none. */
    int entryOf(long offset) {
        return lastBelow(ENTRY_BATCH_OFFSET, offset + 1);
    }

    /** A position before which no batch has a timestamp of {@code epochMs} or later. */
    int positionForTimestamp(long epochMs) {
        int entry = lastBelow(ENTRY_TIMESTAMP_OFFSET, epochMs);
        return entry < 0 ? 0 : positionAt(entry);
    }

    /** The last entry of which a field is less than the bound; no field ever falls from an entry to the next. */
    private int lastBelow(int field, long bound) {
        int low = 0;
        int high = count - 1;
        Entries current = entries;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (current.value(middle, field) < bound) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    /** The greatest timestamp of any batch; less than every other when there is none. */
    long maxTimestamp() {
        return maxTimestamp;
    }

    /**
     * The index as {@link DurableFiles} writes it, made in place: valid until the next batch is added. The thread that adds.
     */
    ByteBuffer encode(long baseOffset, long nextOffset, int covered) {
        int size = count;
        ByteBuffer file = entries.file.duplicate().position(DurableFiles.CONTENT_OFFSET);
        file.putLong(baseOffset).putLong(nextOffset).putInt(covered).putLong(maxTimestamp);
        file.putInt(size);
        return file.limit(file.position() + size * ENTRY_SIZE).position(0);
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
