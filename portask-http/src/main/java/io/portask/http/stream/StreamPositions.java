package io.portask.http.stream;

import io.portask.broker.Cursor;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.json.JsonBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a client is in each partition that it reads: the next offsets that it wants, as in {@code 0:43,1:18}. That is the id of
 * an event, with which a client that was cut off goes on exactly behind it.
 */
final class StreamPositions {
    private static final Pattern POSITION = Pattern.compile("(\\d{1,6}):(\\d{1,18})");

    private final int[] partitions;
    private final long[] next;

    StreamPositions(List<Cursor> cursors) {
        partitions = cursors.stream()
                .mapToInt(cursor -> cursor.partition().partition())
                .toArray();
        next = cursors.stream().mapToLong(Cursor::position).toArray();
    }

    /** @throws PortaskException INVALID_REQUEST for what is no such text */
    static Map<Integer, Long> parse(String text) {
        Map<Integer, Long> found = new HashMap<>();
        for (String position : text.split(",", -1)) {
            Matcher matcher = POSITION.matcher(position.trim());
            if (!matcher.matches()
                    || found.put(Integer.valueOf(matcher.group(1)), Long.valueOf(matcher.group(2))) != null) {
                throw new PortaskException(
                        ErrorCode.INVALID_REQUEST,
                        "Last-Event-ID must be partitions and next offsets, each partition once, such as 0:43,1:18");
            }
        }
        return found;
    }

    void advance(int partition, long offset) {
        for (int i = 0; i < partitions.length; i++) {
            if (partitions[i] == partition) {
                next[i] = offset;
                return;
            }
        }
    }

    void write(JsonBuffer out) {
        for (int i = 0; i < partitions.length; i++) {
            out.plain(i == 0 ? "" : ",").number(partitions[i]).plain(":").number(next[i]);
        }
    }
}
