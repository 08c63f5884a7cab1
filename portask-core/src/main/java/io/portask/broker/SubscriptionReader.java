package io.portask.broker;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.ReceivedMessage;
import io.portask.record.TopicPartition;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/**
 * The cursors of one subscription, and how far each of them was taken. Reading is for one thread at a time; committing is for
 * any.
 */
final class SubscriptionReader implements AutoCloseable {
    private final Broker broker;
    private final SubscribeOptions options;
    private final MessageReader reader;
    private final Map<TopicPartition, Long> taken = new ConcurrentHashMap<>();

    private SubscriptionReader(Broker broker, SubscribeOptions options, List<Cursor> cursors) {
        this.broker = broker;
        this.options = options;
        this.reader = new MessageReader(broker, options.maxFetchBytes());
        cursors.forEach(reader::add);
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

    MessageReader.Chunk readNext() {
        return reader.readNext();
    }

    boolean armAll() {
        return reader.armAll();
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
    public void close() {
        reader.close();
    }
}
