package io.portask.broker;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.ReceivedMessage;
import io.portask.record.TopicPartition;
import io.portask.store.FetchResult;
import java.util.ArrayList;
import java.util.List;

/**
 * Cursors of any partitions, read in turn and decoded. One thread at a time reads, adds and removes; {@link #close()} may come
 * from any. It blocks while the store reads, has no thread and reads nothing ahead.
 */
public final class MessageReader implements AutoCloseable {
    /** What one read brought of one partition: its messages, and the bytes that it took; 0 where nothing was to be read. */
    public record Chunk(List<ReceivedMessage> messages, int sizeInBytes) {}

    /** What one read decodes at most, but for its last batch: compressed batches may hold a thousand times what they take. */
    static final int MAX_DECODED_BYTES = 16 << 20;

    private static final Chunk NOTHING = new Chunk(List.of(), 0);

    private final Broker broker;
    private final int maxFetchBytes;
    private final BatchDecoder decoder;
    private final List<Cursor> cursors = new ArrayList<>();
    private int turn;
    private boolean closed;

    /** @param maxFetchBytes how much is read at a time from one partition, in bytes */
    public MessageReader(Broker broker, int maxFetchBytes) {
        this.broker = broker;
        this.maxFetchBytes = maxFetchBytes;
        this.decoder = new BatchDecoder(Math.max(MAX_DECODED_BYTES, maxFetchBytes));
    }

    /** Reads a partition from now on, and closes its cursor in the end. */
    public synchronized void add(Cursor cursor) {
        if (closed) {
            cursor.close();
        } else {
            cursors.add(cursor);
        }
    }

    /** Reads a partition no more. */
    public synchronized void remove(TopicPartition partition) {
        cursors.removeIf(cursor -> {
            boolean removed = cursor.partition().equals(partition);
            if (removed) {
                cursor.close();
            }
            return removed;
        });
    }

    /**
     * Reads partitions of deleted topics no more.
     *
     * @return how many
     */
    public synchronized int removeDeleted() {
        int before = cursors.size();
        cursors.removeIf(Cursor::isDeleted);
        return before - cursors.size();
    }

    /** Reads from the next partition that has something; an empty chunk if none has. */
    public Chunk readNext() {
        for (int i = 0; i < cursors.size(); i++) {
            int index = turn % cursors.size();
            turn = index + 1;
            Chunk chunk = read(index);
            if (chunk.sizeInBytes() > 0) {
                return chunk;
            }
        }
        return NOTHING;
    }

    private Chunk read(int index) {
        Cursor cursor = cursors.get(index);
        long wanted = cursor.position();
        try (FetchResult result = await(index, cursor, wanted)) {
            if (result.isEmpty()) {
                return NOTHING;
            }
            Chunk chunk = decode(cursor, result, wanted);
            broker.meters().onDelivered(chunk.messages().size());
            return chunk;
        }
    }

    /** Where an interrupt ends the waiting, the next read begins at the same place. */
    private FetchResult await(int index, Cursor cursor, long wanted) {
        try {
            return Blocking.await(cursor.read(maxFetchBytes), FetchResult::close);
        } catch (PortaskException e) {
            if (e.code() == ErrorCode.INTERRUPTED) {
                restart(index, cursor, wanted);
            }
            throw e;
        }
    }

    private synchronized void restart(int index, Cursor cursor, long wanted) {
        if (!closed) {
            cursors.set(index, cursor.restartedAt(wanted));
        }
    }

    /** Under a lock, because closing frees what decoding uses. What is not decoded is read again. */
    private synchronized Chunk decode(Cursor cursor, FetchResult result, long wanted) {
        if (closed) {
            throw new PortaskException(ErrorCode.CLOSED, "The subscription is closed");
        }
        BatchDecoder.Decoded decoded = decoder.decode(cursor.partition(), result, wanted);
        if (decoded.nextOffset() < result.nextOffset()) {
            cursor.seek(decoded.nextOffset());
        }
        return new Chunk(decoded.messages(), decoded.sizeInBytes());
    }

    /** Whether every partition is at its end and will call when there is more; see {@link Cursor#arm()}. */
    public boolean armAll() {
        boolean all = true;
        for (Cursor cursor : cursors) {
            all &= cursor.arm();
        }
        return all;
    }

    @Override
    public synchronized void close() {
        closed = true;
        cursors.forEach(Cursor::close);
        decoder.close();
    }
}
