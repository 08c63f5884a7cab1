package io.portask.broker;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Durability;
import io.portask.record.Header;
import io.portask.record.KeyPartitioner;
import io.portask.record.Message;
import io.portask.record.MessageId;
import io.portask.record.PublishResult;
import io.portask.record.RecordBatch;
import io.portask.record.RecordBatchBuilder;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Turns messages into record batches, one for each partition where they fit into one, and appends them. Any thread. */
final class MessagePublisher implements AutoCloseable {
    /** More than any record's own framing takes: its length, attributes, deltas and counts. */
    private static final int RECORD_OVERHEAD = 64;

    private static final int HEADER_OVERHEAD = 10;

    private final Broker broker;
    private final TopicRegistry topics;
    private final DeferredAppends deferred;
    private final StickyPartitions sticky;
    private final BuilderPool builders = new BuilderPool();
    private final Clock clock;
    private final int maxBatchBytes;

    MessagePublisher(Broker broker, TopicRegistry topics, DeferredAppends deferred, Clock clock) {
        this.broker = broker;
        this.topics = topics;
        this.sticky = topics.sticky();
        this.deferred = deferred;
        this.clock = clock;
        this.maxBatchBytes = broker.config().maxBatchBytes();
    }

    /** What becomes of each message, in the order given. One that the store refuses fails for itself; where the store fails, all of a batch do. */
    List<CompletionStage<PublishResult>> publishEach(List<Message> messages, Durability durability) {
        List<CompletionStage<PublishResult>> outcomes = new ArrayList<>(messages.size());
        Map<String, Outcomes> byTopic = new LinkedHashMap<>(2);
        for (Message message : messages) {
            CompletableFuture<PublishResult> outcome = new CompletableFuture<>();
            outcomes.add(outcome);
            try {
                check(message);
                byTopic.computeIfAbsent(message.topic(), topic -> new Outcomes())
                        .add(message, outcome);
            } catch (PortaskException e) {
                fail(outcome, e);
            }
        }
        byTopic.forEach((topic, each) -> broker.running(
                        () -> resolved(topic, each.messages(), () -> appendEach(each, durability)))
                .whenComplete((appended, error) -> {
                    if (error != null) {
                        each.results().forEach(result -> fail(result, error));
                    }
                }));
        return outcomes;
    }

    /** Messages of one topic, and who waits for the result of each. */
    private record Outcomes(List<Message> messages, List<CompletableFuture<PublishResult>> results) {
        Outcomes() {
            this(new ArrayList<>(), new ArrayList<>());
        }

        void add(Message message, CompletableFuture<PublishResult> result) {
            messages.add(message);
            results.add(result);
        }
    }

    private void fail(CompletableFuture<PublishResult> result, Throwable error) {
        broker.meters().onError(error);
        result.completeExceptionally(PortaskException.of(error));
    }

    private CompletionStage<?> appendEach(Outcomes each, Durability durability) {
        return appendEach(slice(each.messages()), each, durability);
    }

    private CompletionStage<?> appendEach(List<Slice> slices, Outcomes each, Durability durability) {
        List<CompletableFuture<AppendResult>> appends = append(slices, each.messages(), durability);
        for (int i = 0; i < slices.size(); i++) {
            Slice slice = slices.get(i);
            CompletionStage<AppendResult> append = appends.get(i);
            append.whenComplete((appended, error) -> {
                if (error != null && slice.indexes().size() > 1 && isRefusal(error)) {
                    retrySingly(slice, each, durability);
                    return;
                }
                int place = 0;
                for (int index : slice.indexes()) {
                    CompletableFuture<PublishResult> result = each.results().get(index);
                    if (error == null) {
                        result.complete(slice.result(appended, place++));
                    } else {
                        fail(result, error);
                    }
                }
            });
        }
        return CompletableFuture.completedFuture(slices);
    }

    /** Those that the store takes come behind what was appended since. */
    private void retrySingly(Slice slice, Outcomes each, Durability durability) {
        try {
            appendEach(slice.singly(), each, durability);
        } catch (RuntimeException e) {
            slice.indexes().forEach(index -> fail(each.results().get(index), e));
        }
    }

