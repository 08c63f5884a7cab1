package io.portask.store.log;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.RecordBatch;
import java.nio.ByteBuffer;

/** The batches of one append, from a buffer's position to its limit; looked at through the caller's flyweight. */
final class AppendBatches {
    private AppendBatches() {}

    /**
     * Makes sure that these bytes cannot harm the log whoever sent them: whole batches with dense offsets, and no more than
     * one where a producer counts them.
     *
     * @return how many offsets they take
     */
    static long check(ByteBuffer batches, RecordBatch batch) {
        long offsets = 0;
        int count = 0;
        boolean idempotent = false;
        for (int at = batches.position(); at < batches.limit(); at += batch.sizeInBytes()) {
            long size = RecordBatch.sizeAt(batches, at);
            if (size < 0 || size > batches.limit() - at) {
                throw new PortaskException(ErrorCode.CORRUPT_BATCH, "Corrupt record batch: it is cut short");
            }
            batch.wrap(batches, at);
            if (batch.recordCount() < 1 || batch.recordCount() - 1 != batch.lastOffsetDelta()) {
                throw new PortaskException(
                        ErrorCode.CORRUPT_BATCH,
                        "Corrupt record batch: " + batch.recordCount() + " records with a last offset delta of "
                                + batch.lastOffsetDelta());
            }
            idempotent |= batch.hasProducerId();
            offsets += batch.recordCount();
            count++;
        }
        if (count == 0 || (idempotent && count > 1)) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST,
                    "An append holds at least one batch, and only one of an idempotent producer, not " + count);
        }
        return offsets;
    }

    /**
     * Numbers the records of all batches from {@code first} on, and writes into each how many offsets before its own the log
     * was not yet known to be on the device. That stands where the format has the partition leader's epoch, outside the checksum and
     * without meaning to a consumer; recovery tells torn writes from damage by it.
     */
    static void assignOffsets(ByteBuffer batches, RecordBatch batch, long first, long forcedOffset) {
        long offset = first;
        for (int at = batches.position(); at < batches.limit(); at += batch.sizeInBytes()) {
            batch.wrap(batches, at).baseOffset(offset);
            batches.putInt(
                    at + RecordBatch.LEADER_EPOCH_OFFSET, (int) Math.min(Integer.MAX_VALUE, offset - forcedOffset));
            offset = batch.nextOffset();
        }
    }

    /** The offset up to which the log was on the device when a batch was written, as far as the batch can tell. */
    static long forcedOffset(RecordBatch batch) {
        int unforced = batch.leaderEpoch();
        return unforced < 0 || unforced == Integer.MAX_VALUE ? 0 : batch.baseOffset() - unforced;
    }
}
