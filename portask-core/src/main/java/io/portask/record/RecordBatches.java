package io.portask.record;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Reads runs of whole record batches, as fetches and deliveries bring them. Keeps its buffers between calls. One thread. */
public final class RecordBatches {
    private final RecordBatch batch = new RecordBatch();
    private final RecordReader reader;

    public RecordBatches() {
        this(RecordReader.DEFAULT_MAX_UNCOMPRESSED_BYTES);
    }

    /** @param maxUncompressedBytes batches that would inflate to more are refused */
    public RecordBatches(int maxUncompressedBytes) {
        reader = new RecordReader(maxUncompressedBytes);
    }

    /**
     * Copies all messages from {@code fromOffset} on out of the buffer's remaining bytes, after checking each batch's checksum.
     *
     * @throws PortaskException {@link ErrorCode#CORRUPT_BATCH}, naming the partition and where in it
     */
    public List<ReceivedMessage> decode(String topic, int partition, ByteBuffer batches, long fromOffset) {
        List<ReceivedMessage> messages = new ArrayList<>();
        int position = batches.position();
        while (position < batches.limit()) {
            try {
                batch.wrapChecked(batches, position);
                if (batch.lastOffset() >= fromOffset) {
                    decode(topic, partition, fromOffset, messages);
                }
            } catch (PortaskException e) {
                throw new PortaskException(
                        e.code(),
                        e.getMessage() + " (" + topic + ":" + partition + ", at or after offset " + fromOffset + ")",
                        e);
            }
            position += batch.sizeInBytes();
        }
        return messages;
    }

    private void decode(String topic, int partition, long fromOffset, List<ReceivedMessage> messages) {
        reader.wrap(batch);
        while (reader.next()) {
            if (reader.offset() >= fromOffset) {
                messages.add(reader.toMessage(topic, partition));
            }
        }
    }
}
