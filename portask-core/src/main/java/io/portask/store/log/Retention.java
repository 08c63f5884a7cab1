package io.portask.store.log;

import io.micrometer.core.instrument.Counter;
import io.portask.store.TopicConfig;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * Removes whole segments from the start of one partition while they are too old or the partition holds too much. The
 * partition's start moves durably before a file is deleted. The segment that is appended to goes for its age only, once all of
 * it is too old; another one, empty, takes its place first and keeps the end offset.
 *
 * <p>A segment's age is that of its newest message. Where that is unknown or lies in the future, the time counts at which
 * the segment was first seen here with its present size: so a wrong clock of a producer makes messages stay longer by no
 * more than the retention after each start of the store. One thread.
 */
final class Retention {
    private final LogPartition partition;
    private final LogContext context;
    private final RemovalMeters meters;

    /** By base offset, of segments whose timestamps tell nothing. */
    private final Map<Long, Sight> sights = new HashMap<>();

    private record Sight(int size, long firstSeenMs) {}

    Retention(LogPartition partition, LogContext context, RemovalMeters meters) {
        this.partition = partition;
        this.context = context;
        this.meters = meters;
    }

    void enforce(TopicConfig config) throws IOException {
        Segment[] segments = partition.segments().all();
        long now = context.clock().millis();
        long size = partition.segments().sizeInBytes();
        long start = partition.startOffset();
        long aged = 0;
        long oversized = 0;
        for (int i = 0; i < segments.length; i++) {
            Segment segment = segments[i];
            boolean active = i == segments.length - 1;
            int segmentSize = segment.size();
            boolean tooMuch = !active && config.isExceeded(size, partition.endOffset() - start);
            if (!tooMuch && !isExpired(segment, segmentSize, config, now)) {
                break;
            }
            if (active && !partition.roll(segment, segmentSize)) {
                break;
            }
            size -= segmentSize;
            aged += tooMuch ? 0 : segmentSize;
            oversized += tooMuch ? segmentSize : 0;
            start = active ? segment.nextOffset() : segments[i + 1].baseOffset();
        }
        if (start > partition.startOffset()) {
            long newStart = start;
            context.housekeeper().await("Removing from", partition.directory(), () -> partition.trim(newStart));
            forget(newStart);
            count(meters.aged(), aged);
            count(meters.oversized(), oversized);
        }
    }

    private boolean isExpired(Segment segment, int size, TopicConfig config, long now) throws IOException {
        if (config.retentionMs() == TopicConfig.UNLIMITED || size == 0) {
            return false;
        }
        long newest = segment.openIndex().maxTimestamp();
        return config.isExpired(newest, newest < 0 || newest > now ? firstSeen(segment, size, now) : newest, now);
    }

    private long firstSeen(Segment segment, int size, long now) {
        return sights.merge(
                        segment.baseOffset(),
                        new Sight(size, now),
                        (before, present) -> before.size() == size ? before : present)
                .firstSeenMs();
    }

    private void forget(long beforeOffset) {
        sights.keySet().removeIf(base -> base < beforeOffset);
    }

    private static void count(Counter counter, long bytes) {
        if (bytes > 0) {
            Logs.STORE.debug("Retention removed {} bytes", bytes);
            counter.increment((double) bytes);
        }
    }
}
