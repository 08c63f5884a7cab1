package io.portask.queue;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What must survive a restart of the queue groups whose journal is one partition of an internal topic: says what to append next, is
 * told when it is stored, and brings the groups' partitions back by a replay. Bytes only, no I/O; the format is in {@code
 * docs/GROUPS.md}. Not thread safe: it has the owner of its partitions.
 *
 * <p>At most one append is under way. What happens meanwhile gathers and goes as one record a partition with the next. An append
 * that failed, or may have, is repeated as it was; a repeat changes nothing for a replay.
 *
 * <p>Each partition's first record is a snapshot, and further ones follow when its records since the last exceed a bound, or when it
 * holds back the trimming of the journal: all before {@link #trimOffset()} is superseded.
 */
public final class QueueJournal {
    /** A partition writes a snapshot when its records since its last one exceed this, or four times that one if it was larger. */
    public static final int DEFAULT_SNAPSHOT_BYTES = 256 << 10;

    private static final int SNAPSHOT_FACTOR = 4;
    private static final int MAX_APPEND_BYTES = 1 << 20;

    /** What a record takes besides its key and value, about, if it is alone in its batch. */
    private static final int RECORD_BYTES = 80;

    private final int snapshotBytes;
    private final PartitionEncoder encoder = new PartitionEncoder();
    private final Map<QueueKey, Entry> entries = new HashMap<>();

    /** By the age of their stored snapshot, the oldest first. */
    private final Map<QueueKey, Entry> snapshots = new LinkedHashMap<>();

    private final ArrayDeque<Entry> dirty = new ArrayDeque<>();
    private @Nullable Append underWay;
    private boolean failed;
    private long nextOffset;
    private long totalBytes;
    private long snapshotTotal;

    /** @throws PortaskException {@link ErrorCode#INVALID_CONFIGURATION} for less than 1 */
    public QueueJournal(int snapshotBytes) {
        if (snapshotBytes < 1) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION, "snapshotBytes is " + snapshotBytes + "; allowed is 1 or more");
        }
        this.snapshotBytes = snapshotBytes;
    }

    /** A record to be appended; the value is null where a group is no more. */
    @SuppressWarnings("ArrayRecordComponent")
    public record KeyedRecord(byte[] key, byte @Nullable [] value) {}

    /** Reads one record of the journal; in the order of their offsets, from any offset up to {@link #trimOffset()} on, before anything else. */
    public void replay(
            long offset, byte[] key, @Nullable ByteBuffer value, Function<QueueKey, QueuePartition> factory) {
        nextOffset = offset + 1;
        QueueKey name = QueueKey.parse(new String(key, StandardCharsets.UTF_8));
        Entry entry = entries.get(name);
        if (value == null) {
            if (entry != null) {
                remove(entry);
            }
            return;
        }
        boolean snapshot = isSnapshot(value);
        if (entry == null) {
            if (!snapshot) {
                return;
            }
            entry = new Entry(factory.apply(name));
            entries.put(name, entry);
        }
        int size = RECORD_BYTES + key.length + value.remaining();
        JournalDecoder.decode(value, new PartitionRestore(entry.partition.state()));
        written(entry, offset, size, snapshot);
    }

    /** What the journal knows of a group on a partition; null if nothing. */
    public @Nullable QueuePartition find(QueueKey key) {
        Entry entry = entries.get(key);
        return entry == null ? null : entry.partition;
    }

    /**
     * Has a new partition go on with the state of the known one of its key, as after a restart: deliveries in flight are forgotten. All changes of
     * the known one must be stored, and no copy of it on its way to a dead-letter topic.
     */
    public void adopt(QueuePartition fresh) {
        Entry entry = entries.get(fresh.key());
        if (entry == null || entry.partition.storedPosition() < entry.partition.position()) {
            throw new IllegalStateException(fresh.key() + " cannot be taken over now");
        }
        byte[] snapshot = encoder.snapshot(entry.partition.state());
        entry.partition.state().changes.listen(() -> {});
        entry.partition = fresh;
        JournalDecoder.decode(ByteBuffer.wrap(snapshot), new PartitionRestore(fresh.state()));
        listen(entry);
    }

    /** The partitions that the journal knows. */
    public List<QueuePartition> partitions() {
        return entries.values().stream().map(entry -> entry.partition).toList();
    }

    /** After the replay: from now on the changes of the replayed partitions are journaled. */
    public void replayed() {
        entries.values().forEach(this::listen);
    }

    /** A partition that the replay did not know; its state is journaled from now on. */
    public void add(QueuePartition partition) {
        Entry entry = new Entry(partition);
        if (entries.putIfAbsent(partition.key(), entry) != null) {
            throw new IllegalStateException(partition.key() + " is in the journal already");
        }
        enqueue(entry);
        listen(entry);
    }

    /** The group is no more on this partition. */
    public void forget(QueueKey key) {
        Entry entry = entries.get(key);
        if (entry != null) {
            remove(entry);
            entry.partition.state().changes.listen(() -> {});
            entry.forgotten = true;
            enqueue(entry);
        }
    }

    /**
     * What to append next, as one batch; null while an append is under way or if there is nothing to say. Not empty. {@link #stored} or {@link
     * #failed} is to follow.
     */
    public @Nullable List<KeyedRecord> nextAppend() {
        if (underWay != null) {
            if (!failed) {
                return null;
            }
            failed = false;
            return underWay.records;
        }
        refreshOldest();
        if (dirty.isEmpty()) {
            return null;
        }
        Append append = new Append();
        while (!dirty.isEmpty() && append.bytes < MAX_APPEND_BYTES) {
            Entry entry = dirty.poll();
            entry.queued = false;
            append.add(entry, write(entry));
        }
        underWay = append;
        return append.records;
    }

    /** The append under way is stored, its first record at this offset. */
    public void stored(long baseOffset) {
        Append append = ended();
        nextOffset = baseOffset + append.records.size();
        for (int i = 0; i < append.entries.size(); i++) {
            Entry entry = append.entries.get(i);
            byte[] key = append.records.get(i).key();
            byte[] value = append.records.get(i).value();
            if (value != null && entries.get(entry.partition.key()) == entry) {
                int size = RECORD_BYTES + key.length + value.length;
                written(entry, baseOffset + i, size, isSnapshot(ByteBuffer.wrap(value)));
            }
            append.changes.get(i).stored(append.positions.get(i));
        }
    }

    /** Whether the append under way was stored is not known, or it was not: {@link #nextAppend} returns it again. */
    public void failed() {
        Append append = ended();
        underWay = append;
        failed = true;
    }

    /** All records before this offset are superseded. */
    public long trimOffset() {
        return snapshots.isEmpty() ? nextOffset : snapshots.values().iterator().next().snapshotOffset;
    }

    private Append ended() {
        Append append = underWay;
        if (append == null || failed) {
            throw new IllegalStateException("No append of the journal is under way");
        }
        underWay = null;
        return append;
    }

    private byte @Nullable [] write(Entry entry) {
        PartitionState state = entry.partition.state();
        byte[] value = null;
        if (!entry.forgotten) {
            value = entry.wantsSnapshot ? encoder.snapshot(state) : encoder.changes(state);
            entry.wantsSnapshot = false;
        }
        state.changes.clear();
        return value;
    }

    private void written(Entry entry, long offset, int size, boolean snapshot) {
        totalBytes += size;
        entry.bytes += size;
        if (snapshot) {
            snapshotTotal += size - entry.snapshotSize;
            entry.snapshotSize = size;
            entry.snapshotOffset = offset;
            entry.totalAtSnapshot = totalBytes;
            entry.bytes = 0;
            snapshots.remove(entry.partition.key());
            snapshots.put(entry.partition.key(), entry);
        } else if (entry.bytes > Math.max(snapshotBytes, SNAPSHOT_FACTOR * entry.snapshotSize)) {
            entry.wantsSnapshot = true;
        }
    }

    /** Lets the partition whose snapshot is the oldest write a new one, if too much was appended since. */
    private void refreshOldest() {
        if (snapshots.isEmpty()) {
            return;
        }
        Entry oldest = snapshots.values().iterator().next();
        long bound = SNAPSHOT_FACTOR * (snapshotBytes + snapshotTotal);
        if (totalBytes - oldest.totalAtSnapshot > bound) {
            oldest.wantsSnapshot = true;
            enqueue(oldest);
        }
    }

    private void listen(Entry entry) {
        entry.partition.state().changes.listen(() -> enqueue(entry));
    }

    private void enqueue(Entry entry) {
        if (!entry.queued) {
            entry.queued = true;
            dirty.add(entry);
        }
    }

    private void remove(Entry entry) {
        QueueKey key = entry.partition.key();
        entries.remove(key);
        if (snapshots.remove(key) != null) {
            snapshotTotal -= entry.snapshotSize;
        }
    }

    private static boolean isSnapshot(ByteBuffer value) {
        return value.remaining() > 1 && value.get(value.position() + 1) == JournalFormat.SNAPSHOT;
    }

    private static final class Entry {
        QueuePartition partition;
        boolean queued;
        boolean wantsSnapshot = true;
        boolean forgotten;
        long bytes;
        long snapshotSize;
        long snapshotOffset;
        long totalAtSnapshot;

        Entry(QueuePartition partition) {
            this.partition = partition;
        }
    }

    private static final class Append {
        final List<KeyedRecord> records = new ArrayList<>();
        final List<Entry> entries = new ArrayList<>();
        final List<PendingChanges> changes = new ArrayList<>();
        final List<Long> positions = new ArrayList<>();
        int bytes;

        void add(Entry entry, byte @Nullable [] value) {
            byte[] key = entry.partition.key().toString().getBytes(StandardCharsets.UTF_8);
            records.add(new KeyedRecord(key, value));
            entries.add(entry);
            changes.add(entry.partition.state().changes);
            positions.add(entry.partition.position());
            bytes += key.length + (value == null ? 0 : value.length);
        }
    }
}
