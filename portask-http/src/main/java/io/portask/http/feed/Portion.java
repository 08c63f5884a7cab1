package io.portask.http.feed;

import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatch;
import io.portask.record.RecordReader;
import io.portask.record.TopicPartition;
import io.portask.store.FetchResult;
import java.nio.ByteBuffer;
import java.util.function.Predicate;

/**
 * What one read of a partition brought, message by message. Each batch is checked and decompressed once, however often the
 * messages are asked for, but for once more when it is kept. One thread at a time.
 */
public final class Portion implements AutoCloseable {
    private final TopicPartition partition;
    private final long resultNext;
    private final RecordBatch batch = new RecordBatch();
    private final RecordReader records = new RecordReader();
    private final FetchResult result;
    private ByteBuffer bytes;
    private int position;
    private boolean inBatch;
    /** The record that the reader is at was not taken. */
    private boolean refused;

    private boolean kept;

    private long next;

    /**
     * Takes the result over.
     *
     * @param from the first offset that is wanted
     */
    public Portion(FetchResult result, TopicPartition partition, long from) {
        this.result = result;
        this.partition = partition;
        resultNext = result.nextOffset();
        bytes = result.batches().buffer();
        next = Math.max(from, result.startOffset());
    }

    /** The next offset wanted. */
    public long next() {
        return next;
    }

    /**
     * Calls for each message until the visitor has enough.
     *
     * @param visitor says whether it took the message; the first that it does not take comes again next time
     * @return whether all messages were taken
     */
    public boolean visit(Predicate<ReceivedMessage> visitor) {
        while (inBatch || position < bytes.limit()) {
            if (!inBatch) {
                records.wrap(batch.wrapChecked(bytes, position));
                inBatch = true;
            }
            if (!visitBatch(visitor)) {
                if (kept) {
                    // What is decompressed stays.
                    records.close();
                }
                return false;
            }
            inBatch = false;
            position += batch.sizeInBytes();
            next = Math.max(next, batch.nextOffset());
        }
        next = Math.max(next, resultNext);
        return true;
    }

    private boolean visitBatch(Predicate<ReceivedMessage> visitor) {
        while (batch.nextOffset() > next && (refused || records.next())) {
            refused = false;
            if (records.offset() >= next) {
                if (!visitor.test(records.toMessage(partition.topic(), partition.partition()))) {
                    refused = true;
                    next = records.offset();
                    return false;
                }
                next = records.offset() + 1;
            }
        }
        return true;
    }

    /** Goes on with a copy, so that the store is not held. */
    void keep() {
        if (!kept) {
            kept = true;
            ByteBuffer copy = ByteBuffer.allocate(bytes.limit() - position);
            copy.put(0, bytes, position, copy.capacity());
            bytes = copy;
            position = 0;
            inBatch = false;
            refused = false;
            close();
        }
    }

    /** What it costs to keep it: the batches that are left, and the records of the first one, decompressed. */
    long sizeInBytes() {
        return (long) bytes.limit() - (kept ? 0 : position) + (inBatch ? records.sizeInBytes() : 0);
    }

    @Override
    public void close() {
        records.close();
        result.close();
    }
}
