package io.portask.client;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatch;
import io.portask.record.RecordReader;
import io.portask.record.TopicPartition;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decodes chunks on the application's thread, a bounded number of messages at a time, and checks each batch's checksum before.
 * A chunk that is damaged, or that tells of an end, stays the current one: it fails again at each further try, and the position
 * stays before it. One thread at a time.
 */
final class ChunkReader implements AutoCloseable {
    private final RecordBatch batch = new RecordBatch();
    private final RecordReader records = new RecordReader();
    private @Nullable Chunk chunk;
    private @Nullable PortaskException failure;
    private int nextBatch;
    private boolean inBatch;
    private long position;

    boolean isIdle() {
        return chunk == null;
    }

    /** Begins with a chunk; there is none at the moment. */
    void begin(Chunk next) {
        chunk = next;
        failure = next.failure();
        nextBatch = 0;
        inBatch = false;
        position = next.wanted();
    }

    /** Whose chunk it is. */
    PartitionSubscription subscription() {
        return current().subscription();
    }

    /** The next offset that was not read yet. */
    long position() {
        return position;
    }

    /**
     * Adds messages of the current chunk until the list has {@code max}.
     *
     * @return whether the chunk is read to its end: {@link #finish} it
     * @throws PortaskException why it cannot be read on; only if nothing was added before
     */
    boolean read(List<ReceivedMessage> into, int max) {
        int before = into.size();
        boolean finished = false;
        if (failure == null) {
            try {
                finished = readOn(into, max);
            } catch (PortaskException e) {
                failure = damaged(e);
            }
        }
        PortaskException known = failure;
        if (known != null && into.size() == before) {
            throw Blocking.asThrownHere(known);
        }
        return finished;
    }

    private boolean readOn(List<ReceivedMessage> into, int max) {
        Chunk from = current();
        TopicPartition partition = from.subscription().partition();
        ByteBuffer batches = from.batches();
        while (inBatch || nextBatch < batches.limit()) {
            if (!inBatch) {
                records.wrap(batch.wrapChecked(batches, nextBatch));
                inBatch = true;
            }
            while (into.size() < max && records.next()) {
                if (records.offset() >= position) {
                    into.add(records.toMessage(partition.topic(), partition.partition()));
                    position = records.offset() + 1;
                }
            }
            if (into.size() == max) {
                return false;
            }
            nextBatch += batch.sizeInBytes();
            inBatch = false;
        }
        position = from.nextOffset();
        return true;
    }

    private PortaskException damaged(PortaskException cause) {
        TopicPartition partition = subscription().partition();
        return new PortaskException(
                ErrorCode.CORRUPT_BATCH,
                "The batch at " + partition + ":" + position + " cannot be read: " + cause.getMessage(),
                cause);
    }

    /** Gives the chunk up. */
    Chunk finish() {
        Chunk done = current();
        chunk = null;
        return done;
    }

    private Chunk current() {
        Chunk known = chunk;
        if (known == null) {
            throw new IllegalStateException("There is no chunk");
        }
        return known;
    }

    /** Frees the native decompressor. */
    @Override
    public void close() {
        records.close();
    }
}
