package io.portask.store.log;

import io.portask.record.RecordBatch;
import io.portask.record.TopicPartition;
import io.portask.store.ProducerSequences;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what a partition's directory holds. Segments before the {@link Checkpoint} are trusted; from there on every
 * batch is checked and its producer noted.
 *
 * <p>Where the row of good batches breaks there are two cases. Every batch tells up to which offset the log was on the device
 * when it was written ({@link AppendBatches}), and so does the checkpoint. A break behind all of that is what a crash tore
 * out of unforced writes: the log is cut there, so that what is left is a prefix of what was written. A break before
 * that is damage to data that was acknowledged: its segment is put into quarantine under another name and never changed
 * or deleted again; its good batches are still read, reads of the damaged range fail, and appends go on in a new segment behind
 * every offset that was ever given.
 */
final class PartitionRecovery {
    private static final Pattern SEGMENT_NAME =
            Pattern.compile("([0-9]{20})(" + Segment.SUFFIX + "|" + Segment.QUARANTINE_SUFFIX + ")");

    /** Of batches that were cut off. Read by nobody here. */
    private static final String TORN_SUFFIX = ".torn";

    private final TopicPartition name;
    private final Path directory;
    private final LogContext context;
    private final Disk disk;
    private final ProducerSequences producers;
    private final List<Segment> segments = new ArrayList<>();
    private final List<Segment> scanned = new ArrayList<>();
    private final List<Break> breaks = new ArrayList<>();

    private @Nullable Checkpoint checkpoint;
    private boolean changed;
    private long nextOffset;
    private long forcedOffset;

    PartitionRecovery(TopicPartition name, Path directory, LogContext context, ProducerSequences producers) {
        this.name = name;
        this.directory = directory;
        this.context = context;
        this.disk = context.files().disk();
        this.producers = producers;
    }

    /**
     * A place where no good batch continues the row.
     *
     * @param badBytes whether the segment holds bytes there that are no batch
     * @param resumedOffset where the row goes on; {@link #NOWHERE} at the end of a segment
     */
    private record Break(
            Segment segment, long position, long offset, boolean badBytes, long resumedOffset, String why) {
        static final long NOWHERE = -1;

        Break resumedAt(long later) {
            return new Break(segment, position, offset, badBytes, later, why);
        }
    }

    RecoveredPartition recover() throws IOException {
        if (!disk.isDirectory(directory)) {
            return new RecoveredPartition(List.of(), 0, 0, false);
        }
        long trimmedTo = StartOffsetFile.read(disk, directory);
        long start = trimmedTo;
        Break torn;
        do {
            NavigableMap<Long, Path> files = segmentFiles(disk, directory);
            if (files.isEmpty()) {
                return withoutSegments(start);
            }
            start = Math.max(start, files.firstKey());
            scan(files, start);
            torn = breaks.stream().filter(this::isTorn).findFirst().orElse(null);
            if (torn != null) {
                cut(torn);
            }
        } while (torn != null);
        if (segments.get(0).baseOffset() > trimmedTo) {
            report(trimmedTo, segments.get(0).baseOffset() - 1, segments.get(0), 0, "they are missing");
        }
        for (Break damage : breaks) {
            quarantine(damage);
        }
        if (changed) {
            settle();
        }
        long end = Math.max(Math.max(nextOffset, forcedOffset), start);
        dropBefore(start, end);
        return new RecoveredPartition(segments, start, end, !changed);
    }

    private RecoveredPartition withoutSegments(long start) throws IOException {
        checkpoint = Checkpoint.read(disk, directory, producers);
        DurableFiles.forceDirectoryOf(disk, directory);
        return new RecoveredPartition(
                List.of(), start, checkpoint == null ? start : Math.max(start, checkpoint.nextOffset()), false);
    }

