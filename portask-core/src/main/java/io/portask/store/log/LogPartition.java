package io.portask.store.log;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Durability;
import io.portask.record.RecordBatch;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.PartitionInfo;
import io.portask.store.ProducerSequences;
import io.portask.store.ProducerSequences.StoredBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One partition: a row of segments of which the last is appended to. Appends take the one lock, for a write into the
 * operating system and no longer; forces and reads do without it. Readers see the end move after the bytes are written.
 *
 * <p>After a failed write the partition goes on behind the last good batch. After a failed force nobody knows what the
 * device holds, so it takes nothing more until it is opened again, and every acknowledgement that waits fails.
 */
final class LogPartition implements Syncable {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final TopicPartition name;
    private final Path directory;
    private final LogContext context;
    private final DeletedOffsets deleted = new DeletedOffsets();
    private final EntryLog deletedLog;
    private final PartitionReader reader;

    private volatile Segment[] segments;
    private volatile long startOffset;
    private volatile long endOffset;

    /** Set when the topic is being deleted. */
    private volatile @Nullable PortaskException gone;

    private final ReentrantLock lock = new ReentrantLock();
    private final RecordBatch batch = new RecordBatch();
    private final ProducerSequences producers;
    private @Nullable PortaskException refusal;
    private boolean damaged;
    private boolean forceFailed;
    private boolean directoryMade;
    private boolean checkpointed;
    private boolean deletedLogDirty;
    private boolean urgentRequested;
    private boolean backgroundRequested;
    private DirtyFiles dirty = new DirtyFiles();
    private List<PendingSync<?>> waiting = new ArrayList<>();
    private @Nullable Checkpoint pendingCheckpoint;

    private LogPartition(
            TopicPartition name,
            Path directory,
            LogContext context,
            ProducerSequences producers,
            RecoveredPartition found,
            boolean directoryMade) {
        this.name = name;
        this.directory = directory;
        this.context = context;
        this.producers = producers;
        this.segments = found.segments().toArray(new Segment[0]);
        this.startOffset = found.startOffset();
        this.endOffset = found.endOffset();
        this.checkpointed = found.checkpointed();
        this.directoryMade = directoryMade;
        this.deletedLog = new EntryLog(context.files().file(directory.resolve(DeletedOffsets.FILE_NAME)));
        this.reader = new PartitionReader(this, context.buffers());
        if (found.damage() != null) {
            damaged = true;
            refusal = PartitionErrors.damaged(name, found.damage());
        }
    }

    static LogPartition open(TopicPartition name, Path directory, LogContext context) throws IOException {
        ProducerSequences producers = new ProducerSequences(context.config().maxProducers());
        RecoveredPartition found =
                new PartitionRecovery(directory, context.files(), context.buffers(), producers).recover();
        LogPartition partition =
                new LogPartition(name, directory, context, producers, found, Files.isDirectory(directory));
        partition.deletedLog.load(partition.deleted::addAll);
        partition.deleted.discardBefore(partition.startOffset);
        return partition;
    }

    TopicPartition name() {
        return name;
    }

    long startOffset() {
        return startOffset;
    }

    long endOffset() {
        return endOffset;
    }

    /** By base offset. The array is never changed, only replaced. */
    Segment[] segments() {
        return segments;
    }

    DeletedOffsets deleted() {
        return deleted;
    }

    PartitionReader reader() {
        return reader;
    }

    PartitionInfo describe() {
        long end = endOffset;
        long size = 0;
        for (Segment segment : segments) {
            size += segment.size();
        }
        return new PartitionInfo(name.partition(), Math.min(startOffset, end), end, size);
    }

    CompletionStage<AppendResult> append(ByteBuffer batches, Durability durability) {
        int position = batches.position();
        int limit = batches.limit();
        if (batches.isDirect() && !batches.isReadOnly() && batches.order() == ByteOrder.BIG_ENDIAN) {
            try {
                return appendDirect(batches, durability);
            } finally {
                batches.limit(limit).position(position);
            }
        }
        BufferPool.Pooled staged = context.buffers().acquire(limit - position);
        try {
            staged.buffer.put(0, batches, position, limit - position);
            return appendDirect(staged.buffer, durability);
        } finally {
            staged.release();
        }
    }

