package io.portask.store.log;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A partition's segments by base offset; appends go to the last. Changed under the partition's lock; any thread looks.
 */
final class SegmentList {
    /** Never changed, only replaced. */
    private volatile Segment[] segments;

    SegmentList(List<Segment> found) {
        this.segments = found.toArray(new Segment[0]);
    }

    /** All of them at one moment. Not to be changed. */
    Segment[] all() {
        return segments;
    }

    boolean isEmpty() {
        return segments.length == 0;
    }

    /** The one to append to. There must be one. */
    Segment last() {
        Segment[] current = segments;
        return current[current.length - 1];
    }

    /** The last segment that begins at or before {@code offset}, or the first. There must be one. */
    Segment find(long offset) {
        Segment[] current = segments;
        int low = 1;
        int high = current.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (current[middle].baseOffset() <= offset) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return current[high];
    }

    void add(Segment next) {
        Segment[] current = segments;
        Segment[] more = Arrays.copyOf(current, current.length + 1);
        more[current.length] = next;
        segments = more;
    }

    boolean contains(Segment segment) {
        return Arrays.asList(segments).contains(segment);
    }

    /** Puts another segment in the place of one, which must be here. */
    void replace(Segment before, Segment after) {
        Segment[] current = segments.clone();
        current[Arrays.asList(current).indexOf(before)] = after;
        segments = current;
    }

    /** Takes out the segments, but for the last, that hold only offsets before {@code offset}. */
    List<Segment> removeBefore(long offset) {
        Segment[] current = segments;
        List<Segment> removed = new ArrayList<>();
        while (removed.size() + 1 < current.length && current[removed.size() + 1].baseOffset() <= offset) {
            removed.add(current[removed.size()]);
        }
        segments = Arrays.copyOfRange(current, removed.size(), current.length);
        return removed;
    }

    long sizeInBytes() {
        long size = 0;
        for (Segment segment : segments) {
            size += segment.size();
        }
        return size;
    }
}
