package io.portask.store.redis;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.RecordBatch;
import io.portask.record.TopicPartition;
import io.portask.store.PartitionInfo;
import io.portask.store.ScrubReport;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads every entry of a partition up to its end, a bounded piece at a time, so that Redis serves others between two, and checks
 * it. What is trimmed or appended meanwhile is left out. One run, one thread.
 */
final class PartitionScrub {
    private static final int BYTES_AT_ONCE = 256 << 10;

    private final PartitionCommands partitions;
    private final TopicEntry topic;
    private final TopicPartition partition;
    private final RecordBatch flyweight = new RecordBatch();
    private final List<ScrubReport.Problem> problems = new ArrayList<>();

    private long batches;
    private long bytes;
    private long start;
    private long end;

    /** The offset up to which everything was looked at. */
    private long next;

    /** Whether compaction may have merged the entry that comes with others that were looked at before. */
    private boolean mayBeMerged;

    PartitionScrub(PartitionCommands partitions, TopicEntry topic, TopicPartition partition) {
        this.partitions = partitions;
        this.topic = topic;
        this.partition = partition;
    }

    /** Blocks until done. */
    ScrubReport run() {
        try {
            PartitionInfo info = RedisErrors.await(partitions.describe(topic, partition));
            start = info.startOffset();
            end = info.endOffset();
            next = start;
            while (next < end) {
                look();
            }
            checkBehindEnd();
        } catch (PortaskException e) {
            if (e.code() != ErrorCode.CORRUPT_STORE) {
                throw e;
            }
            add(next, end - 1, String.valueOf(e.getMessage()));
        }
        return new ScrubReport(batches, bytes, problems);
    }

    private void look() {
        PartitionEntries found = RedisErrors.await(partitions.entries(topic, partition, next, BYTES_AT_ONCE));
        start = found.startOffset();
        if (next < start || found.endOffset() < end) {
            next = Math.max(next, start);
            end = Math.min(end, found.endOffset());
            return;
        }
        mayBeMerged = true;
        for (PartitionEntries.Entry entry : found.entries()) {
            check(entry);
            mayBeMerged = false;
        }
        if (found.entries().isEmpty()) {
            add(next, end - 1, "no entry holds them");
            next = end;
        }
    }

    private void check(PartitionEntries.Entry entry) {
        String name = "entry " + entry.next() + "-0: ";
        EntryBatches content = entry.content();
        if (content.problem() != null) {
            add(next, entry.next() - 1, name + content.problem());
        } else {
            long base = entry.next() - content.offsets();
            if (base < next && next > start && !mayBeMerged) {
                add(next, entry.next() - 1, name + "it begins with offset " + base + ", which another entry holds");
            } else {
                check(name, base, content);
            }
        }
        next = Math.max(next, entry.next());
    }

    private void check(String name, long first, EntryBatches content) {
        if (first > next) {
            add(next, Math.min(first, end) - 1, "no entry holds them");
        }
        long base = first;
        for (ByteBuffer batch : content.batches()) {
            long batchNext = base + flyweight.wrap(batch, 0).lastOffsetDelta() + 1L;
            if (batchNext > Math.max(start, next) && base < end) {
                String problem = EntryBatches.problem(flyweight, batch);
                if (problem == null) {
                    batches++;
                    bytes += batch.remaining();
                } else {
                    add(Math.max(base, start), batchNext - 1, name + problem);
                }
            }
            base = batchNext;
        }
    }

    /** What stands there is in the way of the next append. */
    private void checkBehindEnd() {
        String last = RedisErrors.await(partitions.lastEntry(partition));
        long behind = RedisErrors.await(partitions.describe(topic, partition)).endOffset();
        int dash = last.indexOf('-');
        if (dash > 0 && new BigInteger(last.substring(0, dash)).compareTo(BigInteger.valueOf(behind)) > 0) {
            add(behind, behind, "entry " + last + " stands behind the end and keeps everything from being appended");
        }
    }

    private void add(long first, long last, String problem) {
        long lastOffset = Math.max(first, last);
        if (lastOffset >= start && problems.size() < ScrubReport.MAX_PROBLEMS) {
            problems.add(new ScrubReport.Problem(first, lastOffset, "in Redis: " + problem));
        }
    }
}
