package io.portask.client;

import io.portask.error.PortaskException;
import io.portask.io.ByteSource;
import io.portask.protocol.FrameType;
import io.portask.protocol.PayloadWriter;
import io.portask.protocol.PublishRequest;
import io.portask.protocol.PublishResponse;
import io.portask.record.Compression;
import io.portask.record.Header;
import io.portask.record.RecordBatch;
import io.portask.record.RecordBatchBuilder;
import io.portask.store.AppendResult;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A batch from its first message to its answer, with its buffers; used again for other messages after that. Filled under its
 * accumulator's lock, sealed by whoever took it from there, then the loop's alone.
 */
final class ProducerBatch extends Request {
    private static final Logger LOG = LoggerFactory.getLogger(ProducerBatch.class);
    private static final int FIRST_CALLBACKS = 16;
    /** Room for what the fill bound leaves open. */
    private static final int SLACK_BYTES = 64;

    private final int capacity;
    private final RecordBatchBuilder builder;
    private final RecordBatch flyweight = new RecordBatch();
    private final Compression compression;
    private @Nullable SendCallback[] callbacks = new @Nullable SendCallback[FIRST_CALLBACKS];
    private boolean anyCallback;
    private @Nullable PartitionSender sender;
    private long ordinal;
    private long createdNs;
    private int sequence;
    private @Nullable ByteBuffer built;
    private volatile boolean sealed;

    /** Sent, and not answered. */
    private boolean onWire;
    /** The server has said that it did not store the last try. */
    private boolean refused;
    /** Its messages were failed; an answer is of no interest to them any more. */
    private boolean abandoned;

    private boolean finished;
    private int openSources;

    ProducerBatch(int capacity, Compression compression) {
        this.capacity = capacity;
        this.compression = compression;
        this.builder = new RecordBatchBuilder(capacity + SLACK_BYTES).compression(compression);
    }

    /** What a batch of a capacity takes of the memory bound: compressing needs a second buffer. */
    static long charge(int capacity, Compression compression) {
        return compression == Compression.NONE ? capacity : 2L * capacity;
    }

    long charge() {
        return charge(capacity, compression);
    }

    int capacity() {
        return capacity;
    }

    // Filling

    void open(PartitionSender owner, long number, long nowNs) {
        sender = owner;
        ordinal = number;
        createdNs = nowNs;
    }

    boolean fits(long aloneBytes) {
        return builder.isEmpty()
                || builder.sizeInBytes() + aloneBytes - RecordBatch.HEADER_SIZE + RecordSizes.MAX_EXTRA_BYTES
                        <= capacity;
    }

    void append(
            long timestamp,
            byte @Nullable [] key,
            byte @Nullable [] value,
            List<Header> headers,
            @Nullable SendCallback callback) {
        int index = builder.count();
        builder.append(timestamp, key, value, headers);
        if (callback != null) {
            if (index >= callbacks.length) {
                callbacks = Arrays.copyOf(callbacks, Math.max(index + 1, 2 * callbacks.length));
            }
            callbacks[index] = callback;
            anyCallback = true;
        }
    }

    boolean isEmpty() {
        return builder.isEmpty();
    }

    long ordinal() {
        return ordinal;
    }

    long createdNs() {
        return createdNs;
    }

    /** No more messages: encodes and compresses. Once, by one thread. */
    void seal() {
        built = builder.build();
        sealed = true;
    }

    boolean isSealed() {
        return sealed;
    }

    // Sending, on the loop's thread

    int count() {
        return builder.count();
    }

    int sequence() {
        return sequence;
    }

    /** Makes it part of an idempotent producer's sequence. */
    void stamp(long producerId, short epoch, int firstSequence) {
        ByteBuffer bytes = bytes();
        sequence = firstSequence;
        bytes.putLong(RecordBatch.PRODUCER_ID_OFFSET, producerId)
                .putShort(RecordBatch.PRODUCER_EPOCH_OFFSET, epoch)
                .putInt(RecordBatch.BASE_SEQUENCE_OFFSET, firstSequence);
        bytes.putInt(RecordBatch.CRC_OFFSET, flyweight.wrap(bytes, 0).computeChecksum());
    }

