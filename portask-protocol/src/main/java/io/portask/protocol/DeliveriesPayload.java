package io.portask.protocol;

import io.portask.consumer.Delivery;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatch;
import io.portask.record.RecordBatchBuilder;
import io.portask.record.RecordReader;
import io.portask.record.TopicPartition;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The payload of a Work frame that comes from the server: messages of one partition that a worker holds now.
 *
 * <pre>
 *   string topic, i32 partition, u32 count, count x (i32 attempt, nullable string what is wrong with its headers),
 *   then to the end one record batch of so many records, with their offsets in ascending order
 * </pre>
 */
public final class DeliveriesPayload {
    private static final int MAX_DEFECT_BYTES = 1024;

    private record Attempt(int number, @Nullable String defect) {}

    private DeliveriesPayload() {}

    /**
     * Whether a delivery can be in one payload behind another: they are of one partition, and in the order of their offsets.
     */
    static boolean follows(Delivery before, Delivery next) {
        return next.offset() > before.offset()
                && next.offset() - before.offset() < Short.MAX_VALUE
                && next.message().partition() == before.message().partition()
                && next.message().topic().equals(before.message().topic());
    }

    /** @param deliveries one or more, of which each {@link #follows} the one before */
    static void encode(PayloadWriter out, List<Delivery> deliveries, RecordBatchBuilder batch) {
        Delivery first = deliveries.get(0);
        PayloadFields.writePartition(out, first.partition());
        out.i32(deliveries.size());
        batch.reset().baseOffset(first.offset());
        for (Delivery delivery : deliveries) {
            out.i32(delivery.attempt()).nullableString(delivery.defect());
            ReceivedMessage message = delivery.message();
            byte[] key = message.key();
            byte[] value = message.value();
            batch.append(
                    (int) (delivery.offset() - first.offset()),
                    message.timestamp(),
                    key,
                    0,
                    key == null ? 0 : key.length,
                    value,
                    0,
                    value == null ? 0 : value.length,
                    message.headers());
        }
        out.bytes(batch.build());
    }

    /** @throws io.portask.error.PortaskException INVALID_REQUEST or CORRUPT_BATCH */
    public static List<Delivery> decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Work's deliveries", payload);
        TopicPartition partition = PayloadFields.readPartition(in);
        int count = in.count("deliveries", Integer.BYTES + Short.BYTES);
        List<Attempt> attempts = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int number = in.i32("attempt");
            if (number < 1) {
                throw in.invalid("attempt", "is " + number + "; allowed is 1 or more");
            }
            attempts.add(new Attempt(number, in.nullableString("defect", MAX_DEFECT_BYTES)));
        }
        List<Delivery> deliveries = new ArrayList<>(count);
        RecordBatch batch = new RecordBatch().wrapChecked(payload, payload.position());
        try (RecordReader records = new RecordReader()) {
            records.wrap(batch);
            while (records.next()) {
                if (deliveries.size() == count) {
                    throw in.invalid("deliveries", "is " + count + ", but the batch holds more records");
                }
                Attempt attempt = attempts.get(deliveries.size());
                deliveries.add(new Delivery(
                        records.toMessage(partition.topic(), partition.partition()), attempt.number, attempt.defect));
            }
        }
        payload.position(payload.position() + batch.sizeInBytes());
        if (deliveries.size() < count) {
            throw in.invalid("deliveries", "is " + count + ", but the batch holds " + deliveries.size() + " records");
        }
        in.end();
        return deliveries;
    }
}
