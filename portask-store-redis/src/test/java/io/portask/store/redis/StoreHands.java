package io.portask.store.redis;

import static io.portask.store.contract.StoreProbe.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatchBuilder;
import io.portask.record.RecordBatches;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.FetchResult;
import io.portask.store.MessageStore;
import io.portask.store.PartitionInfo;
import io.portask.store.TopicSpec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** What the tests of faults do with a store. */
final class StoreHands {
    static final TopicPartition ORDERS = new TopicPartition("orders", 0);
    private static final int PATIENCE_S = 30;
    private static final int BETWEEN_MS = 5;
    private static final int READ_BYTES = 1 << 20;

    private StoreHands() {}

    static void create(MessageStore store, String topic, int partitions) {
        await(store.createTopic(new TopicSpec(topic, partitions)));
    }

    static CompletionStage<AppendResult> append(MessageStore store, String... values) {
        return append(store, ORDERS, batch(values));
    }

    static CompletionStage<AppendResult> append(MessageStore store, TopicPartition partition, ByteBuffer batches) {
        return store.append(partition, batches, store.capabilities().defaultDurability());
    }

    static PartitionInfo info(MessageStore store, TopicPartition partition) {
        return await(store.describePartition(partition));
    }

    /** All that a partition holds; its offsets must be dense. */
    static List<String> values(MessageStore store, TopicPartition partition) {
        PartitionInfo info = info(store, partition);
        List<String> values = new ArrayList<>();
        for (long offset = info.startOffset(); offset < info.endOffset(); ) {
            List<ReceivedMessage> messages = fetch(store, partition, offset, READ_BYTES);
            for (ReceivedMessage message : messages) {
                assertThat(message.offset())
                        .as("%s has dense offsets", partition)
                        .isEqualTo(offset++);
                values.add(message.text());
            }
            assertThat(messages).isNotEmpty();
        }
        return values;
    }

    static List<String> values(MessageStore store) {
        return values(store, ORDERS);
    }

    static List<ReceivedMessage> fetch(MessageStore store, TopicPartition partition, long offset, int maxBytes) {
        try (FetchResult result = await(store.read(partition, offset, maxBytes))) {
            return RecordBatches.decode(partition, result.batches().buffer(), offset);
        }
    }

    /** Waits until it is so. */
    static void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        CountDownLatch never = new CountDownLatch(1);
        try {
            while (!condition.getAsBoolean()) {
                assertThat(System.nanoTime()).as(what).isLessThan(deadline);
                assertThat(never.await(BETWEEN_MS, TimeUnit.MILLISECONDS)).isFalse();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Waits until the store answers again. */
    static void untilItAnswers(MessageStore store) {
        until("the store goes on", () -> await(store.listTopics().handle((topics, error) -> error == null)));
    }

    static ByteBuffer batch(String... values) {
        return producerBatch(-1, -1, values);
    }

    static ByteBuffer producerBatch(long producer, int sequence, String... values) {
        try (RecordBatchBuilder builder = new RecordBatchBuilder(1024)) {
            builder.producer(producer, (short) (producer < 0 ? -1 : 0), sequence);
            for (int i = 0; i < values.length; i++) {
                builder.append(1000 + i, null, values[i].getBytes(StandardCharsets.UTF_8), List.of());
            }
            ByteBuffer batch = builder.build();
            return ByteBuffer.allocate(batch.remaining()).put(batch).flip();
        }
    }
}
