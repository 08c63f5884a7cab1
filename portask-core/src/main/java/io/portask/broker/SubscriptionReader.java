package io.portask.broker;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatches;
import io.portask.record.RecordReader;
import io.portask.record.TopicPartition;
import io.portask.store.FetchResult;
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

    private static final Chunk NOTHING = new Chunk(List.of(), 0);

    private final Broker broker;
    private final SubscribeOptions options;
    private final List<Cursor> cursors;
    private final Map<TopicPartition, Long> taken = new ConcurrentHashMap<>();
    private final RecordReader records = new RecordReader();
    private int turn;

    private SubscriptionReader(Broker broker, SubscribeOptions options, List<Cursor> cursors) {
        this.broker = broker;
        this.options = options;
        this.cursors = cursors;
    }

    static CompletionStage<SubscriptionReader> open(Broker broker, SubscribeOptions options, Runnable onMoreData) {
        return broker.partitions(options.topic()).thenCompose(hubs -> {
            List<Integer> numbers = options.partitions().isEmpty()
                    ? IntStream.range(0, hubs.length).boxed().toList()
                    : options.partitions();
            List<CompletableFuture<Cursor>> opening = numbers.stream()
                    .map(number -> broker.openCursor(
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
            Cursor cursor = cursors.get(turn);
            turn = (turn + 1) % cursors.size();
            Chunk chunk = read(cursor);
            if (chunk.sizeInBytes() > 0) {
                return chunk;
            }
        }
        return NOTHING;
    }

    private Chunk read(Cursor cursor) {
        long wanted = cursor.position();
        try (FetchResult result = Blocking.await(cursor.read(options.maxFetchBytes()))) {
            if (result.isEmpty()) {
                return NOTHING;
            }
            TopicPartition partition = cursor.partition();
            List<ReceivedMessage> messages = decode(partition, result, wanted);
            broker.meters().onDelivered(messages.size());
            return new Chunk(messages, result.sizeInBytes());
        }
    }

    /** Under a lock, because closing frees what decoding uses. */
    private synchronized List<ReceivedMessage> decode(TopicPartition partition, FetchResult result, long wanted) {
        return RecordBatches.decode(partition, result.batches().buffer(), wanted, records);
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
        cursors.forEach(Cursor::close);
        records.close();
    }
}
