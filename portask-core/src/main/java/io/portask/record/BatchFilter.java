package io.portask.record;

import java.nio.ByteBuffer;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Takes single records out of stored batches. What is left keeps its offsets, times, producer fields and compression, and gets a
 * checksum of its own; a batch that loses all its records stays as an empty one that keeps their place. One thread.
 */
public final class BatchFilter {
    private static final int INITIAL_BYTES = 16 * 1024;

    private final RecordReader reader = new RecordReader();
    private final RecordBatchBuilder builder = new RecordBatchBuilder(INITIAL_BYTES);
    private int removed;

    /**
     * The batch without the records whose offsets the predicate names.
     *
     * @return null if it has none of them; else a buffer that is valid until the next call
     */
    public @Nullable ByteBuffer without(RecordBatch batch, LongPredicate unwanted) {
        removed = 0;
        builder.reset()
                .compression(Compression.of(batch.compressionCode()))
                .producer(batch.producerId(), batch.producerEpoch(), batch.baseSequence())
                .baseOffset(batch.baseOffset());
        reader.wrap(batch);
        while (reader.next()) {
            if (unwanted.test(reader.offset())) {
                removed++;
            } else {
                builder.append(
                        reader.offsetDelta(), reader.timestamp(), reader.key(), reader.value(), reader.headers());
            }
        }
        return removed == 0
                ? null
                : builder.lastOffsetDelta(batch.lastOffsetDelta()).build();
    }

    /** How many records the last call took out. */
    public int removed() {
        return removed;
    }
}
