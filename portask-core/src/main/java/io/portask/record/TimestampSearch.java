package io.portask.record;

import java.nio.ByteBuffer;

/** Looks through batches for the first record with a timestamp or a later one. One search, one thread. */
public final class TimestampSearch implements AutoCloseable {
    public static final long NOT_FOUND = -1;

    private final long epochMs;
    private final long fromOffset;
    private final RecordBatch batch = new RecordBatch();
    private final RecordReader reader = new RecordReader();

    /** @param fromOffset of the first record that counts */
    public TimestampSearch(long epochMs, long fromOffset) {
        this.epochMs = epochMs;
        this.fromOffset = fromOffset;
    }

    /** The record's offset, or {@link #NOT_FOUND} in these batches. */
    public long find(ByteBuffer batches) {
        for (int position = 0; position < batches.limit(); position += batch.sizeInBytes()) {
            batch.wrap(batches, position);
            if (batch.maxTimestamp() < epochMs) {
                continue;
            }
            reader.wrap(batch);
            while (reader.next()) {
                if (reader.timestamp() >= epochMs && reader.offset() >= fromOffset) {
                    return reader.offset();
                }
            }
        }
        return NOT_FOUND;
    }

    @Override
    public void close() {
        reader.close();
    }
}