    /** The segment files in a directory by base offset, those in quarantine too. */
    static NavigableMap<Long, Path> segmentFiles(Disk disk, Path directory) throws IOException {
        NavigableMap<Long, Path> files = new TreeMap<>();
        for (Path path : disk.list(directory)) {
            Matcher matcher = SEGMENT_NAME.matcher(path.getFileName().toString());
            if (matcher.matches()) {
                files.put(Long.parseLong(matcher.group(1)), path);
            }
        }
        return files;
    }

    private void scan(NavigableMap<Long, Path> files, long start) throws IOException {
        segments.clear();
        scanned.clear();
        breaks.clear();
        producers.clear();
        checkpoint = Checkpoint.read(disk, directory, producers);
        changed = checkpoint == null;
        forcedOffset = checkpoint == null ? 0 : checkpoint.nextOffset();
        nextOffset = files.firstKey();
        for (Map.Entry<Long, Path> file : files.entrySet()) {
            long base = file.getKey();
            goOnAt(base > Math.max(nextOffset, start) ? base : nextOffset);
            nextOffset = base;
            scan(new Segment(base, context.files().file(file.getValue()), context.buffers()), files.higherKey(base));
        }
        if (forcedOffset > nextOffset) {
            goOnAt(forcedOffset);
        }
    }

    /** Closes the break at the end of the last segment, or finds that offsets are missing behind it. */
    private void goOnAt(long offset) {
        int last = breaks.size() - 1;
        if (last >= 0 && breaks.get(last).resumedOffset() == Break.NOWHERE) {
            Break open = breaks.remove(last);
            if (open.offset() < offset) {
                breaks.add(open.resumedAt(offset));
            }
        } else if (offset > nextOffset) {
            Segment before = segments.get(segments.size() - 1);
            breaks.add(new Break(before, before.size(), nextOffset, false, offset, "they are missing"));
        }
    }

    private void scan(Segment segment, @Nullable Long following) throws IOException {
        segments.add(segment);
        long fileSize = segment.file().size();
        Checkpoint known = checkpoint;
        if (known != null && following != null && following <= known.segmentBaseOffset()) {
            segment.restore((int) fileSize, following, null);
            nextOffset = following;
            return;
        }
        scanned.add(segment);
        int from = 0;
        long fromOffset = segment.baseOffset();
        SegmentIndex index = null;
        boolean covered = known != null && known.segmentBaseOffset() == segment.baseOffset();
        if (known != null && covered && known.position() <= fileSize) {
            index = segment.readIndex(known.nextOffset(), known.position());
            if (index != null) {
                from = known.position();
                fromOffset = known.nextOffset();
            }
        }
        walk(segment, fileSize, from, fromOffset, index == null ? new SegmentIndex() : index);
        changed |= known == null || !covered || segment.size() != known.position() || fileSize != segment.size();
    }

    private void walk(Segment segment, long fileSize, int from, long fromOffset, SegmentIndex index)
            throws IOException {
        try (SegmentScanner scanner =
                new SegmentScanner(segment.file(), fileSize, from, fromOffset, context.buffers())) {
            walk(scanner, index);
            String problem = scanner.problem();
            long stopped = scanner.end();
            long stoppedOffset = scanner.nextOffset();
            while (Segment.resumed(scanner, index)) {
                String why = problem == null ? "zeros are where a batch should be" : problem;
                breaks.add(new Break(segment, stopped, stoppedOffset, true, scanner.nextOffset(), why));
                walk(scanner, index);
                problem = scanner.problem();
                stopped = scanner.end();
                stoppedOffset = scanner.nextOffset();
            }
            if (problem != null) {
                breaks.add(new Break(segment, stopped, stoppedOffset, true, Break.NOWHERE, problem));
            }
            segment.restore((int) stopped, stoppedOffset, index);
            nextOffset = stoppedOffset;
        }
    }

    private void walk(SegmentScanner scanner, SegmentIndex index) throws IOException {
        long known = checkpoint == null ? 0 : checkpoint.nextOffset();
        while (scanner.next()) {
            RecordBatch batch = scanner.batch();
            index.add(batch.baseOffset(), (int) scanner.position(), batch.maxTimestamp());
            forcedOffset = Math.max(forcedOffset, AppendBatches.forcedOffset(batch));
            if (batch.baseOffset() >= known) {
                producers.record(batch, batch.baseOffset());
            }
        }
    }

