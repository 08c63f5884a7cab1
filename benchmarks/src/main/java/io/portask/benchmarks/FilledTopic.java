package io.portask.benchmarks;

import io.portask.broker.Broker;
import io.portask.record.Durability;
import io.portask.record.RecordBatchBuilder;
import io.portask.record.TopicPartition;
import java.nio.ByteBuffer;
import java.util.List;

/** A topic that has messages of 100 B. */
final class FilledTopic {
    private static final int MESSAGE_BYTES = 100;

    private FilledTopic() {}

    /**
     * @param batches for each partition
     * @param records in each batch
     */
    static void create(Broker broker, String topic, int partitions, int batches, int records, Durability durability) {
        broker.createTopic(topic, partitions);
        try (RecordBatchBuilder builder = new RecordBatchBuilder(128 * 1024)) {
            byte[] value = new byte[MESSAGE_BYTES];
            for (int i = 0; i < records; i++) {
                builder.append(1, null, value, List.of());
            }
            ByteBuffer batch = builder.build();
            for (int i = 0; i < batches * partitions; i++) {
                broker.append(new TopicPartition(topic, i % partitions), batch, durability)
                        .toCompletableFuture()
                        .join();
            }
        }
    }
}
