package io.portask.record;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongPredicate;

/** What is done with a buffer of several batches, one after the other, from its position to its limit. */
public final class RecordBatches {
    private RecordBatches() {}

    /**
     * Shows each batch, after {@link RecordBatch#wrapChecked}, to an action: always the same flyweight. The buffer's position
     * and limit stay as they are.
     *
     * @throws io.portask.error.PortaskException CORRUPT_BATCH for the first batch that is damaged or cut short
     */
    public static void forEach(ByteBuffer batches, Consumer<RecordBatch> action) {
        RecordBatch batch = new RecordBatch();
        int position = batches.position();
        while (position < batches.limit()) {
            batch.wrapChecked(batches, position);
            int size = batch.sizeInBytes();
            action.accept(batch);
            position += size;
        }
    }

    /** How many batches lie whole before the limit, by their lengths alone. */
    public static int countWhole(ByteBuffer batches) {
        int count = 0;
        int position = batches.position();
        while (true) {
            long size = RecordBatch.sizeAt(batches, position);
            if (size < 0 || size > batches.limit() - position) {
                return count;
            }
            position += (int) size;
            count++;
        }
    }

    /** All messages from {@code fromOffset} on, with arrays of their own. */
    public static List<ReceivedMessage> decode(TopicPartition partition, ByteBuffer batches, long fromOffset) {
        try (RecordReader reader = new RecordReader()) {
            return decode(partition, batches, fromOffset, reader);
        }
    }

    /** As {@link #decode(TopicPartition, ByteBuffer, long)}, with a reader that is kept for the next time. */
    public static List<ReceivedMessage> decode(
            TopicPartition partition, ByteBuffer batches, long fromOffset, RecordReader reader) {
        List<ReceivedMessage> messages = new ArrayList<>();
        forEach(batches, batch -> {
            if (batch.nextOffset() <= fromOffset) {
                return;
            }
            reader.wrap(batch);
            while (reader.next()) {
                if (reader.offset() >= fromOffset) {
                    messages.add(reader.toMessage(partition.topic(), partition.partition()));
                }
            }
        });
        return messages;
    }

    /**
     * The batch without some of its records. The others keep their offsets and timestamps, the batch its first and last
     * offset, producer fields and, where it still pays, compression. {@link RecordBatchBuilder#count()} tells how many are left;
     * with none left it is a header alone.
     *
     * @return the builder's buffer, valid until its next use
     */
    public static ByteBuffer filter(
            RecordBatch batch, LongPredicate keepOffset, RecordReader reader, RecordBatchBuilder builder) {
        reader.wrap(batch);
        builder.reset()
                .compression(Compression.of(batch.compressionCode()))
                .producer(batch.producerId(), batch.producerEpoch(), batch.baseSequence())
                .baseOffset(batch.baseOffset())
                .flags(batch.attributes() & RecordBatch.KIND_MASK);
        while (reader.next()) {
            if (keepOffset.test(reader.offset())) {
                builder.append(reader);
            }
        }
        ByteBuffer filtered = builder.lastOffsetDelta(batch.lastOffsetDelta()).build();
        int leaderEpoch = batch.buffer().getInt(batch.start() + RecordBatch.LEADER_EPOCH_OFFSET);
        return filtered.putInt(RecordBatch.LEADER_EPOCH_OFFSET, leaderEpoch);
    }
}
