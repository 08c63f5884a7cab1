package io.portask.broker;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.RecordBatch;
import io.portask.record.RecordReader;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Refuses what must never get into a log: damaged, empty or oversized batches, and batches whose records cannot be read back, so
 * that no publisher can poison a consumer. Any thread.
 */
final class BatchValidator implements AutoCloseable {
    private static final int MAX_KEPT = 8;

    private final BlockingQueue<RecordReader> readers = new ArrayBlockingQueue<>(MAX_KEPT);
    private final int maxBatchBytes;
    private volatile boolean closed;

    BatchValidator(int maxBatchBytes) {
        this.maxBatchBytes = maxBatchBytes;
    }

    /**
     * Checks the remaining bytes as whole batches. The largest batch size holds for the inflated records too.
     *
     * @throws PortaskException {@link ErrorCode#CORRUPT_BATCH}, {@link ErrorCode#BATCH_TOO_LARGE} or {@link
     *     ErrorCode#UNSUPPORTED_OPERATION}
     */
    void check(ByteBuffer batches) {
        if (!batches.hasRemaining()) {
            throw new PortaskException(ErrorCode.INVALID_REQUEST, "There is no record batch to publish");
        }
        RecordReader reader = readers.poll();
        if (reader == null) {
            reader = new RecordReader(maxBatchBytes);
        }
        try {
            check(batches, reader);
        } finally {
            giveBack(reader);
        }
    }

    private void giveBack(RecordReader reader) {
        if (!readers.offer(reader)) {
            reader.close();
        }
        if (closed) {
            closeKept();
        }
    }

    private void check(ByteBuffer batches, RecordReader reader) {
        RecordBatch batch = new RecordBatch();
        int position = batches.position();
        while (position < batches.limit()) {
            checkSize(RecordBatch.sizeAt(batches, position));
            batch.wrapChecked(batches, position);
            checkContent(batch);
            walk(reader.wrap(batch), batch.maxTimestamp());
            position += batch.sizeInBytes();
        }
    }

    private void checkSize(long size) {
        if (size > maxBatchBytes) {
            throw new PortaskException(
                    ErrorCode.BATCH_TOO_LARGE,
                    "A record batch of " + size + " bytes; at most " + maxBatchBytes + " are accepted (maxBatchBytes)");
        }
    }

    private static void checkContent(RecordBatch batch) {
        if (batch.recordCount() == 0 || batch.lastOffsetDelta() != batch.recordCount() - 1) {
            throw new PortaskException(
                    ErrorCode.CORRUPT_BATCH,
                    "A published batch holds at least one record and no gaps, not " + batch.recordCount()
                            + " records with a last offset delta of " + batch.lastOffsetDelta());
        }
        if (batch.isControl()) {
            throw new PortaskException(ErrorCode.UNSUPPORTED_OPERATION, "Control batches cannot be published");
        }
    }

    /** Goes through all records. Lookups by time rely on the batch's maximum, so it has to be true. */
    private static void walk(RecordReader reader, long claimedMax) {
        long max = Long.MIN_VALUE;
        while (reader.next()) {
            max = Math.max(max, reader.timestamp());
        }
        if (max != claimedMax) {
            throw new PortaskException(
                    ErrorCode.CORRUPT_BATCH,
                    "A batch whose latest record has the timestamp " + max + " says that it has " + claimedMax);
        }
    }

    @Override
    public void close() {
        closed = true;
        closeKept();
    }

    private void closeKept() {
        for (RecordReader reader = readers.poll(); reader != null; reader = readers.poll()) {
            reader.close();
        }
    }
}
