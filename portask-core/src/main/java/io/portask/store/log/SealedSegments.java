package io.portask.store.log;

import io.portask.record.RecordBatch;
import io.portask.store.ProducerSequences;
import java.util.concurrent.locks.ReentrantLock;

/** What may be done to the segments of a partition that are not appended to, under the partition's lock. */
final class SealedSegments {
    private final ReentrantLock lock;
    private final GroupCommit commit;
    private final SegmentList segments;
    private final ProducerSequences producers;
    private final DeletedMessages deleted;

    SealedSegments(
            ReentrantLock lock,
            GroupCommit commit,
            SegmentList segments,
            ProducerSequences producers,
            DeletedMessages deleted) {
        this.lock = lock;
        this.commit = commit;
        this.segments = segments;
        this.producers = producers;
        this.deleted = deleted;
    }

    /** Whether all of a segment is on the device. */
    boolean isForced(Segment segment) {
        return commit.forced() >= segment.nextOffset();
    }

    /** Whether a retry of a batch would be recognized. */
    boolean remembers(RecordBatch stored) {
        lock.lock();
        try {
            return producers.remembers(stored);
        } finally {
            lock.unlock();
        }
    }

    boolean contains(Segment segment) {
        return segments.contains(segment);
    }

    /** Lets readers see another segment in the place of one. On the housekeeper. */
    void replace(Segment before, Segment after) {
        lock.lock();
        try {
            segments.replace(before, after);
        } finally {
            lock.unlock();
        }
    }

    DeletedMessages deletedMessages() {
        return deleted;
    }
}
