package io.portask.store.log;

import io.portask.record.RecordBatch;
import io.portask.record.RecordReader;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Leaves of every key in one partition's sealed segments the latest record, and of tombstones those that are not old enough to
 * go. It runs when what came since the last run is as large as what was compacted before, or waits for longer than {@link
 * CleaningConfig#delayMs}. The keys of the new part are held in memory, as many as {@link CleaningConfig#maxKeys}; more take
 * several passes. One thread.
 *
 * <p>A record is removed only if a later one of its key is in a sealed segment, undamaged and not deleted. A tombstone is
 * removed only if everything older of its key was removed before, its retention ago; a run that had to leave a segment alone
 * does not count. Records without a key stay.
 */
final class KeyCompaction {
    private static final int NULL_LENGTH = -1;
    private static final long NONE = Long.MIN_VALUE;

    private final LogPartition partition;
    private final LogContext context;
    private final SegmentReplacer replacer;
    private final CleaningPace pace;

    private @Nullable CompactionState loaded;
    private long newSinceMs = NONE;
    private long tombstonesSoughtTo;

    /** The end of what could not be compacted as a whole, for damage; it is tried again when there is more. */
    private long failedAt = NONE;

    KeyCompaction(LogPartition partition, LogContext context, SegmentReplacer replacer, CleaningPace pace) {
        this.partition = partition;
        this.context = context;
        this.replacer = replacer;
        this.pace = pace;
    }

    void run(long tombstoneRetentionMs) throws IOException {
        CompactionState state = state();
        List<Segment> sealed = sealed();
        if (sealed.isEmpty()) {
            return;
        }
        long now = context.clock().millis();
        long expiredMs = now - tombstoneRetentionMs;
        long horizon = state.compactedAt(expiredMs);
        boolean tombstonesDue = state.tombstones() && horizon > tombstonesSoughtTo;
        long end = sealed.get(sealed.size() - 1).nextOffset();
        if (end <= failedAt || (!isWorthwhile(sealed, state.compactedTo(), now) && !tombstonesDue)) {
            return;
        }
        boolean whole = true;
        long done = Math.max(state.compactedTo(), partition.startOffset());
        do {
            KeyOffsets latest = new KeyOffsets(context.config().cleaning().maxKeys());
            long noted = Math.max(done, note(sealed(), done, end, latest));
            Latest filter = new Latest(latest, noted, horizon);
            for (Segment segment : sealed()) {
                if (segment.baseOffset() < noted) {
                    whole &= replacer.canRewrite(segment) && replacer.rewrite(segment, filter);
                }
            }
            if (whole) {
                state = state.after(new CompactionState.Run(noted, now), filter.tombstones, expiredMs);
                save(state);
            }
            done = noted;
        } while (done < end);
        failedAt = whole ? NONE : end;
        tombstonesSoughtTo = horizon;
        newSinceMs = NONE;
    }

    private CompactionState state() throws IOException {
        CompactionState known = loaded;
        if (known == null) {
            known = CompactionState.read(context.files().disk(), partition.directory());
            loaded = known;
        }
        return known;
    }

    private void save(CompactionState state) {
        context.housekeeper().await("Writing down the compaction of", partition.directory(), () -> {
            if (!partition.isRetired()) {
                state.write(context.files().disk(), partition.directory());
            }
            return null;
        });
        loaded = state;
    }

    /** The segments that are not appended to, up to the first that is not on the device. */
    private List<Segment> sealed() {
        Segment[] all = partition.segments().all();
        int count = 0;
        while (count < all.length - 1 && partition.sealedSegments().isForced(all[count])) {
            count++;
        }
        return Arrays.asList(all).subList(0, count);
    }

    private boolean isWorthwhile(List<Segment> sealed, long compactedTo, long now) {
        long bytes = 0;
        long newBytes = 0;
        for (Segment segment : sealed) {
            bytes += segment.size();
            newBytes += segment.nextOffset() > compactedTo ? segment.size() : 0;
        }
        if (newBytes == 0) {
            newSinceMs = NONE;
            return false;
        }
        newSinceMs = newSinceMs == NONE ? now : newSinceMs;
        return 2 * newBytes >= bytes
                || now - newSinceMs >= context.config().cleaning().delayMs();
    }

    /** Notes the keys from {@code from} on; returns the offset before which all of them are noted. */
    private long note(List<Segment> sealed, long from, long end, KeyOffsets latest) throws IOException {
        try (RecordReader records = new RecordReader()) {
            for (Segment segment : sealed) {
                if (segment.nextOffset() > from && segment.baseOffset() < end) {
                    long stopped = note(segment, from, records, latest);
                    if (stopped >= 0) {
                        return stopped;
                    }
                }
            }
            return end;
        }
    }

    /** Notes one segment's keys; returns -1, or the offset of the first record that there is no room for. */
    private long note(Segment segment, long from, RecordReader records, KeyOffsets latest) throws IOException {
        try (SegmentScanner scanner =
                new SegmentScanner(segment.file(), segment.size(), 0, segment.baseOffset(), context.buffers())) {
            do {
                while (scanner.next()) {
                    RecordBatch batch = scanner.batch();
                    pace.spend(batch.sizeInBytes());
                    long stopped = batch.lastOffset() < from || batch.isControl()
                            ? -1
                            : note(records.wrap(batch), from, latest);
                    if (stopped >= 0) {
                        return stopped;
                    }
                }
            } while (scanner.resume());
            return -1;
        }
    }

    private long note(RecordReader records, long from, KeyOffsets latest) {
        while (records.next()) {
            boolean counts = records.offset() >= from
                    && records.keyLength() != NULL_LENGTH
                    && !partition.deleted().contains(records.offset());
            if (counts && !latest.put(records)) {
                return records.offset();
            }
        }
        return -1;
    }

    /** Keeps the latest record of each key, and tombstones from {@code horizon} on. */
    private static final class Latest implements RecordFilter {
        private final KeyOffsets latest;
        private final long noted;
        private final long horizon;

        /** Whether any tombstone was kept. */
        boolean tombstones;

        Latest(KeyOffsets latest, long noted, long horizon) {
            this.latest = latest;
            this.noted = noted;
            this.horizon = horizon;
        }

        @Override
        public boolean concerns(RecordBatch batch) {
            return batch.baseOffset() < noted && batch.recordCount() > 0 && !batch.isControl();
        }

        @Override
        public boolean keeps(RecordReader record) {
            long offset = record.offset();
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
