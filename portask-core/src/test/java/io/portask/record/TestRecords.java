package io.portask.record;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Seeded random records, encoded by Portask and by Kafka's own classes. */
final class TestRecords {
    static final TopicPartition PARTITION = new TopicPartition("t", 0);

    private TestRecords() {}

    /** A record before it has an offset. */
    @SuppressWarnings("ArrayRecordComponent")
    record TestRecord(long timestamp, byte[] key, byte[] value, List<Header> headers) {}

    static List<TestRecord> random(Random random, int count) {
        List<TestRecord> records = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            long timestamp = 1_700_000_000_000L + random.nextInt(1_000_000) - 500_000;
            List<Header> headers = new ArrayList<>();
            for (int h = random.nextInt(8) == 0 ? random.nextInt(5) : 0; h > 0; h--) {
                headers.add(new Header(name(random), bytes(random, 40)));
            }
            records.add(new TestRecord(timestamp, bytes(random, 30), bytes(random, 300), headers));
        }
        return records;
    }

    private static String name(Random random) {
        return switch (random.nextInt(3)) {
            case 0 -> "";
            case 1 -> "trace-" + random.nextInt(100);
            default -> "größe-€-\uD83D\uDE00";
        };
    }

    /** Null, empty, compressible or random bytes. */
    private static byte[] bytes(Random random, int maxLength) {
        switch (random.nextInt(8)) {
            case 0:
                return null;
            case 1:
                return new byte[0];
            case 2:
                byte[] noise = new byte[random.nextInt(maxLength)];
                random.nextBytes(noise);
                return noise;
            default:
                String text = "{\"order\":" + random.nextInt(1000) + ",\"state\":\"paid\"}";
                return text.repeat(1 + maxLength / 60).getBytes(StandardCharsets.UTF_8);
        }
    }

    static ByteBuffer encode(List<TestRecord> records, Compression compression) {
        try (RecordBatchBuilder builder = new RecordBatchBuilder(100)) {
            builder.compression(compression);
            for (TestRecord record : records) {
                builder.append(record.timestamp(), record.key(), record.value(), record.headers());
            }
            return copy(builder.build());
        }
    }

    /** A heap buffer with the same remaining bytes. */
    static ByteBuffer copy(ByteBuffer buffer) {
        return ByteBuffer.allocate(buffer.remaining()).put(buffer.duplicate()).flip();
    }

    static void fixChecksum(ByteBuffer buffer) {
        RecordBatch batch = new RecordBatch().wrap(buffer, 0);
        buffer.putInt(RecordBatch.CRC_OFFSET, batch.computeChecksum());
    }

    static List<ReceivedMessage> decode(ByteBuffer batches) {
        return RecordBatches.decode(PARTITION, batches, 0);
    }
}
