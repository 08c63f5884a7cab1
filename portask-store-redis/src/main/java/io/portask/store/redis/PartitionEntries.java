package io.portask.store.redis;

import io.portask.record.TopicPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The answer of {@code read.lua}; what is in the batches is not checked.
 *
 * @param deleted the deleted offsets from the first entry on
 */
record PartitionEntries(long startOffset, long endOffset, NavigableSet<Long> deleted, List<Entry> entries) {
    private static final int DELETED = 2;
    private static final int ENTRIES = 3;
    private static final long UNKNOWN = -1;
    private static final Pattern FACTS = Pattern.compile("\\d+ (-?\\d{1,18}) -?\\d+ (\\d{1,18})");

    /**
     * One entry.
     *
     * @param next the offset after it
     * @param facts as it holds them; nothing where they were not asked for
     */
    record Entry(long next, EntryBatches content, String facts) {
        /** When it was appended, in ms since 1970, as far as that is known. */
        OptionalLong appendedMs() {
            Matcher known = FACTS.matcher(facts);
            return known.matches() ? OptionalLong.of(Long.parseLong(known.group(2))) : OptionalLong.empty();
        }

        /** The newest timestamp in it; -1 if that is not known. */
        long newestTimestamp() {
            Matcher known = FACTS.matcher(facts);
            return known.matches() ? Long.parseLong(known.group(1)) : UNKNOWN;
        }
    }

    /**
     * @param withFacts whether they were asked for
     * @throws io.portask.error.PortaskException CORRUPT_STORE if what is deleted is damaged
     */
    static PartitionEntries of(TopicPartition partition, List<Object> reply, boolean withFacts) {
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
        int parts = withFacts ? 3 : 2;
        for (int i = ENTRIES; i + parts <= reply.size(); i += parts) {
            String facts = withFacts ? Keys.text((byte[]) reply.get(i + 2)) : "";
            entries.add(new Entry((Long) reply.get(i), new EntryBatches((byte[]) reply.get(i + 1)), facts));
        }
        return new PartitionEntries((Long) reply.get(0), (Long) reply.get(1), deleted, entries);
    }
}
