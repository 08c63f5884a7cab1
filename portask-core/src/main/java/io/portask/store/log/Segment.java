package io.portask.store.log;

import io.portask.error.PortaskException;
import java.io.IOException;
import java.lang.ref.SoftReference;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One file of a partition's log: batches exactly as on the wire, one after the other. Where a batch could begin and there
 * are zeros, nothing follows. The name is the base offset in 20 digits.
 *
 * <p>The last segment of a partition is appended to, under the partition's lock; others are sealed. Any thread may read up
 * to {@link #size}, which moves after the bytes are written.
 */
final class Segment {
    static final String SUFFIX = ".log";
    static final String INDEX_SUFFIX = ".index";

    /** Of a segment with damaged bytes, which is read but never changed or deleted. */
    static final String QUARANTINE_SUFFIX = ".damaged";

    private static final int NAME_DIGITS = 20;
    private static final int FIRST_ALLOCATION = 64 << 10;
    /** A larger append pays more for zeros that go to the device before it than for the metadata that they save. */
    private static final int PREALLOCATED_BELOW = 16 << 10;

    private static final int MAX_ALLOCATION = 4 << 20;
    private static final ByteBuffer ZEROS =
            ByteBuffer.allocateDirect(FIRST_ALLOCATION).asReadOnlyBuffer();

    private final long baseOffset;
    private LogFile file;
    private final BufferPool pool;

    private volatile int size;
    private volatile long nextOffset;
    private int allocated;
    private int allocation = FIRST_ALLOCATION;

    /** Held while the segment is appended to; a sealed one can load its index again. */
    private volatile @Nullable SegmentIndex liveIndex;

    /** Damage that was found by the last read that met any, so that the next need not search again. */
    private record Hole(int position, long offset, long goodOffset) {}

    private volatile @Nullable Hole hole;

    private volatile boolean superseded;

    private SoftReference<@Nullable SegmentIndex> sealedIndex = new SoftReference<>(null);

    Segment(long baseOffset, LogFile file, BufferPool pool) {
        this.baseOffset = baseOffset;
        this.nextOffset = baseOffset;
        this.file = file;
        this.pool = pool;
    }

    static String fileName(long baseOffset, String suffix) {
        String digits = Long.toString(baseOffset);
        return "0".repeat(NAME_DIGITS - digits.length()) + digits + suffix;
    }

    /** A segment whose first {@code size} bytes are known to hold the offsets up to {@code nextOffset}. */
    void restore(int knownSize, long knownNextOffset, @Nullable SegmentIndex index) {
        size = knownSize;
        nextOffset = knownNextOffset;
        allocated = knownSize;
        liveIndex = index;
    }

    /**
     * An empty segment to append to.
     *
     * @param previous the one before it, which tells how large the index may become
     */
    void create(@Nullable Segment previous) throws IOException {
        file.create();
        SegmentIndex before = previous == null ? null : previous.liveIndex;
        liveIndex = before == null ? new SegmentIndex() : new SegmentIndex(before.count());
    }

    long baseOffset() {
        return baseOffset;
    }

    LogFile file() {
        return file;
    }

    /** The number of bytes that hold batches. */
    int size() {
        return size;
    }

    /** The offset after the last batch. */
    long nextOffset() {
        return nextOffset;
    }

    /** Writes what remains in {@code bytes} behind the last batch. It becomes part of the segment by {@link #advance}. */
    void write(ByteBuffer bytes, boolean preallocate) throws IOException {
        int end = size + bytes.remaining();
        if (preallocate && end > allocated && bytes.remaining() < PREALLOCATED_BELOW) {
            allocate(end);
        }
        file.write(bytes, size);
        allocated = Math.max(allocated, end);
    }

    /** Takes note of a batch that was written at {@code position}. */
    void index(long batchOffset, int position, long maxTimestamp) {
        SegmentIndex live = liveIndex;
        if (live != null) {
            live.add(batchOffset, position, maxTimestamp);
        }
    }

    /** Lets readers see the bytes up to {@code newSize}. */
    void advance(int newSize, long newNextOffset) {
        nextOffset = newNextOffset;
        size = newSize;
    }

    boolean isQuarantined() {
        return file.path().toString().endsWith(QUARANTINE_SUFFIX);
    }

    /** Puts a damaged segment aside. During recovery only; the directory must be forced afterwards. */
    void quarantine() throws IOException {
        Path aside = file.path().resolveSibling(fileName(baseOffset, QUARANTINE_SUFFIX));
        file.disk().move(file.path(), aside);
        file.retire();
        file = file.renamed(aside);
    }

    /** Removes whatever lies behind the last batch, unless it is evidence. */
    void truncateToSize() throws IOException {
        if (!isQuarantined()) {
            file.truncate(size);
            allocated = size;
        }
    }

    /** Removes whatever lies behind the last batch and puts the rest on the device. */
    void settle() throws IOException {
        file.pin();
        try {
            truncateToSize();
            file.force();
        } finally {
            file.unpin();
        }
    }

    /**
     * Writes zeros ahead of the data, so that a force of what overwrites them has no metadata to write: twice as many each
     * time, that small topics stay small. Only a speed-up: that the disk is full is told by the write that needs the room.
     */
    private void allocate(int end) {
        int target = (int) Math.min(Integer.MAX_VALUE, (long) end + allocation);
        try {
            for (int at = allocated; at < target; at += ZEROS.capacity()) {
                file.write(ZEROS.duplicate().limit(Math.min(ZEROS.capacity(), target - at)), at);
            }
            allocated = target;
            allocation = Math.min(allocation * 2, MAX_ALLOCATION);
        } catch (IOException e) {
            Logs.STORE.debug("Preallocating {} failed", file.path(), e);
        }
    }

    SegmentIndex openIndex() throws IOException {
        SegmentIndex live = liveIndex;
        return live != null ? live : loadSealed();
    }

    /** Persists the index of a segment that gets no more batches, and frees the memory of it when need be. */
    synchronized void seal() {
        SegmentIndex live = liveIndex;
        if (live != null) {
            writeIndex(live);
            sealedIndex = new SoftReference<>(live);
            liveIndex = null;
        }
    }

    /** A lost index costs the time to build it again, nothing else; so a failure here is not one of the caller's. */
    private void writeIndex(SegmentIndex index) {
        try {
            DurableFiles.writeLazily(file.disk(), indexPath(), index.encode(baseOffset, nextOffset, size));
        } catch (IOException e) {
            Logs.STORE.warn("Writing the index {} failed; it will be rebuilt", indexPath(), e);
        }
    }

    /** The index up to the last batch, as it is persisted. Under the partition's lock. */
    @Nullable
    ByteBuffer indexSnapshot() {
        SegmentIndex live = liveIndex;
        if (live == null) {
            return null;
        }
        ByteBuffer index = live.encode(baseOffset, nextOffset, size);
        return ByteBuffer.allocate(index.remaining()).put(index).flip();
    }

    /** Persists a snapshot, unless the whole index was persisted since. */
    synchronized void writeIndexSnapshot(ByteBuffer snapshot) throws IOException {
        if (liveIndex != null) {
            DurableFiles.writeLazily(file.disk(), indexPath(), snapshot);
        }
    }

    private synchronized SegmentIndex loadSealed() throws IOException {
        SegmentIndex index = sealedIndex.get();
        if (index == null) {
            index = readIndex(nextOffset, size);
            if (index == null) {
                index = rebuild();
                writeIndex(index);
            }
            sealedIndex = new SoftReference<>(index);
        }
        return index;
    }

    /** The persisted index if it covers exactly this range, else null. */
    @Nullable
    SegmentIndex readIndex(long coveredOffset, int coveredSize) throws IOException {
        try {
            ByteBuffer content = DurableFiles.read(file.disk(), indexPath());
            return content == null ? null : SegmentIndex.decode(content, baseOffset, coveredOffset, coveredSize);
        } catch (PortaskException e) {
            Logs.STORE.warn("The index {} is damaged and will be rebuilt", indexPath());
            return null;
        }
    }

    private SegmentIndex rebuild() throws IOException {
        SegmentIndex index = new SegmentIndex();
        try (SegmentScanner scanner = new SegmentScanner(file, size, 0, baseOffset, pool)) {
            do {
                while (scanner.next()) {
                    index.add(
                            scanner.batch().baseOffset(),
                            (int) scanner.position(),
                            scanner.batch().maxTimestamp());
                }
            } while (resumed(scanner, index));
        }
        return index;
    }

    /** Whether good batches follow after damage; look-ups of their offsets must not have to cross it. */
    static boolean resumed(SegmentScanner scanner, SegmentIndex index) throws IOException {
        if (!scanner.resume()) {
            return false;
        }
        index.addEntry(scanner.nextOffset(), (int) scanner.end());
        return true;
    }

    /** The offset of the first good batch behind damage at {@code position} that begins after {@code offset}; -1 if none. */
    long goodOffsetAfter(int position, long offset) {
        Hole known = hole;
        if (known != null && known.position == position && known.offset <= offset && offset < known.goodOffset) {
            return known.goodOffset;
        }
        try (SegmentScanner scanner = new SegmentScanner(file, size, position, offset, pool)) {
            if (!scanner.resume()) {
                return -1;
            }
            hole = new Hole(position, offset, scanner.nextOffset());
            return scanner.nextOffset();
        } catch (IOException e) {
            Logs.STORE.debug("Looking for good batches in {} failed", file.path(), e);
            return -1;
        }
    }

    Path indexPath() {
        return file.path().resolveSibling(fileName(baseOffset, INDEX_SUFFIX));
    }

    /**
     * Gets a sealed segment ready to be replaced on the disk: reads go on from memory and the open file, which the caller
     * must {@linkplain LogFile#unpin let go} of.
     */
    synchronized void preserve() throws IOException {
        file.pinForReads();
        liveIndex = loadSealed();
    }

    /** Another segment without some of the messages has taken its place. What is read here may be deleted by now. */
    void supersede() {
        superseded = true;
    }

    boolean isSuperseded() {
        return superseded;
    }

    /** Closes the file as soon as the reads in progress end. */
    void retire() {
        file.retire();
    }

    /** Takes the segment away; what is in quarantine stays on the disk. */
    void delete() throws IOException {
        if (isQuarantined()) {
            file.retire();
        } else {
            file.delete();
            file.disk().delete(indexPath());
        }
    }
}