    private ByteBuffer bytes() {
        ByteBuffer known = built;
        if (known == null) {
            throw new IllegalStateException("The batch is not sealed");
        }
        return known;
    }

    boolean isOnWire() {
        return onWire;
    }

    void onWire(boolean sent) {
        onWire = sent;
    }

    boolean isRefused() {
        return refused;
    }

    void refused(boolean notStored) {
        refused = notStored;
    }

    boolean isAbandoned() {
        return abandoned;
    }

    @Override
    FrameType type() {
        return FrameType.PUBLISH;
    }

    @Override
    void encode(PayloadWriter out) {
        PublishRequest.encode(out, owner().partition(), owner().durability());
    }

    @Override
    ByteSource body() {
        openSources++;
        return ByteSource.of(bytes(), this::onSourceClosed);
    }

    private void onSourceClosed() {
        openSources--;
        recycleIfDone();
    }

    /** What the server made of it is unknown then, and a retry must not overtake it. */
    @Override
    boolean timeoutEndsConnection() {
        return true;
    }

    @Override
    void onResponse(ByteBuffer payload, boolean last) {
        AppendResult result = PublishResponse.decode(payload);
        owner().onStored(this, result);
    }

    @Override
    void onFailure(PortaskException failure, boolean retriable) {
        owner().onRefused(this, failure, retriable);
    }

    private PartitionSender owner() {
        PartitionSender known = sender;
        if (known == null) {
            throw new IllegalStateException("The batch is not open");
        }
        return known;
    }

    // The end

    void complete(AppendResult result) {
        if (anyCallback && !abandoned) {
            String topic = owner().partition().topic();
            int partition = owner().partition().partition();
            for (int i = 0; i < callbackCount(); i++) {
                complete(callbacks[i], topic, partition, result.baseOffset() + i, result);
            }
        }
    }

    private static void complete(
            @Nullable SendCallback callback, String topic, int partition, long offset, AppendResult result) {
        try {
            if (callback instanceof FutureCallback future) {
                future.onStored(topic, partition, offset, result.durability(), result.duplicate());
            } else if (callback != null) {
                callback.onComplete(topic, partition, offset, result.durability(), null);
            }
        } catch (RuntimeException | Error e) {
            LOG.warn("A send callback failed", e);
        }
    }

    private int callbackCount() {
        return Math.min(callbacks.length, builder.count());
    }

    /** Fails the messages; the batch itself may still be on the wire. */
    void fail(PortaskException failure) {
        if (abandoned) {
            return;
        }
        abandoned = true;
        for (int i = 0; anyCallback && i < callbackCount(); i++) {
            SendCallback callback = callbacks[i];
            if (callback != null) {
                try {
                    callback.onComplete(
                            owner().partition().topic(), owner().partition().partition(), -1, null, failure);
                } catch (RuntimeException | Error e) {
                    LOG.warn("A send callback failed", e);
                }
            }
        }
    }

    /** It is answered or given up: its buffers go back as soon as nobody sends from them. */
    void finish() {
        finished = true;
        recycleIfDone();
    }

    private void recycleIfDone() {
        if (finished && openSources == 0) {
            PartitionSender last = owner();
            reset();
            last.recycle(this);
        }
    }

    private void reset() {
        if (anyCallback) {
            Arrays.fill(callbacks, 0, callbackCount(), null);
        }
        builder.reset();
        anyCallback = false;
        sender = null;
        built = null;
        sealed = false;
        onWire = false;
        refused = false;
        abandoned = false;
        finished = false;
    }

    /** Frees the native compressor. */
    void free() {
        builder.close();
    }
}
