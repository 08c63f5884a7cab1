package io.portask.store.redis;

import io.portask.error.PortaskException;
import io.portask.record.RecordBatch;
import io.portask.record.RecordReader;
import io.portask.record.TopicPartition;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leaves of every key in the partitions of compacted topics the latest record, and of tombstones those that are not old enough to go.
 *
 * <p>A pass first reads what is new and notes the latest offset of each key, then makes all entries anew without the records that
 * are not the latest: a bounded piece at a time, each by a script that puts what was made in the place of what it was made of.
 * Redis serves others between two, and knows at any time how far the pass is. Only one node goes on with a pass; one that it has
 * left is taken over by another. The token that a node begins with is written behind all that it has noted: a Redis that has lost
 * some of that in a failover does not know the token either, and refuses the pass.
 *
 * <p>A record goes only if a later one of its key was seen undamaged and not deleted. A tombstone goes only if everything older of its
 * key went before, its retention ago; a pass that met damage or took over another does not count. Any number of nodes; one thread in
 * each.
 */
final class KeyCompaction {
    private static final Logger LOG = LoggerFactory.getLogger("io.portask.store");
    private static final int BYTES_AT_ONCE = 128 << 10;
    private static final int NULL_LENGTH = -1;
    private static final int LEFT_AFTER_TIMEOUTS = 10;
    private static final long NEW_PASS = 1;
    private static final long REFUSED = 0;

    private final RedisConfig config;
    private final RedisTopics topics;
    private final PartitionCommands partitions;
    private final Clock clock;
    private final String node = UUID.randomUUID().toString();
    private long runs;

    KeyCompaction(RedisConfig config, RedisTopics topics, PartitionCommands partitions, Clock clock) {
        this.config = config;
        this.topics = topics;
        this.partitions = partitions;
        this.clock = clock;
    }

    /** Blocks until done. A partition that fails is tried again the next time. */
    void run() {
        for (Map.Entry<String, TopicEntry> topic :
                RedisErrors.await(topics.all()).entrySet()) {
            TopicEntry entry = topic.getValue();
            for (int i = 0; entry.compactionSwitches() > 0 && i < entry.partitions(); i++) {
                TopicPartition partition = new TopicPartition(topic.getKey(), i);
                try {
                    RedisErrors.await(partitions.switchCompaction(entry, partition));
                    if (entry.config().compacted()) {
                        compact(entry, partition);
                    }
                } catch (RuntimeException e) {
                    LOG.warn("The keys of {} cannot be compacted now", partition, e);
                }
            }
        }
    }

    private void compact(TopicEntry topic, TopicPartition partition) {
        boolean more = false;
        do {
            CompactionState state = CompactionState.of(call(Script.COMPACTION, topic, partition, List.of()));
            long now = clock.millis();
            long expiredMs = now - topic.config().tombstoneRetentionMs();
            long horizon = state.passes().compactedAt(expiredMs);
            boolean due = state.unfinished()
                    ? isLeft(state, now)
                    : more
                            || state.isWorthwhile(now, config.cleanDelayMs())
                            || state.passes().areTombstonesDue(horizon);
            more = due && state.end() > state.start() && new Pass(topic, partition, state, horizon, expiredMs).run();
        } while (more);
    }

    private boolean isLeft(CompactionState state, long now) {
        return state.token().startsWith(node) || Math.abs(now - state.stepMs()) >= leftAfterMs();
    }

    private long leftAfterMs() {
        return (long) LEFT_AFTER_TIMEOUTS * config.timeoutMs();
    }

    private List<Object> call(Script script, TopicEntry topic, TopicPartition partition, List<byte[]> args) {
        return RedisErrors.await(partitions.compaction(script, topic, partition, args));
    }

    /** One pass through a partition. */
    private final class Pass {
        private final TopicEntry topic;
        private final TopicPartition partition;
        private final CompactionState state;
        private final long horizon;
        private final long expiredMs;
        private final LatestOffsets latest = new LatestOffsets(config.compactionKeys());
        private final long run = ++runs;

        /** The offset before which all keys are noted. */
        private long noted;

        private PartitionEntries.@Nullable Entry lastSeen;
        private long start;
        private boolean whole = true;
        private boolean tombstones;

        /**
         * @param horizon before it tombstones go
         * @param expiredMs what passes did before this time need not be told apart
         */
        Pass(TopicEntry topic, TopicPartition partition, CompactionState state, long horizon, long expiredMs) {
            this.topic = topic;
            this.partition = partition;
            this.state = state;
            this.horizon = horizon;
            this.expiredMs = expiredMs;
        }

