package io.portask.store.redis;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.RecordBatch;
import io.portask.record.RecordReader;
import io.portask.store.AppendResult;
import io.portask.store.ProducerSequences;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A copy of what one call wants to append, in the form in which the script takes it. */
final class PendingAppend {
    private static final byte[] NONE = {};
    private static final long NO_OFFSET = 0;
    private static final int NO_KEY = -1;

    /** About what an append takes besides its bytes. */
    private static final int OVERHEAD_BYTES = 512;

    final CompletableFuture<AppendResult> result = new CompletableFuture<>();

    /** Producer id or nothing, epoch, first and last sequence. */
    final List<byte[]> producer;

    final List<Batch> batches = new ArrayList<>();
    final int bytes;

    /** Whether it waits until it is synced. */
    final boolean synced;

    /** One batch, and what Redis has to know of it. */
    static final class Batch {
        /** How many it takes. */
        final long offsets;

        final long newestTimestamp;
        final byte[] bytes;

        Batch(RecordBatch batch, byte[] bytes) {
            offsets = batch.lastOffsetDelta() + 1L;
            newestTimestamp = batch.maxTimestamp();
            this.bytes = bytes;
        }
    }

    /** Whether the topic was looked for again on its behalf. Under the appender's lock. */
    boolean lookedAgain;

    /** Whether all its records are known to have keys. Before it is given to an appender, or under the appender's lock. */
    private boolean keyed;

    /**
     * @param synced whether it waits until it is synced
     * @throws PortaskException for what no append can hold
     */
    PendingAppend(ByteBuffer source, boolean synced) {
        this.synced = synced;
        bytes = source.remaining();
        RecordBatch batch = new RecordBatch();
        boolean idempotent = false;
        for (int position = source.position(); position < source.limit(); ) {
            long size = RecordBatch.sizeAt(source, position);
            if (size < 0 || size > source.limit() - position) {
                throw new PortaskException(ErrorCode.CORRUPT_BATCH, "The last batch of the append is cut short");
            }
            byte[] copy = new byte[(int) size];
            source.get(position, copy);
            batch.wrap(ByteBuffer.wrap(copy), 0).baseOffset(NO_OFFSET);
            idempotent |= batch.hasProducerId();
            batches.add(new Batch(batch, copy));
            position += (int) size;
        }
        if (batches.isEmpty() || (idempotent && batches.size() > 1)) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST,
                    "An append holds one batch of an idempotent producer or at least one without, not "
                            + batches.size());
        }
        producer = idempotent ? numbered(batch) : List.of(NONE, NONE, NONE, NONE);
    }

    /** Whether it is one of an idempotent producer's. */
    boolean isNumbered() {
        return producer.get(0) != NONE;
    }

    boolean isKeyed() {
        return keyed;
    }

    /** @throws PortaskException for records that cannot be read */
    void lookForKeys() {
        RecordBatch batch = new RecordBatch();
        try (RecordReader records = new RecordReader()) {
            boolean all = true;
            for (Batch each : batches) {
                records.wrap(batch.wrap(ByteBuffer.wrap(each.bytes), 0));
                while (all && records.next()) {
                    all = records.keyLength() != NO_KEY;
                }
            }
            keyed = all;
        }
    }

    /** How many offsets it takes. */
    long offsets() {
        long all = 0;
        for (Batch batch : batches) {
            all += batch.offsets;
        }
        return all;
    }

    /** The memory that it takes, in bytes. */
    int cost() {
        return bytes + OVERHEAD_BYTES;
    }

    private static List<byte[]> numbered(RecordBatch batch) {
        ProducerSequences.checkNumbered(batch);
        int first = batch.baseSequence();
        return List.of(
                Keys.bytes(batch.producerId()),
                Keys.bytes(batch.producerEpoch()),
                Keys.bytes(first),
                Keys.bytes((first + batch.lastOffsetDelta()) & Integer.MAX_VALUE));
    }
}
