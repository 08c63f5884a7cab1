package io.portask.broker;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatch;
import io.portask.record.RecordReader;
import io.portask.record.TopicPartition;
import io.portask.store.FetchResult;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/**
 * The cursors of one subscription, read in turn, and how far each of them was taken. Reading is for one thread at a time;
 * committing is for any.
 */
final class SubscriptionReader implements AutoCloseable {
    /** What one read brought: its messages, and the bytes that it took. */
    record Chunk(List<ReceivedMessage> messages, int sizeInBytes) {}

    /** What one read decodes at most, but for its last batch: compressed batches may hold a thousand times what they take. */
    static final int MAX_DECODED_BYTES = 16 << 20;

    private static final Chunk NOTHING = new Chunk(List.of(), 0);

    private final Broker broker;
    private final SubscribeOptions options;
    private final List<Cursor> cursors;
    private final Map<TopicPartition, Long> taken = new ConcurrentHashMap<>();
    private final RecordBatch batch = new RecordBatch();
    private final RecordReader records;
    private final int maxDecodedBytes;
    private int turn;
    private boolean closed;

    private SubscriptionReader(Broker broker, SubscribeOptions options, List<Cursor> cursors) {
        this.broker = broker;
        this.options = options;
        this.cursors = new ArrayList<>(cursors);
        this.records = new RecordReader();
        this.maxDecodedBytes = Math.max(MAX_DECODED_BYTES, options.maxFetchBytes());
    }

    static CompletionStage<SubscriptionReader> open(Broker broker, SubscribeOptions options, Runnable onMoreData) {
        return broker.partitions(options.topic()).thenCompose(hubs -> {
            List<Integer> numbers = options.partitions().isEmpty()
                    ? IntStream.range(0, hubs.length).boxed().toList()
                    : options.partitions();
            List<CompletableFuture<Cursor>> opening = numbers.stream()
                    .map(number -> broker.cursor(
                                    new TopicPartition(options.topic(), number),
                                    options.from(),
                                    options.consumer(),
                                    onMoreData)
                            .toCompletableFuture())
                    .toList();
            return CompletableFuture.allOf(opening.toArray(CompletableFuture<?>[]::new))
                    .thenApply(opened -> new SubscriptionReader(
                            broker,
                            options,
                            opening.stream().map(CompletableFuture::join).toList()));
        });
    }

    /** Reads from the next partition that has something; an empty chunk if none has. Blocks while the store reads. */
    Chunk readNext() {
        for (int i = 0; i < cursors.size(); i++) {
            int index = turn;
            turn = (turn + 1) % cursors.size();
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
            return Blocking.await(cursor.read(options.maxFetchBytes()), FetchResult::close);
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
        TopicPartition partition = cursor.partition();
        ByteBuffer batches = result.batches().buffer();
        long from = Math.max(wanted, result.startOffset());
        List<ReceivedMessage> messages = new ArrayList<>();
        long decoded = 0;
        int position = 0;
        while (position < batches.limit() && decoded < maxDecodedBytes) {
            batch.wrapChecked(batches, position);
            position += batch.sizeInBytes();
            decoded += records.wrap(batch).sizeInBytes();
            while (records.next()) {
                if (records.offset() >= from) {
                    messages.add(records.toMessage(partition.topic(), partition.partition()));
                }
            }
        }
        if (position < batches.limit()) {
            cursor.seek(batch.nextOffset());
        }
        return new Chunk(messages, position);
    }

    /** Whether every partition is at its end and will call when there is more. */
    boolean armAll() {
        boolean all = true;
        for (Cursor cursor : cursors) {
            all &= cursor.arm();
        }
        return all;
    }

    void onTaken(ReceivedMessage message) {
        taken.put(new TopicPartition(message.topic(), message.partition()), message.offset() + 1);
    }

    /** The next offset of each partition after what was taken. */
    Map<TopicPartition, Long> positions() {
        return Map.copyOf(taken);
    }

    void commit() {
        String consumer = options.consumer();
        if (consumer == null) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST, "Committing needs a consumer's name; subscribe with as(\"name\")");
        }
        Map<TopicPartition, Long> positions = positions();
        if (!positions.isEmpty()) {
            broker.commit(consumer, positions);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        cursors.forEach(Cursor::close);
        records.close();
    }
}
