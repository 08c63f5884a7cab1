package io.portask.http.feed;

import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatch;
import io.portask.record.RecordReader;
import io.portask.record.TopicPartition;
import io.portask.store.FetchResult;
import java.nio.ByteBuffer;
import java.util.function.Predicate;

/** Takes the messages out of what was read of a store. */
public final class StoredMessages {
    private StoredMessages() {}

    /**
     * Calls for each message from an offset on until the visitor has enough. Closes the result.
     *
     * @param visitor says whether it took the message; the first that it does not take is where the next read begins
     * @return the next offset wanted
     */
    public static long visit(
            FetchResult result, TopicPartition partition, long from, Predicate<ReceivedMessage> visitor) {
        long next = Math.max(from, result.startOffset());
        try (result;
                RecordReader records = new RecordReader()) {
            ByteBuffer bytes = result.batches().buffer();
            RecordBatch batch = new RecordBatch();
            for (int at = 0; at < bytes.limit(); at += batch.sizeInBytes()) {
                batch.wrapChecked(bytes, at);
                records.wrap(batch);
                while (batch.nextOffset() > next && records.next()) {
                    if (records.offset() >= next) {
                        if (!visitor.test(records.toMessage(partition.topic(), partition.partition()))) {
                            return records.offset();
                        }
                        next = records.offset() + 1;
                    }
                }
                next = Math.max(next, batch.nextOffset());
            }
            return Math.max(next, result.nextOffset());
        }
    }
}
