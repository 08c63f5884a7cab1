package io.portask.store;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Durability;
import io.portask.record.TopicPartition;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Keeps topics, their partitions' record batches, and the offsets that consumers committed.
 *
 * <p>Every method may be called from any thread between {@link #start()} and {@link #close()}. What can complete at once
 * completes before the call returns; nothing blocks for a sync or a network round trip. Stages fail with {@link
 * PortaskException} only: {@link ErrorCode#UNKNOWN_TOPIC} and {@link ErrorCode#UNKNOWN_PARTITION} where
 * one is named that does not exist, {@link ErrorCode#CLOSED} after close, {@link ErrorCode#STORE_UNAVAILABLE} and {@link
 * ErrorCode#STORE_IO_ERROR} as they happen. Dependents of a stage may run on the store's own threads and must not block.
 *
 * <p>Within a partition offsets are dense, start at 0 and are never used twice. A store of one's own proves itself with
 * the published contract tests, {@code io.portask.store.contract.MessageStoreContract}.
 */
public interface MessageStore extends AutoCloseable {
    StoreCapabilities capabilities();

    /**
     * Opens what is there and starts the store's threads. Once only.
     *
     * @throws PortaskException when it cannot be opened; the text says what to do
     */
    void start();

    /**
     * Fails with {@link ErrorCode#TOPIC_EXISTS} if the name is taken, and with {@link ErrorCode#UNSUPPORTED_OPERATION} for a
     * compacted topic where the {@link #capabilities()} deny compaction. The topic survives whatever the store survives.
     */
    CompletionStage<TopicDescription> createTopic(TopicSpec spec);

    /**
     * Replaces what a topic keeps and for how long; it survives what the topic survives. What the new limits leave no room for
     * goes eventually. Fails with {@link ErrorCode#UNSUPPORTED_OPERATION} as {@link #createTopic}. A topic that becomes
     * compacted keeps the messages without a key that it holds.
     */
    CompletionStage<TopicDescription> configureTopic(String topic, TopicConfig config);

    /** Removes the topic, its messages and the offsets committed for it. */
    CompletionStage<@Nullable Void> deleteTopic(String topic);

    CompletionStage<TopicDescription> describeTopic(String topic);

    /** All topics, by name. */
    CompletionStage<List<TopicDescription>> listTopics();

    /**
     * Appends whole batches to the end of a partition: all of them or none. Their base offsets are assigned here, in the
     * store's copy or in place. They have been checked ({@link io.portask.record.RecordBatch#wrapChecked}) and hold at least one
     * record each. The position and limit of {@code batches} name the bytes; both are left as they were, and the bytes
     * are the caller's again when the call returns.
     *
     * <p>Order of calls on one thread is the order of offsets. A batch with a producer id continues that producer's sequence
     * in the partition: a repeat of one of its last five batches is not stored again and returns the first result, a gap
     * fails with {@link ErrorCode#OUT_OF_ORDER_SEQUENCE}, an older epoch with {@link ErrorCode#PRODUCER_FENCED}. Such an
     * append holds one batch, and the batch an epoch and a sequence of 0 or more; else it fails with {@link
     * ErrorCode#INVALID_REQUEST}. A new producer starts at any sequence.
     *
     * <p>A {@link TopicConfig#compacted} topic refuses an append that holds a record without a key, with {@link
     * ErrorCode#INVALID_REQUEST}.
     *
     * @param durability at least this level is reached before the stage completes; {@link
     *     ErrorCode#DURABILITY_UNAVAILABLE} if the store cannot
     */
    CompletionStage<AppendResult> append(TopicPartition partition, ByteBuffer batches, Durability durability);

    /**
     * Whole batches from the one that contains {@code offset} on: at least one if there is one, then as many as fit into
     * {@code maxBytes}, or fewer where the store's own storage has a seam (a segment's end); {@link FetchResult#nextOffset()}
     * says where to read on. A batch whose messages were all deleted may come as a header without records. Fails with {@link
     * ErrorCode#OFFSET_OUT_OF_RANGE} outside start to end (both included; at the end the result is empty) and with {@link ErrorCode#CORRUPT_STORE} rather than return damaged bytes.
     */
    CompletionStage<FetchResult> read(TopicPartition partition, long offset, int maxBytes);

    CompletionStage<PartitionInfo> describePartition(TopicPartition partition);

    /** The offset of the first record whose timestamp is at least {@code epochMs}; the end offset if there is none. */
    CompletionStage<Long> offsetForTimestamp(TopicPartition partition, long epochMs);

    /**
     * Forgets what is before {@code offset}; offsets at or before the start change nothing. Fails with {@link
     * ErrorCode#OFFSET_OUT_OF_RANGE} beyond the end.
     *
     * @return the new start offset
     */
    CompletionStage<Long> trim(TopicPartition partition, long offset);

    /**
     * Deletes single messages. None of them is returned by a read that begins after the stage completed; the other
     * messages keep their offsets.
     *
     * @return how many of the offsets held a message until now
     */
    CompletionStage<Integer> deleteMessages(TopicPartition partition, Collection<Long> offsets);

    /**
     * Reads everything of a partition in the background, and checks it, up to where the partition ends now; neither appends nor
     * reads wait for it. It may take long. Fails with {@link ErrorCode#UNSUPPORTED_OPERATION} where a store has nothing to
     * scrub.
     */
    default CompletionStage<ScrubReport> scrub(TopicPartition partition) {
        return CompletableFuture.failedFuture(
                new PortaskException(ErrorCode.UNSUPPORTED_OPERATION, "This store does not scrub"));
    }

    /**
     * Remembers where a named consumer goes on: the next offset that it wants, for each partition. All of them or none; fails
     * with {@link ErrorCode#INVALID_REQUEST} for an offset below 0.
     */
    CompletionStage<@Nullable Void> commitOffsets(String consumer, Map<TopicPartition, Long> offsets);

    /**
     * As {@link #commitOffsets(String, Map)}, by the holder of a lease ({@link #leases}), whose token must not be lower than any with
     * which this was called for the consumer since it was last forgotten; else it fails with {@link ErrorCode#STALE_GENERATION}. Without
     * offsets it only keeps earlier holders out from then on. What is committed without a token is not held against any.
     */
    default CompletionStage<@Nullable Void> commitOffsets(
            String consumer, Map<TopicPartition, Long> offsets, long token) {
        return LocalLeases.of(this).fenced(consumer, token, () -> commitOffsets(consumer, offsets));
    }

    /** What {@link #commitOffsets(String, Map)} last remembered; partitions never committed are absent. */
    CompletionStage<Map<TopicPartition, Long>> committedOffsets(String consumer);

    /**
     * The names of all consumers that committed offsets, also those that another broker on a shared store served. One whose
     * offsets went with their topics may still be among them.
     */
    CompletionStage<Set<String>> consumers();

    /** Forgets what a consumer committed, and its name. Changes nothing for one that is not known. */
    CompletionStage<@Nullable Void> forgetConsumer(String consumer);

    /**
     * From now on the listener is told of every partition whose end moved, also by another broker on a shared store, after
     * the new messages can be read.
     */
    void addEndListener(EndListener listener);

    void removeEndListener(EndListener listener);

    /**
     * Which broker on the store does what one at a time has to do. Of this process only by default, which is right where no other
     * process can have the store at the same time.
     */
    default Leases leases() {
        return LocalLeases.of(this);
    }

    /** What the store last knew of itself; asks nobody and returns at once. */
    default StoreHealth health() {
        return new StoreHealth(true, "available");
    }

    /** Makes durable what was accepted, completes or fails what waits, frees everything. Idempotent; bounded in time. */
    @Override
    void close();
}
