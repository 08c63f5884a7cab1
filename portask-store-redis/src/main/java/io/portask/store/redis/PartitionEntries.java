package io.portask.store.redis;

import io.portask.record.TopicPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * The answer of {@code read.lua}; what is in the batches is not checked.
 *
 * @param deleted the deleted offsets from the first entry on
 */
record PartitionEntries(long startOffset, long endOffset, NavigableSet<Long> deleted, List<Entry> entries) {
    private static final int DELETED = 2;
    private static final int ENTRIES = 3;

    /**
     * One entry.
     *
     * @param next the offset after it
     */
    record Entry(long next, EntryBatches content) {}

    /** @throws io.portask.error.PortaskException CORRUPT_STORE if what is deleted is damaged */
    static PartitionEntries of(TopicPartition partition, List<Object> reply) {
        NavigableSet<Long> deleted = new TreeSet<>();
        for (Object offset : (List<?>) reply.get(DELETED)) {
            String text = Keys.text((byte[]) offset);
            try {
                deleted.add(Long.parseLong(text));
            } catch (NumberFormatException e) {
                throw RedisErrors.damaged("The set of deleted messages of " + partition, text, e);
            }
        }
        List<Entry> entries = new ArrayList<>();
        for (int i = ENTRIES; i + 1 < reply.size(); i += 2) {
            entries.add(new Entry((Long) reply.get(i), new EntryBatches((byte[]) reply.get(i + 1))));
        }
        return new PartitionEntries((Long) reply.get(0), (Long) reply.get(1), deleted, entries);
    }
}
