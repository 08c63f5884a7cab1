package io.portask.client;

import io.portask.record.Header;
import io.portask.record.RecordBatch;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How large messages become in a batch, before compression. */
final class RecordSizes {
    /** Attributes, timestamp delta and offset delta of a batch's first record. */
    private static final int FIRST_FIELDS_BYTES = 3;

    private RecordSizes() {}

    /** What a later record takes at most beyond what {@link #alone} says: larger deltas, a larger length. */
    static final int MAX_EXTRA_BYTES = 16;

    /** The size of a batch with this one message. */
    static long alone(byte @Nullable [] key, byte @Nullable [] value, List<Header> headers) {
        long body = FIRST_FIELDS_BYTES + field(key) + field(value) + sizeOf(headers.size());
        for (int i = 0; i < headers.size(); i++) {
            Header header = headers.get(i);
            int name = header.name().getBytes(StandardCharsets.UTF_8).length;
            body += sizeOf(name) + name + field(header.value());
        }
        return RecordBatch.HEADER_SIZE + sizeOf(body) + body;
    }

    private static long field(byte @Nullable [] bytes) {
        return bytes == null ? 1 : sizeOf(bytes.length) + bytes.length;
    }

    /** Of a zigzag varint that is not negative. */
    private static int sizeOf(long value) {
        return (70 - Long.numberOfLeadingZeros((value << 1) | 1)) / 7;
    }
}
