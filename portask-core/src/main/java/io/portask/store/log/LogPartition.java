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
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One partition: a row of segments of which the last is appended to. Appends take the one lock, for a write into the
 * operating system and no longer; forces and reads do without it. Readers see the end move after the bytes are written.
 *
 * <p>After a failed write the partition goes on behind the last good batch. After a failed force nobody knows what the
 * device holds, so it takes nothing more until it is opened again, and every acknowledgement that waits fails.
 */
final class LogPartition {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final int CHECKPOINT_BYTES = 1 << 20;
    private static final int CHECKPOINT_INTERVAL_MS = 5_000;

    private final TopicPartition name;
    private final Path directory;
    private final LogContext context;
    private final DeletedMessages deleted;
    private final PartitionReader reader;
    private final SealedSegments sealed;

    private final SegmentList segments;
    private volatile long startOffset;
    private volatile long endOffset;

    private volatile boolean retired;

    /** Set when the topic is being deleted. */
    private volatile @Nullable PortaskException gone;

    private final ReentrantLock lock = new ReentrantLock();
    private final GroupCommit commit;
    private final RecordBatch batch = new RecordBatch();
    private final ProducerSequences producers;
    private @Nullable PortaskException refusal;
    private boolean forceFailed;
    private boolean directoryMade;
    private boolean checkpointed;
    private long bytesSinceCheckpoint;
    private long checkpointMs;