    /** Whether nothing was stored because of what one of the messages is. */
    private static boolean isRefusal(Throwable error) {
        return PortaskException.of(error).code() == ErrorCode.INVALID_REQUEST;
    }

    CompletionStage<List<PublishResult>> publish(List<Message> messages, Durability durability) {
        if (messages.isEmpty()) {
            return CompletableFuture.completedFuture(List.of());
        }
        messages.forEach(this::check);
        String first = messages.get(0).topic();
        return messages.stream().allMatch(message -> message.topic().equals(first))
                ? publish(first, messages, durability)
                : publishByTopic(messages, durability);
    }

    /** Each topic's messages for themselves, so that those of one do not wait for, or overtake others behind, another. */
    private CompletionStage<List<PublishResult>> publishByTopic(List<Message> messages, Durability durability) {
        Map<String, List<Integer>> places = new LinkedHashMap<>();
        for (int i = 0; i < messages.size(); i++) {
            places.computeIfAbsent(messages.get(i).topic(), topic -> new ArrayList<>())
                    .add(i);
        }
        PublishResult[] results = new PublishResult[messages.size()];
        List<CompletableFuture<?>> publishes = new ArrayList<>(places.size());
        places.forEach((topic, indexes) -> {
            List<Message> ofTopic = indexes.stream().map(messages::get).toList();
            publishes.add(publish(topic, ofTopic, durability)
                    .thenAccept(published -> {
                        for (int i = 0; i < published.size(); i++) {
                            results[indexes.get(i)] = published.get(i);
                        }
                    })
                    .toCompletableFuture());
        });
        return CompletableFuture.allOf(publishes.toArray(CompletableFuture<?>[]::new))
                .thenApply(done -> Arrays.asList(results));
    }

    private CompletionStage<List<PublishResult>> publish(String topic, List<Message> messages, Durability durability) {
        return resolved(topic, messages, () -> append(messages, durability));
    }

    /** Appends once the topic is known, behind what came for it before. */
    private <T> CompletionStage<T> resolved(String topic, List<Message> messages, Supplier<CompletionStage<T>> append) {
        boolean waiting = deferred.isWaiting(topic);
        if (!waiting && topics.known(topic) != null) {
            return append.get();
        }
        CompletableFuture<PartitionHub[]> lookup = topics.partitions(topic).toCompletableFuture();
        if (!waiting && lookup.isDone()) {
            return lookup.thenCompose(found -> append.get());
        }
        long bytes =
                messages.stream().mapToLong(MessagePublisher::estimatedSize).sum();
        return deferred.defer(topic, bytes, lookup, () -> lookup.thenCompose(found -> append.get()));
    }

    private void check(Message message) {
        ReservedTopics.checkOpen(message.topic());
        long size = estimatedSize(message);
        if (size > maxBatchBytes) {
            throw new PortaskException(
                    ErrorCode.BATCH_TOO_LARGE,
                    "A message of about " + size + " bytes does not fit into the largest batch, " + maxBatchBytes
                            + " bytes (maxBatchBytes)");
        }
    }

    private static long estimatedSize(Message message) {
        long size = RecordBatch.HEADER_SIZE + RECORD_OVERHEAD + length(message.key()) + length(message.value());
        for (Header header : message.headers()) {
            size += HEADER_OVERHEAD + header.name().length() * 3L + length(header.value());
        }
        return size;
    }

    private static long length(byte @Nullable [] bytes) {
        return bytes == null ? 0 : bytes.length;
    }

    private CompletionStage<List<PublishResult>> append(List<Message> messages, Durability durability) {
        List<Slice> slices = slice(messages);
        List<CompletableFuture<AppendResult>> appends = append(slices, messages, durability);
        CompletableFuture<?> all = appends.size() == 1
                ? appends.get(0)
                : CompletableFuture.allOf(appends.toArray(CompletableFuture<?>[]::new));
        return all.thenApply(done -> results(messages.size(), slices, appends));
    }

