package io.portask.store;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.RecordBatch;
import java.nio.ByteBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What one partition remembers of its idempotent producers, so that a retried batch is stored once and a lost one is
 * noticed: for each producer id its epoch and its last {@value #REMEMBERED_BATCHES} batches. The rules are those of Kafka
 * (KIP-98): the batch after the one that ends with sequence {@code s} begins with {@code s + 1}, and 0 follows {@link
 * Integer#MAX_VALUE}. A producer that is not known, or comes with a newer epoch, begins at any sequence.
 *
 * <p>At most {@link #maxProducers()} are remembered. Beyond that the one that has not appended for the longest time is
 * forgotten; it then counts as new. Batches without a producer id are always new and leave no trace.
 *
 * <p>Not thread safe: it belongs under the partition's lock, where {@link #check}, the append and {@link #record} are one
 * step. The owner makes it durable through {@link #writeTo} and {@link #restore}:
 *
 * <pre>
 *  0  i32 number of producers, the one longest silent first; then for each
 *     0  i64 producer id
 *     8  i16 epoch
 *    10  i8  number of batches, oldest first; then for each
 *        0  i32 base sequence
 *        4  i32 last sequence
 *        8  i64 base offset
 *       16  i64 next offset
 * </pre>
 */
public final class ProducerSequences {
    public static final int REMEMBERED_BATCHES = 5;
    public static final int DEFAULT_MAX_PRODUCERS = 10_000;

    static final int COUNT_SIZE = Integer.BYTES;
    static final int PRODUCER_SIZE = Long.BYTES + Short.BYTES + 1;
    static final int BATCH_SIZE = 2 * Integer.BYTES + 2 * Long.BYTES;

    private final int maxProducers;
    private final Long2ObjectHashMap<Producer> producers = new Long2ObjectHashMap<>();

    /** The head of a ring in order of the last append: its next is the longest silent, its previous the latest. */
    private final Producer ring = new Producer(RecordBatch.NO_PRODUCER_ID);

    public ProducerSequences() {
        this(DEFAULT_MAX_PRODUCERS);
    }

    public ProducerSequences(int maxProducers) {
        if (maxProducers < 1) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION, "At least 1 producer must be remembered, not " + maxProducers);
        }
        this.maxProducers = maxProducers;
    }

    /** The offsets that a batch got when it was stored. */
    public record StoredBatch(long baseOffset, long nextOffset) {}

    /**
     * Whether a batch may be appended. Changes nothing.
     *
     * @return null for a batch that is new, else where the same batch was stored before
     * @throws PortaskException {@link ErrorCode#OUT_OF_ORDER_SEQUENCE} for a gap, or for a repeat of a batch that is no
     *     longer remembered; {@link ErrorCode#PRODUCER_FENCED} for an older epoch; {@link ErrorCode#INVALID_REQUEST} for a
     *     producer id without an epoch or a sequence
     */
    public @Nullable StoredBatch check(RecordBatch batch) {
        if (!batch.hasProducerId()) {
            return null;
        }
        checkNumbered(batch);
        short epoch = batch.producerEpoch();
        int baseSequence = batch.baseSequence();
        Producer producer = producers.get(batch.producerId());
        if (producer == null || epoch > producer.epoch) {
            return null;
        }
        if (epoch < producer.epoch) {
            throw new PortaskException(
                    ErrorCode.PRODUCER_FENCED,
                    "Producer " + producer.id + " with epoch " + epoch + " was replaced by epoch " + producer.epoch
                            + ". Start over with a new epoch");
        }
        StoredBatch stored = producer.find(baseSequence, lastSequence(batch));
        if (stored == null && baseSequence != after(producer.lastSequence())) {
            throw new PortaskException(
                    ErrorCode.OUT_OF_ORDER_SEQUENCE,
                    "Producer " + producer.id + " sent sequence " + baseSequence + " where "
                            + after(producer.lastSequence()) + " was expected");
        }
        return stored;
    }

    /**
     * Makes sure that a batch with a producer id says where it belongs.
     *
     * @throws PortaskException {@link ErrorCode#INVALID_REQUEST} for one without an epoch or a sequence
     */
    public static void checkNumbered(RecordBatch batch) {
        short epoch = batch.producerEpoch();
        int baseSequence = batch.baseSequence();
        if (epoch < 0 || baseSequence < 0) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST,
                    "A batch of producer " + batch.producerId() + " needs an epoch and a sequence of at least 0, not "
                            + epoch + " and " + baseSequence);
        }
    }

    /** Whether a repeat of a stored batch would be recognized. */
    public boolean remembers(RecordBatch batch) {
        Producer producer = batch.hasProducerId() ? producers.get(batch.producerId()) : null;
        return producer != null
                && producer.epoch == batch.producerEpoch()
                && producer.find(batch.baseSequence(), lastSequence(batch)) != null;
    }

    /** Remembers a batch that was stored at {@code baseOffset}. It passed {@link #check}, now or before a restart. */
    public void record(RecordBatch batch, long baseOffset) {
        if (!batch.hasProducerId()) {
            return;
        }
        Producer producer = touch(batch.producerId());
        if (producer.epoch != batch.producerEpoch()) {
            producer.epoch = batch.producerEpoch();
            producer.count = 0;
        }
        producer.add(batch.baseSequence(), lastSequence(batch), baseOffset, baseOffset + batch.lastOffsetDelta() + 1);
    }

    /** The number of producers that are remembered now. */
    public int size() {
        return producers.size();
    }

    public int maxProducers() {
        return maxProducers;
    }

    public void clear() {
        producers.clear();
        ring.next = ring;
        ring.previous = ring;
    }

    /** The number of bytes that {@link #writeTo} would write now. */
    public int snapshotSize() {
        int size = COUNT_SIZE;
        for (Producer p = ring.next; p != ring; p = p.next) {
            size += PRODUCER_SIZE + p.count * BATCH_SIZE;
        }
        return size;
    }

    /** Writes everything at the buffer's position, which moves by {@link #snapshotSize()}. */
    public void writeTo(ByteBuffer buffer) {
        buffer.putInt(producers.size());
        for (Producer p = ring.next; p != ring; p = p.next) {
            buffer.putLong(p.id).putShort(p.epoch).put((byte) p.count);
            p.writeBatchesTo(buffer);
        }
    }

    /**
     * Takes over what {@link #writeTo} wrote, in place of what was remembered. Where it holds more producers than may be
     * remembered here, the longest silent ones are left out.
     *
     * @throws PortaskException {@link ErrorCode#CORRUPT_STORE} if it cannot be a snapshot; nothing is remembered then
     */
    public void restore(ByteBuffer buffer) {
        clear();
        int count = buffer.remaining() < COUNT_SIZE ? -1 : buffer.getInt();
        if (count < 0 || (long) count * PRODUCER_SIZE > buffer.remaining()) {
            throw damaged();
        }
        for (int i = 0; i < count; i++) {
            if (buffer.remaining() < PRODUCER_SIZE) {
                throw damaged();
            }
            Producer producer = touch(buffer.getLong());
            producer.epoch = buffer.getShort();
            int batches = buffer.get();
            if (batches < 1 || batches > REMEMBERED_BATCHES || buffer.remaining() < batches * BATCH_SIZE) {
                throw damaged();
            }
            for (int b = 0; b < batches; b++) {
                producer.add(buffer.getInt(), buffer.getInt(), buffer.getLong(), buffer.getLong());
            }
        }
    }

    private PortaskException damaged() {
        clear();
        return new PortaskException(ErrorCode.CORRUPT_STORE, "The snapshot of the producers' sequences is damaged");
    }

    /** The producer as the latest of the ring, made if need be. */
    private Producer touch(long id) {
        Producer producer = producers.get(id);
        if (producer == null) {
            if (producers.size() == maxProducers) {
                producers.remove(ring.next.id);
                ring.next.unlink();
            }
            producer = new Producer(id);
            producers.put(id, producer);
        } else {
            producer.unlink();
        }
        producer.linkBefore(ring);
        return producer;
    }

    private static int lastSequence(RecordBatch batch) {
        return (batch.baseSequence() + batch.lastOffsetDelta()) & Integer.MAX_VALUE;
    }

    private static int after(int sequence) {
        return (sequence + 1) & Integer.MAX_VALUE;
    }

    /** One producer's last batches, in a ring of arrays: the {@code i}-th newest of {@code count} is at {@code newest - i}. */
    private static final class Producer {
        final long id;
        short epoch = RecordBatch.NO_PRODUCER_EPOCH;
        int count;
        Producer next = this;
        Producer previous = this;

        private int newest;
        private final int[] sequences = new int[2 * REMEMBERED_BATCHES];
        private final long[] offsets = new long[2 * REMEMBERED_BATCHES];

        Producer(long id) {
            this.id = id;
        }

        int lastSequence() {
            return sequences[2 * newest + 1];
        }

        void add(int baseSequence, int lastSequence, long baseOffset, long nextOffset) {
            newest = (newest + 1) % REMEMBERED_BATCHES;
            count = Math.min(count + 1, REMEMBERED_BATCHES);
            sequences[2 * newest] = baseSequence;
            sequences[2 * newest + 1] = lastSequence;
            offsets[2 * newest] = baseOffset;
            offsets[2 * newest + 1] = nextOffset;
        }

        @Nullable
        StoredBatch find(int baseSequence, int lastSequence) {
            for (int age = 0; age < count; age++) {
                int i = 2 * slot(age);
                if (sequences[i] == baseSequence && sequences[i + 1] == lastSequence) {
                    return new StoredBatch(offsets[i], offsets[i + 1]);
                }
            }
            return null;
        }

        void writeBatchesTo(ByteBuffer buffer) {
            for (int age = count - 1; age >= 0; age--) {
                int i = 2 * slot(age);
                buffer.putInt(sequences[i]).putInt(sequences[i + 1]);
                buffer.putLong(offsets[i]).putLong(offsets[i + 1]);
            }
        }

        void unlink() {
            previous.next = next;
            next.previous = previous;
        }

        void linkBefore(Producer other) {
            next = other;
            previous = other.previous;
            previous.next = this;
            other.previous = this;
        }

        private int slot(int age) {
            return Math.floorMod(newest - age, REMEMBERED_BATCHES);
        }
    }
}
