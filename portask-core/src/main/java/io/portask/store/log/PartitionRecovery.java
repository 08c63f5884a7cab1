package io.portask.store.log;

import io.portask.store.ProducerSequences;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what a partition's directory holds. Segments before the {@link Checkpoint} are trusted; from there on every
 * batch is checked and its producer noted.
 *
 * <p>Bytes behind the last good batch of the last segment are what a crash tore: they are cut off, and the cut is forced
 * before anything is appended. But where good batches follow the bad bytes, or offsets are missing, acknowledged data was
 * damaged: everything is left as it is, reads of the damaged range fail, and nothing more may be appended.
 */
final class PartitionRecovery {
    private static final Pattern SEGMENT_NAME = Pattern.compile("[0-9]{20}" + Pattern.quote(Segment.SUFFIX));

    private final Path directory;
    private final Disk disk;
    private final FileCache files;
    private final BufferPool buffers;
    private final ProducerSequences producers;

    private @Nullable String damage;
    private long nextOffset;
    private long producersKnownTo;

    PartitionRecovery(Path directory, FileCache files, BufferPool buffers, ProducerSequences producers) {
        this.directory = directory;
        this.files = files;
        this.disk = files.disk();
        this.buffers = buffers;
        this.producers = producers;
    }

    RecoveredPartition recover() throws IOException {
        if (!disk.isDirectory(directory)) {
            return new RecoveredPartition(List.of(), 0, 0, null, false);
        }
        List<Long> bases = segmentBases(disk, directory);
        long start = StartOffsetFile.read(disk, directory);
        if (bases.isEmpty()) {
            return new RecoveredPartition(List.of(), start, start, null, false);
        }
        Checkpoint checkpoint = Checkpoint.read(disk, directory, producers);
        List<Segment> segments = new ArrayList<>();
        boolean changed = checkpoint == null;
        producersKnownTo = checkpoint == null ? 0 : checkpoint.nextOffset();
        nextOffset = bases.get(0);
        for (int i = 0; i < bases.size(); i++) {
            long following = i + 1 < bases.size() ? bases.get(i + 1) : -1;
            changed |= recover(segments, bases.get(i), following, checkpoint);
        }
        if (checkpoint != null && nextOffset < checkpoint.nextOffset()) {
            damaged("offsets " + nextOffset + " to " + (checkpoint.nextOffset() - 1)
                    + " were on the device and are gone");
        }
        start = Math.max(start, bases.get(0));
        if (damage == null) {
            nextOffset = Math.max(nextOffset, start);
            dropBefore(segments, start);
        }
        return new RecoveredPartition(segments, start, nextOffset, damage, !changed && damage == null);
    }

    static List<Long> segmentBases(Disk disk, Path directory) throws IOException {
        List<Long> bases = new ArrayList<>();
        for (Path path : disk.list(directory)) {
            String name = path.getFileName().toString();
            if (SEGMENT_NAME.matcher(name).matches()) {
                bases.add(Long.parseLong(name.substring(0, name.length() - Segment.SUFFIX.length())));
            }
        }
        return bases;
    }

    /** Adds one segment; returns whether it holds anything that the checkpoint does not cover. */
    private boolean recover(List<Segment> segments, long base, long following, @Nullable Checkpoint checkpoint)
            throws IOException {
        LogFile file = files.file(directory.resolve(Segment.fileName(base, Segment.SUFFIX)));
        Segment segment = new Segment(base, file, buffers);
        segments.add(segment);
        long fileSize = file.size();
        if (base != nextOffset) {
            damaged("offsets " + nextOffset + " to " + (base - 1) + " are missing before " + file.path());
        }
        boolean last = following < 0;
        if (checkpoint != null && !last && following <= checkpoint.segmentBaseOffset()) {
            segment.restore((int) fileSize, following, null);
            nextOffset = following;
            return false;
        }
        SegmentIndex index = null;
        int from = 0;
        long fromOffset = base;
        if (checkpoint != null && checkpoint.segmentBaseOffset() == base && checkpoint.position() <= fileSize) {
            index = segment.readIndex(checkpoint.nextOffset(), checkpoint.position());
            if (index != null) {
                from = checkpoint.position();
                fromOffset = checkpoint.nextOffset();
            }
        }
        scan(segment, fileSize, from, fromOffset, index == null ? new SegmentIndex() : index, last);
        return checkpoint == null || checkpoint.segmentBaseOffset() != base || segment.size() != checkpoint.position();
    }

    private void scan(Segment segment, long fileSize, int from, long fromOffset, SegmentIndex index, boolean last)
            throws IOException {
        LogFile file = segment.file();
        try (SegmentScanner scanner = new SegmentScanner(file, fileSize, from, fromOffset, buffers)) {
            walk(scanner, index);
            String problem = scanner.problem();
            long stopped = scanner.end();
            long goodOffset = scanner.nextOffset();
            while (Segment.resumed(scanner, index)) {
                damaged(file.path() + " is damaged from byte " + stopped + " (offset " + goodOffset + ") to byte "
                        + scanner.end() + (problem == null ? "" : ": " + problem));
                walk(scanner, index);
                stopped = scanner.end();
                goodOffset = scanner.nextOffset();
            }
            segment.restore((int) scanner.end(), scanner.nextOffset(), index);
            nextOffset = scanner.nextOffset();
            if (last && damage == null && fileSize > from) {
                if (problem != null) {
                    long torn = fileSize - scanner.end();
                    Logs.STORE.info("Cut {} bytes of a torn write from the end of {}: {}", torn, file.path(), problem);
                }
                segment.settle();
            } else if (fileSize > from) {
                force(file);
            }
            if (!last) {
                segment.seal();
            }
        }
    }

    /** Until now nobody knows that what was found is on the device. */
    private static void force(LogFile file) throws IOException {
        file.pin();
        try {
            file.force();
        } finally {
            file.unpin();
        }
    }

    private void walk(SegmentScanner scanner, SegmentIndex index) throws IOException {
        while (scanner.next()) {
            index.add(
                    scanner.batch().baseOffset(),
                    (int) scanner.position(),
                    scanner.batch().maxTimestamp());
            if (scanner.batch().baseOffset() >= producersKnownTo) {
                producers.record(scanner.batch(), scanner.batch().baseOffset());
            }
        }
    }

    /** Removes the segments that a trim made superfluous before it was interrupted. */
    private void dropBefore(List<Segment> segments, long start) throws IOException {
        while (!segments.isEmpty() && isBefore(segments, start)) {
            segments.remove(0).delete();
        }
    }

    private static boolean isBefore(List<Segment> segments, long start) {
        return segments.size() > 1
                ? segments.get(1).baseOffset() <= start
                : segments.get(0).nextOffset() < start;
    }

    private void damaged(String what) {
        if (damage == null) {
            damage = what;
        }
        Logs.STORE.error("Damage in {}: {}", directory, what);
    }
}