    /** Up to where the checkpoint on disk knows. On the housekeeper. */
    private long checkpointOffset;

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
        this.segments = new SegmentList(found.segments());
        this.startOffset = found.startOffset();
        this.endOffset = found.endOffset();
        this.checkpointed = found.checkpointed();
        this.checkpointOffset = checkpointed ? endOffset : 0;
        this.directoryMade = directoryMade;
        this.commit = new GroupCommit(context, lock, () -> endOffset, this::forceFailed);
        this.deleted = new DeletedMessages(directory, context, lock, commit);
        this.sealed = new SealedSegments(lock, commit, segments, producers, deleted);
        this.reader =
                new PartitionReader(this, context.buffers(), context.config().verifyReads());
    }

    static LogPartition open(TopicPartition name, Path directory, LogContext context) throws IOException {
        ProducerSequences producers = new ProducerSequences(context.config().maxProducers());
        RecoveredPartition found = new PartitionRecovery(name, directory, context, producers).recover();
        LogPartition partition = new LogPartition(
                name,
                directory,
                context,
                producers,
                found,
                context.files().disk().isDirectory(directory));
        partition.deleted.load(partition.startOffset, partition.endOffset);
        SegmentRewriter.discardUnfinished(context.files().disk(), directory);
        return partition;
    }

    TopicPartition name() {
        return name;
    }

    Path directory() {
        return directory;
    }

    long startOffset() {
        return startOffset;
    }

    long endOffset() {
        return endOffset;
    }

    SegmentList segments() {
        return segments;
    }

    DeletedOffsets deleted() {
        return deleted.offsets();
    }

    SealedSegments sealedSegments() {
        return sealed;
    }

    PartitionReader reader() {
        return reader;
    }

    PartitionInfo describe() {
        long end = endOffset;
        return new PartitionInfo(name.partition(), Math.min(startOffset, end), end, segments.sizeInBytes());
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
        boolean ask = false;
        context.space().take(bytes);
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
                pending = commit.await(result);
                ask = commit.mustRequest(true);
            } else if (stored == null) {
                ask = commit.mustRequest(false);
            }
        } finally {
            batch.wrap(NOTHING, 0);
            lock.unlock();
        }
        if (ask) {
            commit.request(synced);
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
            commit.add(segment.file());
            AppendBatches.assignOffsets(batches, batch, endOffset, commit.forced());
            segment.write(batches, synced);
        } catch (IOException e) {
            throw writeFailed(segment, e);
        }
        checkpointed = false;
        publish(segment, batches, first);
        bytesSinceCheckpoint += batches.limit() - first;
        if (bytesSinceCheckpoint >= CHECKPOINT_BYTES
                && context.clock().millis() - checkpointMs >= CHECKPOINT_INTERVAL_MS) {
            checkpointWhenForced(segment, segment.indexSnapshot());
        }
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
                refusal = PartitionErrors.notTakenBack(name, path, e);
            }
        }
        return error;
    }

    private Segment segmentFor(int bytes) throws IOException {
        Segment active = segments.isEmpty() ? null : segments.last();
        if (active != null && canTake(active, bytes)) {
            return active;
        }
        return begin(active);
    }

    /** Puts an empty segment behind the active one, if there is one. */
    private Segment begin(@Nullable Segment active) throws IOException {
        makeDirectory();
        Segment next = new Segment(
                endOffset,
                context.files().file(directory.resolve(Segment.fileName(endOffset, Segment.SUFFIX))),
                context.buffers());
        next.create(active);
        commit.addDirectory(directory);
        if (active != null) {
            seal(active, next);
            checkpointWhenForced(next, null);
        }
        segments.add(next);
        return next;
    }

    /** Seals the active segment if it still has this size, and begins an empty one; returns whether it was done. */
    boolean roll(Segment active, int size) throws IOException {
        boolean ask;
        lock.lock();
        try {
            if (refusal != null || segments.last() != active || active.size() != size || size == 0) {
                return false;
            }
            begin(active);
            checkpointed = false;
            ask = commit.mustRequest(false);
        } finally {
            lock.unlock();
        }
        if (ask) {
            commit.request(false);
        }
        return true;
    }

    private boolean canTake(Segment active, int bytes) {
        return !active.isQuarantined()
                && active.nextOffset() == endOffset
                && (active.size() == 0
                        || (long) active.size() + bytes <= context.config().segmentBytes());
    }

    /** @param index what the checkpoint needs to be of use for a segment that is appended to; null for an empty one */
    private void checkpointWhenForced(Segment active, @Nullable ByteBuffer index) {
        bytesSinceCheckpoint = 0;
        checkpointMs = context.clock().millis();
        Checkpoint checkpoint = Checkpoint.of(active, endOffset, producers);
        commit.whenForced(() -> context.housekeeper().execute("Writing the checkpoint of", directory, () -> {
            if (gone == null) {
                if (index != null) {
                    active.writeIndexSnapshot(index);
                }
                write(checkpoint);
            }
        }));
    }

    private void write(Checkpoint checkpoint) throws IOException {
        if (checkpoint.nextOffset() >= checkpointOffset) {
            checkpoint.write(context.files().disk(), directory);
            checkpointOffset = checkpoint.nextOffset();
        }
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
            context.files().disk().createDirectories(directory);
            Path parent = directory.getParent();
            if (parent != null) {
                commit.addDirectory(parent);
            }
            directoryMade = true;
        }
    }

    private PortaskException forceFailed(Throwable cause) {
        if (gone != null) {
            return retiredBecause();
        }
        Logs.STORE.error("Forcing {} failed; it takes nothing more until a restart", name, cause);
        PortaskException failure = PartitionErrors.notForced(name, cause);
        lock.lock();
        try {
            refusal = failure;
            forceFailed = true;
        } finally {
            lock.unlock();
        }
        return failure;
    }

    /** Publishes and makes durable that there is nothing before {@code offset}. On the housekeeper. */
    long trim(long offset) throws IOException {
        if (gone != null || offset <= startOffset) {
            return startOffset;
        }
        DurableFiles.forceDirectoryOf(context.files().disk(), directory);
        StartOffsetFile.write(context.files().disk(), directory, offset);
        startOffset = offset;
        List<Segment> superfluous;
        lock.lock();
        try {
            superfluous = segments.removeBefore(offset);
        } finally {
            lock.unlock();
        }
        delete(superfluous);
        deleted.offsets().discardBefore(offset);
        return offset;
    }

    /** The producers of the batches must be known without them before they go. */
    private void delete(List<Segment> superfluous) throws IOException {
        if (superfluous.isEmpty()) {
            return;
        }
        if (checkpointOffset < superfluous.get(superfluous.size() - 1).nextOffset()) {
            write(forcedCheckpoint());
        }
        for (Segment segment : superfluous) {
            segment.delete();
        }
    }

    private Checkpoint forcedCheckpoint() throws IOException {
        Checkpoint checkpoint;
        PendingSync<Boolean> forced;
        boolean ask;
        lock.lock();
        try {
            checkpoint = Checkpoint.of(segments.last(), endOffset, producers);
            forced = commit.await(true);
            ask = commit.mustRequest(true);
        } finally {
            lock.unlock();
        }
        if (ask) {
            commit.request(true);
        }
        try {
            forced.join();
        } catch (CompletionException e) {
            throw new IOException(directory + " was not forced", e);
        }
        return checkpoint;
    }

    void checkNotBeyondEnd(long offset) {
        long end = endOffset;
        if (offset > end) {
            throw PartitionErrors.outOfRange(name, offset, startOffset, end);
        }
    }

    CompletionStage<Integer> delete(Collection<Long> wanted) throws IOException {
        return deleted.delete(reader.heldAmong(deleted.select(wanted, startOffset, endOffset)), this::checkWritable);
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
            if (!forceFailed && commit.isClean()) {
                deleted.seal();
                if (!checkpointed && !segments.isEmpty()) {
                    writeClosingCheckpoint(segments.last());
                }
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
        Checkpoint.of(active, endOffset, producers).write(context.files().disk(), directory);
        checkpointed = true;
    }

    /** The topic is being deleted: nothing may make files of this partition any more. On the housekeeper. */
    void abandon(PortaskException why) {
        gone = why;
        refuse(why);
    }

    /** Whether the store is closing or the topic going away, and all files with it. */
    boolean isRetired() {
        return retired;
    }

    /** Why its files cannot be read any more. */
    PortaskException retiredBecause() {
        PortaskException deletion = gone;
        return deletion != null ? deletion : new PortaskException(ErrorCode.CLOSED, "The store is closed");
    }

    /** Closes the files as soon as the reads in progress end. */
    void retire() {
        retired = true;
        for (Segment segment : segments.all()) {
            segment.file().retire();
        }
        deleted.retire();
    }
}
