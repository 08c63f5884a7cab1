package io.portask.broker;

import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatch;
import io.portask.record.RecordReader;
import io.portask.record.TopicPartition;
import io.portask.store.FetchResult;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Decodes what a read brought, up to a bound, because compressed batches may hold a thousand times what they take. One thread at a time. */
public final class BatchDecoder implements AutoCloseable {
    /**
     * What was decoded: the messages from the wanted offset on, the stored bytes that they took, and the offset behind them, which is that of the read's next batch
     * where the bound ended it.
     */
    public record Decoded(List<ReceivedMessage> messages, int sizeInBytes, long nextOffset) {}

    private final int maxDecodedBytes;
    private final RecordBatch batch = new RecordBatch();
    private final RecordReader records = new RecordReader();

    /** @param maxDecodedBytes where one call ends, after the batch that reaches it */
    public BatchDecoder(int maxDecodedBytes) {
        this.maxDecodedBytes = maxDecodedBytes;
    }

    /** Decodes the messages from an offset on, or from the oldest one kept. */
    public Decoded decode(TopicPartition partition, FetchResult result, long wanted) {
        ByteBuffer batches = result.batches().buffer();
        long from = Math.max(wanted, result.startOffset());
        List<ReceivedMessage> messages = new ArrayList<>();
        long decoded = 0;
        int position = 0;
        while (position < batches.limit() && decoded < maxDecodedBytes) {
            batch.wrapChecked(batches, position);
            position += batch.sizeInBytes();
            decoded += records.wrap(batch).sizeInBytes();
            while (records.next()) {
                if (records.offset() >= from) {
                    messages.add(records.toMessage(partition.topic(), partition.partition()));
                }
            }
        }
        return new Decoded(messages, position, position < batches.limit() ? batch.nextOffset() : result.nextOffset());
    }

    @Override
    public void close() {
        records.close();
    }
}
