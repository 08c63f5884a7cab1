package io.portask.client;

import io.portask.consumer.QueueOptions;
import io.portask.consumer.RebalanceListener;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.protocol.AckRequest;
import io.portask.protocol.BatchesPayload;
import io.portask.protocol.FetchRequest;
import io.portask.protocol.FrameType;
import io.portask.protocol.OffsetsRequest;
import io.portask.protocol.OffsetsResponse;
import io.portask.protocol.ScrubRequest;
import io.portask.protocol.ScrubResponse;
import io.portask.protocol.TopicsRequest;
import io.portask.protocol.TopicsResponse;
import io.portask.record.Message;
import io.portask.record.PublishResult;
import io.portask.record.RecordBatches;
import io.portask.record.TopicPartition;
import io.portask.store.ScrubReport;
import io.portask.store.TopicConfig;
import io.portask.store.TopicDescription;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A client of a Portask server: one connection, made anew whenever it is lost, and one thread that owns it.
 *
 * <pre>{@code
 * try (PortaskClient client = PortaskClient.connect("127.0.0.1:9092")) {
 *     client.publish(Message.of("orders", "hello"));
 * }
 * }</pre>
 *
 * <p>Every method may be called from any thread. Methods ending in {@code Async} never block; their stages complete on the
 * client's thread, which dependents must not block, and fail with {@link PortaskException} only: within the request timeout with
 * the server's error, with {@link ErrorCode#CONNECTION_LOST} where the answer was lost, with {@link ErrorCode#TIMEOUT} where
 * there was none. Their twins without the ending wait; an interrupt ends the waiting with {@link ErrorCode#INTERRUPTED}, not
 * what is waited for.
 */
public final class PortaskClient implements AutoCloseable {
    private static final int CLOSE_FLUSH_MS = 5_000;

    private final ClientLoop loop;
    private final ClientConductor conductor;
    private final Random random;
    private final Producer publisher;
    private final DeferredSends publishing;
    private final Set<Producer> producers = ConcurrentHashMap.newKeySet();
    private final Set<AutoCloseable> consumers = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean closed = new AtomicBoolean();

    PortaskClient(ClientLoop loop, ClientConductor conductor, Random random) {
        this.loop = loop;
        this.conductor = conductor;
        this.random = random;
        this.publisher =
                openProducer(ProducerConfig.builder().whenFull(WhenFull.FAIL).build());
        this.publishing = new DeferredSends(publisher);
    }

    /** Connects with defaults to {@code host:port}, or to the first of several with commas. */
    public static PortaskClient connect(String server) {
        return connect(ClientConfig.builder().server(server).build());
    }

    /**
     * Connects to the first server that answers, and waits until it has greeted.
     *
     * @throws PortaskException {@link ErrorCode#CONNECTION_LOST} or {@link ErrorCode#TIMEOUT} if none can be reached; {@link
     *     ErrorCode#AUTHENTICATION_FAILED} and what else a server refuses with
     */
    public static PortaskClient connect(ClientConfig config) {
        return connect(config, NioClientLoop.start(config.idle()), new SecureRandom());
    }

    static PortaskClient connect(ClientConfig config, ClientLoop loop, Random random) {
        ClientConductor conductor = new ClientConductor(config, loop, random);
        try {
            Blocking.await(loop, conductor.start());
        } catch (RuntimeException e) {
            loop.execute(conductor::close);
            loop.close();
            throw e;
        }
        return new PortaskClient(loop, conductor, random);
    }

    /** What the server said of itself when the connection was last made. */
    public ServerInfo server() {
        return conductor.server();
    }

    // Publishing

    /** A producer with defaults. Close it, or it closes with the client. */
    public Producer producer() {
        return producer(ProducerConfig.defaults());
    }

    public Producer producer(ProducerConfig config) {
        checkOpen();
        Producer producer = openProducer(config);
        if (closed.get()) {
            producer.close(0);
        }
        return producer;
    }

    private Producer openProducer(ProducerConfig config) {
        ProducerCore core = new ProducerCore(this, conductor, loop, config, random);
        core.start();
        Producer[] self = new Producer[1];
        Producer producer = new Producer(core, () -> producers.remove(self[0]));
        self[0] = producer;
        producers.add(producer);
        return producer;
    }

    /**
     * Publishes at the server's default durability, in the order of calls. Fails with {@link ErrorCode#OVERLOADED} where more
     * waits than the default producer may buffer.
     */
    public CompletionStage<PublishResult> publishAsync(Message message) {
        return publishing.send(message);
    }

    public PublishResult publish(Message message) {
        return await(publishAsync(message));
    }

    // Consuming

    /** A consumer for polling, which starts where the server says now. Close it, or it closes with the client. */
    public Consumer consumer(ConsumerConfig config) {
        Consumer[] self = new Consumer[1];
        Consumer consumer = new Consumer(openConsumer(config), () -> forget(self[0]));
        self[0] = consumer;
        consumers.add(consumer);
        closeIfClosed(consumer);
        return consumer;
    }

    /** A consumer that hands each message to the handler, on a thread of its own. */
    public PushConsumer consumer(ConsumerConfig config, MessageHandler handler) {
        PushConsumer[] self = new PushConsumer[1];
        PushConsumer consumer = PushConsumer.start(openConsumer(config), handler, () -> forget(self[0]));
        self[0] = consumer;
        consumers.add(consumer);
        closeIfClosed(consumer);
        return consumer;
    }

    private void forget(@Nullable AutoCloseable consumer) {
        if (consumer != null) {
            consumers.remove(consumer);
        }
    }

    private void closeIfClosed(AutoCloseable consumer) {
        if (closed.get()) {
            closeQuietly(consumer);
            throw ClientConductor.closed();
        }
    }

    private ConsumerCore openConsumer(ConsumerConfig config) {
        checkOpen();
        List<Integer> numbers = config.partitions();
        if (numbers.isEmpty()) {
            numbers = IntStream.range(0, ensureTopic(config.topic()).partitionCount())
                    .boxed()
                    .toList();
        }
        List<TopicPartition> partitions = numbers.stream()
                .map(number -> new TopicPartition(config.topic(), number))
                .toList();
        return ConsumerCore.open(this, conductor, loop, config, partitions);
    }

    // Topics

    /** @param partitions 0 for the server's default */
    public CompletionStage<TopicDescription> createTopicAsync(String name, int partitions) {
        return createTopicAsync(name, partitions, TopicConfig.DEFAULT);
    }

    /** @param partitions 0 for the server's default */
    public CompletionStage<TopicDescription> createTopicAsync(String name, int partitions, TopicConfig keeps) {
        return topic(TopicsRequest.create(name, partitions, keeps));
    }

    public TopicDescription createTopic(String name, int partitions) {
        return await(createTopicAsync(name, partitions));
    }

    public TopicDescription createTopic(String name, int partitions, TopicConfig keeps) {
        return await(createTopicAsync(name, partitions, keeps));
    }

    /** Replaces what a topic keeps and for how long. */
    public CompletionStage<TopicDescription> configureTopicAsync(String name, TopicConfig keeps) {
        return topic(TopicsRequest.configure(name, keeps));
    }

    public TopicDescription configureTopic(String name, TopicConfig keeps) {
        return await(configureTopicAsync(name, keeps));
    }

    /** Describes the topic, after creating it where it is missing and the server creates topics by itself. */
    public CompletionStage<TopicDescription> ensureTopicAsync(String name) {
        return topic(TopicsRequest.ensure(name));
    }

    public TopicDescription ensureTopic(String name) {
        return await(ensureTopicAsync(name));
    }

    public CompletionStage<TopicDescription> describeTopicAsync(String name) {
        return topic(TopicsRequest.describe(name));
    }

    public TopicDescription describeTopic(String name) {
        return await(describeTopicAsync(name));
    }

    /** All topics, by name. */
    public CompletionStage<List<TopicDescription>> listTopicsAsync() {
        return topics(TopicsRequest.list());
    }

    public List<TopicDescription> listTopics() {
        return await(listTopicsAsync());
    }

    /** Removes the topic with its messages and the offsets committed for it. */
    public CompletionStage<@Nullable Void> deleteTopicAsync(String name) {
        return topics(TopicsRequest.delete(name)).thenApply(none -> null);
    }

    public void deleteTopic(String name) {
        await(deleteTopicAsync(name));
    }

    private CompletionStage<List<TopicDescription>> topics(TopicsRequest request) {
        return list(new ListCall<>(FrameType.TOPICS, request::encode, TopicsResponse::decode));
    }

    /** The answer where it is about one topic. */
    private CompletionStage<TopicDescription> topic(TopicsRequest request) {
        return topics(request).thenApply(found -> {
            if (found.size() != 1) {
                throw new PortaskException(
                        ErrorCode.INTERNAL_ERROR,
                        "The server described " + found.size() + " topics when asked for " + request.name());
            }
            return found.get(0);
        });
    }

    // Groups

    /** A member of an ordered group, for polling. Close it, or it closes with the client. */
    public GroupConsumer groupConsumer(GroupConsumerConfig config) {
        return groupConsumer(config, new RebalanceListener() {});
    }

    /**
     * As {@link #groupConsumer(GroupConsumerConfig)}, and the listener is told of partitions that come and go.
     *
     * @throws PortaskException {@link ErrorCode#INVALID_REQUEST} where other members have another assignor, {@link
     *     ErrorCode#GROUP_MODE_MISMATCH} where the name is that of another kind of group, {@link ErrorCode#OVERLOADED} where the group
     *     is full, {@link ErrorCode#UNKNOWN_FRAME_TYPE} where the server has no groups yet
     */
    public GroupConsumer groupConsumer(GroupConsumerConfig config, RebalanceListener listener) {
        checkOpen();
        GroupConsumer[] self = new GroupConsumer[1];
        GroupConsumer consumer = GroupConsumer.join(this, conductor, loop, config, listener, () -> forget(self[0]));
        self[0] = consumer;
        consumers.add(consumer);
        closeIfClosed(consumer);
        return consumer;
    }

    /**
     * A worker of a work queue, for polling. Close it, or it closes with the client.
     *
     * @throws PortaskException {@link ErrorCode#INVALID_REQUEST} where other workers have other topics or another configuration, {@link
     *     ErrorCode#GROUP_MODE_MISMATCH} where the name is that of an ordered group, {@link ErrorCode#UNSUPPORTED_OPERATION} where the server's
     *     store is shared, {@link ErrorCode#UNKNOWN_FRAME_TYPE} where the server has no work queues yet
     */
    public QueueConsumer queueConsumer(QueueOptions options) {
        checkOpen();
        QueueConsumer[] self = new QueueConsumer[1];
        QueueConsumer consumer = QueueConsumer.join(conductor, loop, options, () -> forget(self[0]));
        self[0] = consumer;
        consumers.add(consumer);
        closeIfClosed(consumer);
        return consumer;
    }

    /** For operators. */
    public ClientGroups groups() {
        return new ClientGroups(this);
    }

    // Reading

    /**
     * Reads once.
     *
     * @param maxBytes whole batches up to this size; one batch comes even if it is larger
     * @param minBytes the server waits until so much is there, at most {@code maxWaitMs}; 0 to answer at once
     */
    public CompletionStage<ClientFetch> fetchAsync(
            TopicPartition partition, long offset, int maxBytes, int minBytes, int maxWaitMs) {
        FetchRequest request = new FetchRequest(partition, offset, maxBytes, minBytes, maxWaitMs);
        return call(new Call<>(
                FrameType.FETCH, request::encode, payload -> decodeFetch(partition, offset, payload), maxWaitMs));
    }

    public ClientFetch fetch(TopicPartition partition, long offset, int maxBytes, int minBytes, int maxWaitMs) {
        return await(fetchAsync(partition, offset, maxBytes, minBytes, maxWaitMs));
    }

    private static ClientFetch decodeFetch(TopicPartition partition, long offset, ByteBuffer payload) {
        BatchesPayload offsets = new BatchesPayload().wrap(payload);
        return new ClientFetch(
                offsets.startOffset(),
                offsets.endOffset(),
                offsets.nextOffset(),
                RecordBatches.decode(partition, payload, offset));
    }

    /**
     * Has the server read and check everything that it keeps of a partition. The answer comes when that is through. Fails with
     * {@link ErrorCode#UNSUPPORTED_OPERATION} where the server's store does not scrub.
     *
     * @param maxWaitMs how much longer than other requests it may take
     */
    public CompletionStage<ScrubReport> scrubAsync(TopicPartition partition, int maxWaitMs) {
        ScrubRequest request = new ScrubRequest(partition);
        return call(new Call<>(FrameType.SCRUB, request::encode, ScrubResponse::decode, maxWaitMs));
    }

    public ScrubReport scrub(TopicPartition partition, int maxWaitMs) {
        return await(scrubAsync(partition, maxWaitMs));
    }

    // Consumer offsets

    /** Remembers, for each partition, the next offset that a named consumer wants. */
    public CompletionStage<@Nullable Void> commitAsync(String consumer, Map<TopicPartition, Long> offsets) {
        AckRequest request = new AckRequest(consumer, Map.copyOf(offsets));
        return call(new Call<@Nullable Void>(FrameType.ACK, request::encode, payload -> null));
    }

    public void commit(String consumer, Map<TopicPartition, Long> offsets) {
        await(commitAsync(consumer, offsets));
    }

    /** What was last committed; partitions never committed are absent. */
    public CompletionStage<Map<TopicPartition, Long>> committedAsync(
            String consumer, Collection<TopicPartition> partitions) {
        OffsetsRequest request = new OffsetsRequest(consumer, List.copyOf(partitions));
        return call(new Call<>(
                FrameType.OFFSETS, request::encode, payload -> decodeOffsets(request.partitions(), payload)));
    }

    public Map<TopicPartition, Long> committed(String consumer, Collection<TopicPartition> partitions) {
        return await(committedAsync(consumer, partitions));
    }

    private static Map<TopicPartition, Long> decodeOffsets(List<TopicPartition> asked, ByteBuffer payload) {
        long[] offsets = OffsetsResponse.decode(payload, asked.size());
        Map<TopicPartition, Long> committed = new HashMap<>();
        for (int i = 0; i < offsets.length; i++) {
            if (offsets[i] != OffsetsResponse.NONE) {
                committed.put(asked.get(i), offsets[i]);
            }
        }
        return committed;
    }

    <T> CompletionStage<List<T>> list(ListCall<T> call) {
        submit(call);
        return call.answer();
    }

    private <T extends @Nullable Object> CompletableFuture<T> call(Call<T> call) {
        submit(call);
        return call.answer();
    }

    /** Looks again after handing over, because a loop that has ended drops what comes. */
    private void submit(Request request) {
        if (!closed.get()) {
            conductor.submit(request);
        }
        if (closed.get()) {
            request.onFailure(ClientConductor.closed(), false);
        }
    }

    <T extends @Nullable Object> T await(CompletionStage<T> stage) {
        return Blocking.await(loop, stage);
    }

    boolean isClosed() {
        return closed.get();
    }

    private void checkOpen() {
        if (closed.get()) {
            throw ClientConductor.closed();
        }
    }

    /**
     * Closes consumers, flushes and closes producers (within 5 s in all), then the connection and the thread. What still waits
     * fails with {@link ErrorCode#CLOSED}. Idempotent; called by the client's own thread, it goes on in the background.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        if (loop.isLoopThread()) {
            Thread closer = new Thread(this::closeAll, "portask-client-closer");
            closer.setDaemon(true);
            closer.start();
        } else {
            closeAll();
        }
    }

    private void closeAll() {
        consumers.forEach(PortaskClient::closeQuietly);
        try {
            long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSE_FLUSH_MS);
            publishing.flush(CLOSE_FLUSH_MS);
            for (Producer producer : producers) {
                producer.close(Math.max(0, TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime())));
            }
        } finally {
            loop.execute(conductor::close);
            loop.close();
        }
    }

    /** An interrupt is not lost: the flag is set again. */
    private static void closeQuietly(AutoCloseable consumer) {
        try {
            consumer.close();
        } catch (Exception e) {
            PortaskException.of(e);
        }
    }
}