    private CompletionStage<AppendResult> appendDirect(ByteBuffer batches, Durability durability) {
        int bytes = batches.remaining();
        boolean synced = durability == Durability.SYNCED;
        AppendResult result;
        PendingSync<AppendResult> pending = null;
        boolean askUrgently = false;
        boolean askInBackground = false;
        lock.lock();
        try {
            checkWritable();
            long next = endOffset + AppendBatches.check(batches, batch);
            batch.wrap(batches, batches.position());
            StoredBatch stored = producers.check(batch);
            if (stored == null) {
                result = new AppendResult(endOffset, next, reached(synced), false);
                write(batches, synced);
            } else {
                result = new AppendResult(stored.baseOffset(), stored.nextOffset(), reached(synced), true);
            }
            if (synced) {
                pending = new PendingSync<>(result);
                waiting.add(pending);
                askUrgently = !urgentRequested;
                urgentRequested = true;
            } else if (stored == null) {
                askInBackground = !backgroundRequested;
                backgroundRequested = true;
            }
        } finally {
            batch.wrap(NOTHING, 0);
            lock.unlock();
        }
        if (askUrgently || askInBackground) {
            context.syncer().request(this, askUrgently);
        }
        if (!result.duplicate()) {
            context.appendedBytes().increment(bytes);
            context.endListener().onEndMoved(name, result.nextOffset());
        }
        return pending == null ? CompletableFuture.completedFuture(result) : pending;
    }

    private static Durability reached(boolean synced) {
        return synced ? Durability.SYNCED : Durability.WRITTEN;
    }

    private void checkWritable() {
        if (refusal != null) {
            throw new PortaskException(refusal.code(), String.valueOf(refusal.getMessage()), refusal);
        }
    }

    private void write(ByteBuffer batches, boolean synced) {
        int first = batches.position();
        Segment segment = null;
        try {
            segment = segmentFor(batches.remaining());
            if (!segment.isDirty()) {
                dirty.add(segment.file());
                segment.dirty(true);
            }
            AppendBatches.assignOffsets(batches, batch, endOffset);
            segment.write(batches, synced);
        } catch (IOException e) {
            throw writeFailed(segment, e);
        }
        checkpointed = false;
        publish(segment, batches, first);
    }

    private void publish(Segment segment, ByteBuffer batches, int first) {
        int filePosition = segment.size();
        long next = endOffset;
        for (int at = first; at < batches.limit(); at += batch.sizeInBytes()) {
            batch.wrap(batches, at);
            next = batch.nextOffset();
            producers.record(batch, batch.baseOffset());
            segment.index(batch.baseOffset(), filePosition + at - first, batch.maxTimestamp());
        }
        segment.advance(filePosition + batches.limit() - first, next);
        endOffset = next;
    }

    private PortaskException writeFailed(@Nullable Segment segment, IOException cause) {
        Path path = segment == null ? directory : segment.file().path();
        PortaskException error = FileErrors.named("Appending to", path, cause);
        if (segment != null) {
            try {
                segment.truncateToSize();
            } catch (IOException e) {
                error.addSuppressed(e);
                damaged = true;
                refusal = PartitionErrors.notTakenBack(name, path, e);
            }
        }
        return error;
    }

    private Segment segmentFor(int bytes) throws IOException {
        Segment[] current = segments;
        Segment active = current.length == 0 ? null : current[current.length - 1];
        if (active != null
                && (active.size() == 0
                        || (long) active.size() + bytes <= context.config().segmentBytes())) {
            return active;
        }
        makeDirectory();
        Segment next = new Segment(
                endOffset,
                context.files().file(directory.resolve(Segment.fileName(endOffset, Segment.SUFFIX))),
                context.buffers());
        next.create();
        dirty.addDirectory(directory);
        if (active != null) {
            seal(active, next);
            pendingCheckpoint = Checkpoint.of(next, producers);
        }
        Segment[] more = Arrays.copyOf(current, current.length + 1);
        more[current.length] = next;
        segments = more;
        return next;
    }

    private static void seal(Segment active, Segment next) throws IOException {
        try {
            active.truncateToSize();
        } catch (IOException e) {
            next.delete();
            throw e;
        }
        active.seal();
    }

    private void makeDirectory() throws IOException {
        if (!directoryMade) {
            Files.createDirectories(directory);
            Path parent = directory.getParent();
            if (parent != null) {
                dirty.addDirectory(parent);
            }
            directoryMade = true;
        }
    }

    @Override
    public void sync(boolean urgent) {
        DirtyFiles unforced;
        List<PendingSync<?>> acks;
        Checkpoint checkpoint;
        PortaskException failure;
        lock.lock();
        try {
            urgentRequested &= !urgent;
            backgroundRequested &= urgent;
            if (dirty.isEmpty() && waiting.isEmpty()) {
                return;
            }
            unforced = dirty;
            acks = waiting;
            checkpoint = pendingCheckpoint;
            failure = forceFailed ? refusal : null;
            dirty = new DirtyFiles();
            waiting = new ArrayList<>();
            pendingCheckpoint = null;
            deletedLogDirty = false;
            if (segments.length > 0) {
                segments[segments.length - 1].dirty(false);
            }
        } finally {
            lock.unlock();
        }
        failure = force(unforced, failure);
        for (PendingSync<?> ack : acks) {
            ack.finish(failure);
        }
        if (checkpoint != null && failure == null) {
            context.housekeeper().execute("Writing the checkpoint of", directory, () -> {
                if (gone == null) {
                    checkpoint.write(directory);
                }
            });
        }
    }

