package io.portask.store.log;

import io.portask.error.PortaskException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How far a partition's keys were compacted, and when. A lost one costs a compaction from the start and keeps tombstones longer,
 * nothing else.
 *
 * <pre>
 *  0  i8  1 if tombstones may be left before the last of these offsets, else 0
 *  1  i32 number of runs, the first first; then for each
 *     0  i64 offset: of every key before it only the latest record was left
 *     8  i64 at this time, ms since 1970
 * </pre>
 *
 * @param runs ascending in both
 */
record CompactionState(List<Run> runs, boolean tombstones) {
    static final String FILE_NAME = "compaction";
    static final int MAX_RUNS = 1000;
    static final CompactionState NONE = new CompactionState(List.of(), false);

    private static final int HEADER_SIZE = 1 + Integer.BYTES;

    record Run(long offset, long timeMs) {}

    long compactedTo() {
        return runs.isEmpty() ? 0 : runs.get(runs.size() - 1).offset();
    }

    /** Before this offset tombstones have done their duty if those compacted first at {@code timeMs} or earlier have. */
    long compactedAt(long timeMs) {
        long offset = 0;
        for (Run run : runs) {
            offset = run.timeMs() <= timeMs ? Math.max(offset, run.offset()) : offset;
        }
        return offset;
    }

    /**
     * After another run. Runs before {@code oldestMs} become one; of too many, those in between are left out, which keeps
     * tombstones longer.
     */
    CompactionState after(Run latest, boolean tombstonesLeft, long oldestMs) {
        List<Run> all = new ArrayList<>();
        for (Run run : runs) {
            if (run.timeMs() <= oldestMs && !all.isEmpty()) {
                all.remove(all.size() - 1);
            }
            all.add(run);
        }
        if (all.size() >= MAX_RUNS) {
            List<Run> fewer = new ArrayList<>();
            for (int i = 1; i < all.size(); i += 2) {
                fewer.add(all.get(i));
            }
            all = fewer;
        }
        if (latest.offset() > compactedTo()) {
            all.add(latest);
        }
        return new CompactionState(List.copyOf(all), tombstonesLeft);
    }

    void write(Disk disk, Path partitionDirectory) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(HEADER_SIZE + runs.size() * 2 * Long.BYTES);
        content.put((byte) (tombstones ? 1 : 0)).putInt(runs.size());
        runs.forEach(run -> content.putLong(run.offset()).putLong(run.timeMs()));
        DurableFiles.write(disk, partitionDirectory.resolve(FILE_NAME), content.flip());
    }

    static CompactionState read(Disk disk, Path partitionDirectory) throws IOException {
        Path path = partitionDirectory.resolve(FILE_NAME);
        try {
            ByteBuffer content = DurableFiles.read(disk, path);
            if (content == null || content.remaining() < HEADER_SIZE) {
                return NONE;
            }
            boolean tombstones = content.get() != 0;
            List<Run> runs = new ArrayList<>();
            for (int left = content.getInt(); left > 0 && content.remaining() >= 2 * Long.BYTES; left--) {
                runs.add(new Run(content.getLong(), content.getLong()));
            }
            return new CompactionState(List.copyOf(runs), tombstones);
        } catch (PortaskException e) {
            Logs.STORE.warn("{} is damaged; the partition is compacted from its start", path);
            return NONE;
        }
    }
}
