package io.portask.record;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message as it was stored. Arrays are not copied.
 *
 * @param id where it is
 * @param timestamp milliseconds since 1970 UTC
 */
@SuppressWarnings("ArrayRecordComponent")
public record ReceivedMessage(
        MessageId id, long timestamp, byte @Nullable [] key, byte @Nullable [] value, List<Header> headers) {

    public String topic() {
        return id.topic();
    }

    public int partition() {
        return id.partition();
    }

    public long offset() {
        return id.offset();
    }

    /** The value as UTF-8 text; empty for a tombstone. */
    public String text() {
        return value == null ? "" : new String(value, StandardCharsets.UTF_8);
    }

    /** The key as UTF-8 text; null without a key. */
    public @Nullable String keyText() {
        return key == null ? null : new String(key, StandardCharsets.UTF_8);
    }
}
