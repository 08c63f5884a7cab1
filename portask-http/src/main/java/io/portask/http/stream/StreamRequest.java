package io.portask.http.stream;

import com.sun.net.httpserver.Headers;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Message;
import io.portask.record.StartPosition;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a client wants to follow.
 *
 * @param partition {@link Message#ANY_PARTITION} for all
 * @param from where to start; null for what is usual
 * @param group whose committed positions count; null without one
 * @param resumed where the client was before it was cut off, by partition; empty for one that begins. Counts before {@code from}
 * @param format what it looks like
 */
record StreamRequest(
        String topic,
        int partition,
        @Nullable StartPosition from,
        @Nullable String group,
        Map<Integer, Long> resumed,
        StreamFormat format) {
    /** An event's id has the position in each partition: so many fit into a Last-Event-ID, whatever the offsets. */
    private static final int MAX_PARTITIONS = 400;

    StreamRequest {
        resumed = Map.copyOf(resumed);
        if (from != null && from.kind() == StartPosition.Kind.OFFSET && partition == Message.ANY_PARTITION) {
            throw invalid("An offset is one partition's: give partition beside from");
        }
        if (from != null && from.kind() == StartPosition.Kind.COMMITTED && group == null) {
            throw invalid("Committed positions are a group's: give group beside from");
        }
    }

    static StreamRequest of(
            String topic, int partition, @Nullable StartPosition from, @Nullable String group, Headers headers) {
        String lastEventId = headers.getFirst("Last-Event-ID");
        return new StreamRequest(
                topic,
                partition,
                from,
                group,
                lastEventId == null || lastEventId.isEmpty() ? Map.of() : StreamPositions.parse(lastEventId),
                StreamFormat.of(headers.get("Accept")));
    }

    /** Those to read of a topic that has so many. */
    IntStream partitions(int count) {
        if (partition != Message.ANY_PARTITION) {
            return IntStream.of(partition);
        }
        if (count > MAX_PARTITIONS) {
            throw invalid("A stream reads up to " + MAX_PARTITIONS + " partitions, and the topic has " + count
                    + ": give partition");
        }
        return IntStream.range(0, count);
    }

    /** A partition that a resumed client did not know is new, and read from its beginning. */
    StartPosition start(int number) {
        if (!resumed.isEmpty()) {
            Long offset = resumed.get(number);
            return offset == null ? StartPosition.earliest() : StartPosition.offset(offset);
        }
        StartPosition known = from;
        if (known != null) {
            return known;
        }
        return group == null ? StartPosition.latest() : StartPosition.committed();
    }

    private static PortaskException invalid(String text) {
        return new PortaskException(ErrorCode.INVALID_REQUEST, text);
    }
}