    private List<CompletableFuture<AppendResult>> append(
            List<Slice> slices, List<Message> messages, Durability durability) {
        List<CompletableFuture<AppendResult>> appends = new ArrayList<>(slices.size());
        RecordBatchBuilder builder = builders.borrow();
        try {
            for (Slice slice : slices) {
                appends.add(append(builder, slice, messages, durability));
            }
        } finally {
            builders.giveBack(builder);
        }
        return appends;
    }

    private CompletableFuture<AppendResult> append(
            RecordBatchBuilder builder, Slice slice, List<Message> messages, Durability durability) {
        builder.reset();
        long now = clock.millis();
        for (int index : slice.indexes()) {
            Message message = messages.get(index);
            long timestamp = message.timestamp() == Message.NOW ? now : message.timestamp();
            builder.append(timestamp, message.key(), message.value(), message.headers());
        }
        return broker.appendResolved(slice.partition(), builder.build(), durability)
                .toCompletableFuture();
    }

    /** The messages of one batch, by their places in the list that was given. */
    private record Slice(TopicPartition partition, List<Integer> indexes) {
        List<Slice> singly() {
            return indexes.stream()
                    .map(index -> new Slice(partition, List.of(index)))
                    .toList();
        }

        /** Of the message at this place of the batch. */
        PublishResult result(AppendResult appended, int place) {
            MessageId id = new MessageId(partition.topic(), partition.partition(), appended.baseOffset() + place);
            return new PublishResult(id, appended.durability(), appended.duplicate());
        }
    }

    private List<Slice> slice(List<Message> messages) {
        if (messages.size() == 1) {
            Message only = messages.get(0);
            TopicPartition partition = partition(only, new HashMap<>(), (int) estimatedSize(only));
            return List.of(new Slice(partition, List.of(0)));
        }
        List<Slice> slices = new ArrayList<>();
        Map<TopicPartition, Slice> open = new LinkedHashMap<>();
        Map<TopicPartition, Long> bytes = new LinkedHashMap<>();
        Map<String, Integer> keyless = new LinkedHashMap<>();
        for (int i = 0; i < messages.size(); i++) {
            Message message = messages.get(i);
            long size = estimatedSize(message);
            TopicPartition partition = partition(message, keyless, (int) size);
            Slice slice = open.get(partition);
            if (slice == null || bytes.getOrDefault(partition, 0L) + size > maxBatchBytes) {
                slice = new Slice(partition, new ArrayList<>());
                slices.add(slice);
                open.put(partition, slice);
                bytes.put(partition, 0L);
            }
            slice.indexes().add(i);
            bytes.merge(partition, size, Long::sum);
        }
        return slices;
    }

    private TopicPartition partition(Message message, Map<String, Integer> keyless, int size) {
        String topic = message.topic();
        byte[] key = message.key();
        if (message.partition() != Message.ANY_PARTITION) {
            return new TopicPartition(topic, message.partition());
        }
        PartitionHub[] known = topics.known(topic);
        if (known == null || known.length == 1) {
            return new TopicPartition(topic, 0);
        }
        if (key != null) {
            return new TopicPartition(topic, KeyPartitioner.partition(key, known.length));
        }
        int chosen = keyless.computeIfAbsent(topic, name -> sticky.choose(name, known.length));
        sticky.add(topic, size);
        return new TopicPartition(topic, chosen);
    }

    private static List<PublishResult> results(
            int count, List<Slice> slices, List<CompletableFuture<AppendResult>> appends) {
        PublishResult[] results = new PublishResult[count];
        for (int i = 0; i < slices.size(); i++) {
            Slice slice = slices.get(i);
            AppendResult appended = appends.get(i).join();
            int place = 0;
            for (int index : slice.indexes()) {
                results[index] = slice.result(appended, place++);
            }
        }
        return Arrays.asList(results);
    }

    @Override
    public void close() {
        builders.close();
    }
}
