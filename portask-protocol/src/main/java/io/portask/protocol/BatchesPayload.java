package io.portask.protocol;

import java.nio.ByteBuffer;

/**
 * A flyweight over the payload that carries batches to a client: Fetch's response and Deliver.
 *
 * <pre>
 *   0  i64 start offset     16  i64 next offset
 *   8  i64 end offset       24  record batches to the end
 * </pre>
 *
 * <p>One thread at a time; used again for the next payload.
 */
public final class BatchesPayload {
    public static final int START_OFFSET_OFFSET = 0;
    public static final int END_OFFSET_OFFSET = 8;
    public static final int NEXT_OFFSET_OFFSET = 16;
    public static final int BATCHES_OFFSET = 24;

    private final PayloadReader reader = new PayloadReader("a payload of batches", ByteBuffer.allocate(0));
    private long startOffset;
    private long endOffset;
    private long nextOffset;

    /** Writes what comes before the batches. */
    public static void encode(PayloadWriter out, long startOffset, long endOffset, long nextOffset) {
        out.i64(startOffset).i64(endOffset).i64(nextOffset);
    }

    /** Reads the offsets and leaves the payload's position at the first batch, if there is one. */
    public BatchesPayload wrap(ByteBuffer payload) {
        reader.wrap(payload);
        startOffset = reader.nonNegative64("start offset");
        endOffset = reader.nonNegative64("end offset");
        nextOffset = reader.nonNegative64("next offset");
        return this;
    }

    /** The oldest offset kept in the partition. */
    public long startOffset() {
        return startOffset;
    }

    /** The offset that the partition's next message gets. */
    public long endOffset() {
        return endOffset;
    }

    /** Where to read on. */
    public long nextOffset() {
        return nextOffset;
    }
}