    private @Nullable PortaskException force(DirtyFiles unforced, @Nullable PortaskException failedBefore) {
        if (failedBefore != null) {
            unforced.release();
            return failedBefore;
        }
        try {
            long begin = System.nanoTime();
            unforced.force();
            context.syncTimer().record(System.nanoTime() - begin, TimeUnit.NANOSECONDS);
            return null;
        } catch (Throwable e) {
            if (gone != null) {
                return retiredBecause();
            }
            Logs.STORE.error("Forcing {} failed; it takes nothing more until a restart", name, e);
            PortaskException failure = PartitionErrors.notForced(name, e);
            lock.lock();
            try {
                refusal = failure;
                forceFailed = true;
            } finally {
                lock.unlock();
            }
            return failure;
        } finally {
            unforced.release();
        }
    }

    /** Publishes and makes durable that there is nothing before {@code offset}. On the housekeeper. */
    long trim(long offset) throws IOException {
        if (gone != null || offset <= startOffset) {
            return startOffset;
        }
        StartOffsetFile.write(directory, offset);
        startOffset = offset;
        List<Segment> gone = new ArrayList<>();
        lock.lock();
        try {
            Segment[] current = segments;
            int kept = 0;
            while (kept + 1 < current.length && current[kept + 1].baseOffset() <= offset) {
                gone.add(current[kept++]);
            }
            segments = Arrays.copyOfRange(current, kept, current.length);
        } finally {
            lock.unlock();
        }
        for (Segment segment : gone) {
            segment.delete();
        }
        deleted.discardBefore(offset);
        return offset;
    }

    void checkNotBeyondEnd(long offset) {
        long end = endOffset;
        if (offset > end) {
            throw PartitionErrors.outOfRange(name, offset, startOffset, end);
        }
    }

    CompletionStage<Integer> delete(Collection<Long> offsets) {
        PendingSync<Integer> pending;
        boolean ask;
        lock.lock();
        try {
            checkWritable();
            List<Long> held = new ArrayList<>();
            for (long offset : new TreeSet<>(offsets)) {
                if (offset >= startOffset && offset < endOffset && !deleted.contains(offset)) {
                    held.add(offset);
                }
            }
            if (held.isEmpty()) {
                return CompletableFuture.completedFuture(0);
            }
            logDeletions(held);
            held.forEach(deleted::add);
            pending = new PendingSync<>(held.size());
            waiting.add(pending);
            ask = !urgentRequested;
            urgentRequested = true;
        } catch (IOException e) {
            throw FileErrors.named("Deleting messages in", deletedLog.file().path(), e);
        } finally {
            lock.unlock();
        }
        if (ask) {
            context.syncer().request(this, true);
        }
        return pending;
    }

    private void logDeletions(List<Long> offsets) throws IOException {
        if (deletedLog.size() == 0) {
            deletedLog.file().create();
            dirty.addDirectory(directory);
        }
        if (!deletedLogDirty) {
            dirty.add(deletedLog.file());
            deletedLogDirty = true;
        }
        deletedLog.append(DeletedOffsets.encode(offsets));
    }

    /** From now on appends fail with {@code why}. */
    void refuse(PortaskException why) {
        lock.lock();
        try {
            if (!forceFailed) {
                refusal = why;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Leaves the partition as recovery likes it best. After {@link #refuse} and the last sync. */
    void close() {
        lock.lock();
        try {
            if (!damaged && !forceFailed && !checkpointed && segments.length > 0 && dirty.isEmpty()) {
                writeClosingCheckpoint(segments[segments.length - 1]);
            }
        } catch (IOException e) {
            Logs.STORE.warn("Writing the checkpoint of {} failed; its end will be scanned at the next start", name, e);
        } finally {
            retire();
            lock.unlock();
        }
    }

    private void writeClosingCheckpoint(Segment active) throws IOException {
        active.settle();
        active.seal();
        Checkpoint.of(active, producers).write(directory);
        checkpointed = true;
    }

    /** The topic is being deleted: nothing may make files of this partition any more. On the housekeeper. */
    void abandon(PortaskException why) {
        gone = why;
        refuse(why);
    }

    /** Why its files cannot be read any more. */
    PortaskException retiredBecause() {
        PortaskException deletion = gone;
        return deletion != null ? deletion : new PortaskException(ErrorCode.CLOSED, "The store is closed");
    }

    /** Closes the files as soon as the reads in progress end. */
    void retire() {
        for (Segment segment : segments) {
            segment.file().retire();
        }
        deletedLog.file().retire();
    }
}