    /** Whether a break lies behind everything that is known to have been on the device. */
    private boolean isTorn(Break found) {
        return found.offset() >= forcedOffset
                && segments.subList(segments.indexOf(found.segment()), segments.size()).stream()
                        .noneMatch(Segment::isQuarantined);
    }

    /**
     * Ends the log at a break. Later segments go first, so that none can reappear behind what is appended later. Good batches that
     * are cut off, whose messages nobody may rely on, are kept aside for whoever wants to look.
     */
    private void cut(Break torn) throws IOException {
        Segment segment = torn.segment();
        LogFile file = segment.file();
        for (Segment later : segments.subList(segments.indexOf(segment) + 1, segments.size())) {
            Path aside = tornPath(later.baseOffset());
            Logs.STORE.warn(
                    "Unforced writes before it are lost, so {} is now {}",
                    later.file().path(),
                    aside);
            disk.move(later.file().path(), aside);
            disk.delete(later.indexPath());
        }
        if (torn.resumedOffset() != Break.NOWHERE && file.size() > torn.position()) {
            Path aside = tornPath(torn.offset());
            Logs.STORE.warn(
                    "Unforced writes are lost in the middle of {}; the rest of it is now {}", file.path(), aside);
            file.copyTo(aside, torn.position());
        }
        disk.forceDirectory(directory);
        Logs.STORE.info(
                "Cut {} bytes of torn writes from the end of {}, at offset {}: {}",
                file.size() - torn.position(),
                file.path(),
                torn.offset(),
                torn.why());
        segment.restore((int) torn.position(), torn.offset(), null);
        segment.settle();
        segments.forEach(Segment::retire);
    }

    private Path tornPath(long offset) {
        Path path = directory.resolve(Segment.fileName(offset, TORN_SUFFIX));
        for (int i = 1; disk.exists(path); i++) {
            path = directory.resolve(Segment.fileName(offset, "-" + i + TORN_SUFFIX));
        }
        return path;
    }

    private void quarantine(Break damage) throws IOException {
        changed = true;
        Segment segment = damage.segment();
        if (damage.badBytes() && !segment.isQuarantined()) {
            segment.quarantine();
        }
        long last = damage.resumedOffset() == Break.NOWHERE ? Long.MAX_VALUE : damage.resumedOffset() - 1;
        report(damage.offset(), last, segment, damage.position(), damage.why());
    }

    private void report(long first, long last, Segment segment, long position, String why) {
        context.damages().increment();
        Logs.STORE.error(
                "{} is damaged: offsets {} to {}, {} byte {}: {}. Nothing was deleted; all other messages are read and"
                        + " appends go on behind them",
                name,
                first,
                last == Long.MAX_VALUE ? "the segment's end" : last,
                segment.file().path(),
                position,
                why);
    }

    /** Until now nobody knows that what was found is on the device. */
    private void settle() throws IOException {
        for (Segment segment : scanned) {
            segment.settle();
            if (segment.isQuarantined() || segment != segments.get(segments.size() - 1)) {
                segment.seal();
            }
        }
        disk.forceDirectory(directory);
        DurableFiles.forceDirectoryOf(disk, directory);
    }

    /** Removes the segments that a trim made superfluous before it was interrupted. Their producers are known without them. */
    private void dropBefore(long start, long end) throws IOException {
        if (isBefore(start) && changed) {
            Checkpoint.of(segments.get(segments.size() - 1), end, producers).write(disk, directory);
        }
        while (!segments.isEmpty() && isBefore(start)) {
            segments.remove(0).delete();
        }
    }

    private boolean isBefore(long start) {
        return segments.size() > 1
                ? segments.get(1).baseOffset() <= start
                : segments.get(0).nextOffset() < start;
    }
}
