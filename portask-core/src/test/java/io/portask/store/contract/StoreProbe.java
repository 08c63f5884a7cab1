package io.portask.store.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Compression;
import io.portask.record.Durability;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatch;
import io.portask.record.RecordBatchBuilder;
import io.portask.record.RecordBatches;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.FetchResult;
import io.portask.store.MessageStore;
import io.portask.store.PartitionInfo;
import io.portask.store.TopicDescription;
import io.portask.store.TopicSpec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The contract's hands on a store: encodes, waits, reads through, and names errors. */
public final class StoreProbe {
    static final TopicPartition ORDERS = new TopicPartition("orders", 0);
    static final int MANY_BYTES = 1 << 20;

    private static final int TIMEOUT_SECONDS = 30;

    private final MessageStore store;
    private final Runnable housekeeping;

    /** @param housekeeping has the store do what it does in the background, and returns when that is done */
    StoreProbe(MessageStore store, Runnable housekeeping) {
        this.store = store;
        this.housekeeping = housekeeping;
    }

    void housekeep() {
        housekeeping.run();
    }

    MessageStore store() {
        return store;
    }

    Durability durability() {
        return store.capabilities().defaultDurability();
    }

    TopicDescription create(String topic, int partitions) {
        return await(store.createTopic(new TopicSpec(topic, partitions)));
    }

    AppendResult append(TopicPartition partition, ByteBuffer batches) {
        return await(store.append(partition, batches, durability()));
    }

    AppendResult append(String... values) {
        return append(ORDERS, batch(values));
    }

    ErrorCode appendError(ByteBuffer batches) {
        return errorOf(store.append(ORDERS, batches, durability())).code();
    }

    PartitionInfo info(TopicPartition partition) {
        return await(store.describePartition(partition));
    }

    /** Reads once and checks what holds for every read. */
    Fetched fetch(TopicPartition partition, long offset, int maxBytes) {
        try (FetchResult result = await(store.read(partition, offset, maxBytes))) {
            ByteBuffer bytes = result.batches().buffer();
            assertThat(bytes.remaining()).isEqualTo(result.sizeInBytes());
            assertThat(result.isEmpty()).isEqualTo(offset == result.endOffset());
            List<Long> baseOffsets = new ArrayList<>();
            long[] next = {offset};
            RecordBatches.forEach(bytes, batch -> {
                baseOffsets.add(batch.baseOffset());
                assertThat(batch.nextOffset()).isGreaterThan(next[0]);
                next[0] = batch.nextOffset();
            });
            assertThat(result.nextOffset()).isEqualTo(next[0]).isLessThanOrEqualTo(result.endOffset());
            if (baseOffsets.size() > 1) {
                assertThat(result.sizeInBytes()).isLessThanOrEqualTo(maxBytes);
            }
            ByteBuffer copy = ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate());
            return new Fetched(
                    result.startOffset(),
                    result.endOffset(),
                    result.nextOffset(),
                    baseOffsets,
                    copy.flip(),
                    RecordBatches.decode(partition, bytes, offset));
        }
    }

    /** What one read returned. */
    record Fetched(
            long startOffset,
            long endOffset,
            long nextOffset,
            List<Long> baseOffsets,
            ByteBuffer bytes,
            List<ReceivedMessage> messages) {}

    /** Everything from the start to the end, in reads of at most {@code maxBytes}. */
    List<ReceivedMessage> readAll(TopicPartition partition, int maxBytes) {
        List<ReceivedMessage> messages = new ArrayList<>();
        PartitionInfo info = info(partition);
        for (long offset = info.startOffset(); offset < info.endOffset(); ) {
            Fetched fetched = fetch(partition, offset, maxBytes);
            messages.addAll(fetched.messages());
            assertThat(fetched.nextOffset()).as("reading goes on").isGreaterThan(offset);
            offset = fetched.nextOffset();
        }
        return messages;
    }

    List<String> values(TopicPartition partition) {
        return readAll(partition, MANY_BYTES).stream()
                .map(ReceivedMessage::text)
                .toList();
    }

    List<Long> offsets(TopicPartition partition) {
        return readAll(partition, MANY_BYTES).stream()
                .map(ReceivedMessage::offset)
                .toList();
    }

    public static <T> T await(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw PortaskException.of(e);
        } catch (TimeoutException e) {
            throw new AssertionError("The stage did not complete within " + TIMEOUT_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** The error that the stage fails with, which must be a PortaskException with a text. */
    public static PortaskException errorOf(CompletionStage<?> stage) {
        Throwable[] error = new Throwable[1];
        await(stage.handle((result, failure) -> error[0] = failure));
        assertThat(error[0]).as("the stage's error").isNotNull();
        Throwable cause = error[0] instanceof CompletionException ? error[0].getCause() : error[0];
        assertThat(cause).isInstanceOf(PortaskException.class);
        assertThat(cause.getMessage()).isNotBlank().doesNotContain("\n");
        return (PortaskException) cause;
    }

    /** A batch with one record for each value; the timestamps are 1000, 1001 and so on. */
    static ByteBuffer batch(String... values) {
        return encode(Compression.NONE, -1, (short) -1, -1, values);
    }

    static ByteBuffer compressedBatch(String... values) {
        ByteBuffer batch = encode(Compression.ZSTD, -1, (short) -1, -1, values);
        assertThat(new RecordBatch().wrap(batch, 0).compressionCode()).isEqualTo(Compression.ZSTD.code());
        return batch;
    }

    static ByteBuffer producerBatch(long producerId, int epoch, int baseSequence, String... values) {
        return encode(Compression.NONE, producerId, (short) epoch, baseSequence, values);
    }

    private static ByteBuffer encode(
            Compression compression, long producerId, short epoch, int baseSequence, String... values) {
        try (RecordBatchBuilder builder = new RecordBatchBuilder(1024)) {
            builder.compression(compression).producer(producerId, epoch, baseSequence);
            for (int i = 0; i < values.length; i++) {
                builder.append(1000 + i, null, values[i].getBytes(StandardCharsets.UTF_8), List.of());
            }
            return copy(builder.build());
        }
    }

    static ByteBuffer keyedBatch(String key, String value) {
        try (RecordBatchBuilder builder = new RecordBatchBuilder(1024)) {
            builder.append(
                    1000, key.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8), List.of());
            return copy(builder.build());
        }
    }

    static ByteBuffer timedBatch(long... timestamps) {
        try (RecordBatchBuilder builder = new RecordBatchBuilder(1024)) {
            for (long timestamp : timestamps) {
                builder.append(timestamp, null, null, List.of());
            }
            return copy(builder.build());
        }
    }

    static ByteBuffer join(ByteBuffer... batches) {
        int size = 0;
        for (ByteBuffer batch : batches) {
            size += batch.remaining();
        }
        ByteBuffer joined = ByteBuffer.allocateDirect(size);
        for (ByteBuffer batch : batches) {
            joined.put(batch.duplicate());
        }
        return joined.flip();
    }

    private static ByteBuffer copy(ByteBuffer batch) {
        return ByteBuffer.allocateDirect(batch.remaining()).put(batch).flip();
    }
}