        /** Whether there is more to do. */
        boolean run() {
            note();
            PartitionEntries.Entry witness = lastSeen;
            if (witness == null) {
                return false;
            }
            List<byte[]> args = token();
            args.add(Keys.bytes(leftAfterMs()));
            args.add(Keys.bytes(witness.next()));
            args.add(Keys.bytes(witness.facts()));
            List<Object> begun = call(Script.BEGIN_PASS, topic, partition, args);
            if ((Long) begun.get(0) == REFUSED) {
                return false;
            }
            boolean isNew = (Long) begun.get(0) == NEW_PASS;
            long stop = (Long) begun.get(2);
            long done = (Long) begun.get(1);
            while (done < stop) {
                long before = done;
                done = rewrite(done, stop, isNew);
                if (done == before) {
                    return false;
                }
            }
            return !isNew || noted < state.end();
        }

        private List<byte[]> token() {
            List<byte[]> args = new ArrayList<>();
            args.add(Keys.bytes(node));
            args.add(Keys.bytes(run));
            args.add(Keys.bytes(clock.millis()));
            return args;
        }

        private PartitionEntries read(long offset) {
            return RedisErrors.await(partitions.entriesWithFacts(topic, partition, offset, BYTES_AT_ONCE));
        }

        private void note() {
            noted = Math.max(state.passes().compactedTo(), state.start());
            try (RecordReader records = new RecordReader(Integer.MAX_VALUE)) {
                boolean fits = true;
                while (fits && noted < state.end()) {
                    PartitionEntries found = read(noted);
                    if (found.startOffset() > noted) {
                        noted = found.startOffset();
                    } else if (found.entries().isEmpty()) {
                        whole = false;
                        noted = state.end();
                    }
                    for (PartitionEntries.Entry entry : found.entries()) {
                        fits = fits && note(entry, found, records);
                    }
                }
            }
            if (lastSeen == null && state.end() > state.start()) {
                lastSeen = lastEntry();
            }
        }

        /** For a pass that is for tombstones only: there is nothing new. */
        private PartitionEntries.@Nullable Entry lastEntry() {
            List<PartitionEntries.Entry> last = read(state.end() - 1).entries();
            return last.isEmpty() ? null : last.get(last.size() - 1);
        }

        /** Whether there was room for all keys of an entry. */
        private boolean note(PartitionEntries.Entry entry, PartitionEntries found, RecordReader records) {
            lastSeen = entry;
            long base = entry.next() - entry.content().offsets();
            RecordBatch flyweight = new RecordBatch();
            try {
                for (ByteBuffer batch : entry.content().batches()) {
                    flyweight.wrapChecked(batch, 0).baseOffset(base);
                    base = flyweight.nextOffset();
                    if (!flyweight.isControl() && !note(records.wrap(flyweight), found)) {
                        return false;
                    }
                }
                whole &= entry.content().problem() == null;
            } catch (PortaskException e) {
                whole = false;
            }
            noted = entry.next();
            return true;
        }

        private boolean note(RecordReader records, PartitionEntries found) {
            while (records.next()) {
                boolean counts = records.offset() >= noted
                        && records.keyLength() != NULL_LENGTH
                        && !found.deleted().contains(records.offset());
                if (counts && !latest.put(records)) {
                    noted = records.offset();
                    return false;
                }
            }
            return true;
        }

        /** Makes a piece of the partition anew; returns the offset up to which the pass is done then, the same if it must end. */
        private long rewrite(long done, long stop, boolean isNew) {
            PartitionEntries found = read(Math.max(done, Math.max(start, state.start())));
            start = found.startOffset();
            if (start > done) {
                RedisErrors.await(partitions.trim(topic, partition, start));
                found = read(Math.min(start, found.endOffset()));
            }
            try (CompactedEntries made = entries(found, stop)) {
                whole &= !made.damaged() && made.next() > 0;
                long next = made.next() > 0 ? made.next() : stop;
                List<byte[]> args = token();
                args.add(Keys.bytes(found.startOffset()));
                args.add(Keys.bytes(done));
                args.add(Keys.bytes(next));
                args.add(Keys.bytes(isNew && next >= stop ? passes().encode() : ""));
                args.addAll(made.finish());
                boolean put =
                        (Long) call(Script.COMPACT, topic, partition, args).get(0) != REFUSED;
                return put ? next : done;
            }
        }

        private CompactedEntries entries(PartitionEntries found, long stop) {
            CompactedEntries made = new CompactedEntries(record -> keeps(record, found), clock.millis());
            for (PartitionEntries.Entry entry : found.entries()) {
                if (entry.next() <= stop) {
                    made.add(entry);
                }
            }
            return made;
        }

        private CompactionPasses passes() {
            return whole
                    ? state.passes()
                            .after(new CompactionPasses.Pass(noted, clock.millis()), tombstones, horizon, expiredMs)
                    : state.passes().tried(noted, horizon);
        }

        private boolean keeps(RecordReader record, PartitionEntries found) {
            long offset = record.offset();
            if (found.deleted().contains(offset)) {
                return false;
            }
            if (offset >= noted || record.keyLength() == NULL_LENGTH) {
                return true;
            }
            if (latest.latest(record) > offset) {
                return false;
            }
            boolean tombstone = record.valueLength() == NULL_LENGTH;
            tombstones |= tombstone && offset >= horizon;
            return !tombstone || offset >= horizon;
        }
    }
}
