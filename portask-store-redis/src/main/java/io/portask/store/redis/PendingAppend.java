package io.portask.store.redis;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.RecordBatch;
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

    /** About what an append takes besides its bytes. */
    private static final int OVERHEAD_BYTES = 512;

    final CompletableFuture<AppendResult> result = new CompletableFuture<>();
    final List<byte[]> args = new ArrayList<>();
    final int bytes;

    /** Whether the topic was looked for again on its behalf. Under the appender's lock. */
    boolean lookedAgain;

    /** @throws PortaskException for what no append can hold */
    PendingAppend(ByteBuffer batches) {
        bytes = batches.remaining();
        RecordBatch batch = new RecordBatch();
        int count = 0;
        boolean idempotent = false;
        List<byte[]> parts = new ArrayList<>();
        for (int position = batches.position(); position < batches.limit(); count++) {
            long size = RecordBatch.sizeAt(batches, position);
            if (size < 0 || size > batches.limit() - position) {
                throw new PortaskException(ErrorCode.CORRUPT_BATCH, "The last batch of the append is cut short");
            }
            byte[] copy = new byte[(int) size];
            batches.get(position, copy);
            batch.wrap(ByteBuffer.wrap(copy), 0).baseOffset(NO_OFFSET);
            idempotent |= batch.hasProducerId();
            parts.add(Keys.bytes(batch.lastOffsetDelta() + 1L));
            parts.add(Keys.bytes(batch.maxTimestamp()));
            parts.add(copy);
            position += (int) size;
        }
        if (count == 0 || (idempotent && count > 1)) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST,
                    "An append holds one batch of an idempotent producer or at least one without, not " + count);
        }
        addProducer(batch, idempotent);
        args.add(Keys.bytes(count));
        args.addAll(parts);
    }

    /** The memory that it takes, in bytes. */
    int cost() {
        return bytes + OVERHEAD_BYTES;
    }

    private void addProducer(RecordBatch batch, boolean idempotent) {
        if (!idempotent) {
            args.addAll(List.of(NONE, NONE, NONE, NONE));
            return;
        }
        ProducerSequences.checkNumbered(batch);
        int first = batch.baseSequence();
        args.add(Keys.bytes(batch.producerId()));
        args.add(Keys.bytes(batch.producerEpoch()));
        args.add(Keys.bytes(first));
        args.add(Keys.bytes((first + batch.lastOffsetDelta()) & Integer.MAX_VALUE));
    }
}
