package io.portask.store.log;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.LongStream;

/**
 * The offsets of one partition's single messages that were deleted: bits in pages of {@value #PAGE_OFFSETS}. One thread
 * changes it, any thread looks. What survives is the {@link EntryLog} beside the segments, whose entries are offsets, i64
 * each.
 */
final class DeletedOffsets {
    static final String FILE_NAME = "deleted.log";
    static final int PAGE_OFFSETS = 1024;

    private static final int PAGE_SHIFT = 10;
    private static final int OFFSETS_PER_ENTRY = 8192;

    /** Pages are never changed, only replaced. */
    private final ConcurrentNavigableMap<Long, long[]> pages = new ConcurrentSkipListMap<>();

    void add(long offset) {
        long[] page = pages.get(offset >>> PAGE_SHIFT);
        long[] changed = page == null ? new long[PAGE_OFFSETS / Long.SIZE] : page.clone();
        changed[word(offset)] |= 1L << offset;
        pages.put(offset >>> PAGE_SHIFT, changed);
    }

    /** Entries for the log. */
    static ByteBuffer encode(List<Long> offsets) {
        int size = offsets.size();
        ByteBuffer entries =
                ByteBuffer.allocate(size * Long.BYTES + (size / OFFSETS_PER_ENTRY + 1) * EntryLog.BODY_OFFSET);
        for (int from = 0; from < size; from += OFFSETS_PER_ENTRY) {
            List<Long> part = offsets.subList(from, Math.min(size, from + OFFSETS_PER_ENTRY));
            ByteBuffer entry = EntryLog.entry(part.size() * Long.BYTES);
            part.forEach(entry::putLong);
            entries.put(entry.flip());
        }
        return entries.flip();
    }

    void addAll(ByteBuffer entry) {
        while (entry.remaining() >= Long.BYTES) {
            add(entry.getLong());
        }
    }

    boolean contains(long offset) {
        long[] page = pages.get(offset >>> PAGE_SHIFT);
        return page != null && (page[word(offset)] & (1L << offset)) != 0;
    }

    /** Whether any offset from {@code first} to {@code last}, both included, was deleted. */
    boolean intersects(long first, long last) {
        if (pages.isEmpty()) {
            return false;
        }
        for (Map.Entry<Long, long[]> entry : pages.subMap(first >>> PAGE_SHIFT, true, last >>> PAGE_SHIFT, true)
                .entrySet()) {
            long pageStart = entry.getKey() << PAGE_SHIFT;
            long end = Math.min(last, pageStart + PAGE_OFFSETS - 1);
            for (long offset = Math.max(first, pageStart); offset <= end; offset++) {
                if ((entry.getValue()[word(offset)] & (1L << offset)) != 0) {
                    return true;
                }
            }
        }
        return false;
    }

    boolean isEmpty() {
        return pages.isEmpty();
    }

    /** All of them, sorted. */
    List<Long> all() {
        List<Long> all = new ArrayList<>();
        pages.forEach((page, bits) -> {
            for (int i = 0; i < PAGE_OFFSETS; i++) {
                if ((bits[i / Long.SIZE] & (1L << i)) != 0) {
                    all.add((page << PAGE_SHIFT) + i);
                }
            }
        });
        return all;
    }

    void clear() {
        pages.clear();
    }

    /** The offsets from {@code first} on and before {@code end}, ascending. */
    long[] between(long first, long end) {
        LongStream.Builder found = LongStream.builder();
        for (Map.Entry<Long, long[]> entry : pages.subMap(first >>> PAGE_SHIFT, true, end >>> PAGE_SHIFT, true)
                .entrySet()) {
            long pageStart = entry.getKey() << PAGE_SHIFT;
            long pageEnd = Math.min(end, pageStart + PAGE_OFFSETS);
            for (long offset = Math.max(first, pageStart); offset < pageEnd; offset++) {
                if ((entry.getValue()[word(offset)] & (1L << offset)) != 0) {
                    found.add(offset);
                }
            }
        }
        return found.build().toArray();
    }

    void removeAll(long[] removed) {
        for (long offset : removed) {
            long[] page = pages.get(offset >>> PAGE_SHIFT);
            if (page != null) {
                long[] changed = page.clone();
                changed[word(offset)] &= ~(1L << offset);
                if (LongStream.of(changed).allMatch(bits -> bits == 0)) {
                    pages.remove(offset >>> PAGE_SHIFT);
                } else {
                    pages.put(offset >>> PAGE_SHIFT, changed);
                }
            }
        }
    }

    /** Frees what is known of offsets that nobody can read any more. */
    void discardBefore(long offset) {
        pages.headMap(offset >>> PAGE_SHIFT).clear();
    }

    private static int word(long offset) {
        return (int) (offset & (PAGE_OFFSETS - 1)) / Long.SIZE;
    }
}
