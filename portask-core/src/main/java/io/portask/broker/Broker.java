package io.portask.broker;

import io.micrometer.core.instrument.MeterRegistry;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Durability;
import io.portask.record.Message;
import io.portask.record.PublishResult;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.FetchResult;
import io.portask.store.MessageStore;
import io.portask.store.ScrubReport;
import io.portask.store.StoreCapabilities;
import io.portask.store.StoreHealth;
import io.portask.store.TopicConfig;
import io.portask.store.TopicDescription;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A message broker in this process: topics, publishing, fetching, subscriptions and consumer offsets over one {@link
 * MessageStore}.
 *
 * <pre>{@code
 * try (Broker broker = Broker.open("file:./data")) {
 *     broker.publish(Message.of("orders", "hello"));
 *     try (Subscription orders = broker.subscribe(SubscribeOptions.of("orders"))) {
 *         orders.poll(Duration.ofSeconds(1)).forEach(message -> System.out.println(message.text()));
 *     }
 * }
 * }</pre>
 *
 * <p>Every method may be called from any thread between {@link #start()} and {@link #close()}. Methods ending in {@code Async}
 * never block and return stages that fail with {@link PortaskException} only (which dependents see in a {@link
 * java.util.concurrent.CompletionException}, as usual; {@link PortaskException#of} unwraps it); their twins without the ending wait for them, and an
 * interrupt ends the waiting with {@link ErrorCode#INTERRUPTED}, not what is waited for. Dependents of a stage may run on the
 * store's threads and must not block. The broker itself has no threads until the first push subscription.
 */
public final class Broker implements AutoCloseable {
    private enum State {
        NEW,
        STARTED,
        CLOSED
    }

    private final MessageStore store;
    private final BrokerConfig config;
    private final BrokerMeters meters;
    private final TopicRegistry topics;
    private final BatchAppender appender;
    private final MessagePublisher publisher;
    private final Dispatcher dispatcher = new Dispatcher();
    private final Set<Attached> subscriptions = ConcurrentHashMap.newKeySet();
    private final BrokerServices services = new BrokerServices();
    private final ConsumerClaims claims = new ConsumerClaims(this);
    private final AtomicReference<State> state = new AtomicReference<>(State.NEW);

    Broker(BrokerBuilder builder, MessageStore store) {
        this.store = store;
        this.config = builder.config();
        this.meters = new BrokerMeters(builder.meters());
        this.topics = new TopicRegistry(store, config);
        this.appender = new BatchAppender(this, topics);
        this.publisher = new MessagePublisher(this, topics, appender.deferred(), builder.clock());
    }

    /** A started broker over the store that the URI names, such as {@code memory:} or {@code file:./data}. */
    public static Broker open(String storeUri) {
        Broker broker = builder().store(storeUri).build();
        broker.start();
        return broker;
    }

    public static BrokerBuilder builder() {
        return new BrokerBuilder();
    }

    /**
     * Opens the store. Once only.
     *
     * @throws PortaskException when the store cannot be opened; the broker is then closed
     */
    public void start() {
        if (!state.compareAndSet(State.NEW, State.STARTED)) {
            throw new IllegalStateException("A broker starts once; this one is " + state.get());
        }
        try {
            store.addEndListener(topics);
            store.start();
        } catch (RuntimeException e) {
            close();
            throw PortaskException.of(e);
        }
    }

    public StoreCapabilities capabilities() {
        return store.capabilities();
    }

    public BrokerConfig config() {
        return config;
    }

    MessageStore store() {
        return store;
    }

    Dispatcher dispatcher() {
        return dispatcher;
    }

    BrokerMeters meters() {
        return meters;
    }

    /** Where the meters of this broker go, and those of what is built on it. */
    public MeterRegistry meterRegistry() {
        return meters.registry();
    }

    // Topics

    /** @param partitions 0 for the broker's default */
    public CompletionStage<TopicDescription> createTopicAsync(String topic, int partitions) {
        return createTopicAsync(topic, partitions, TopicConfig.DEFAULT);
    }

    /** @param partitions 0 for the broker's default */
    public CompletionStage<TopicDescription> createTopicAsync(String topic, int partitions, TopicConfig keeps) {
        return counted(() -> topics.create(topic, partitions == 0 ? config.defaultPartitions() : partitions, keeps));
    }

    public TopicDescription createTopic(String topic, int partitions) {
        return Blocking.await(createTopicAsync(topic, partitions));
    }

    public TopicDescription createTopic(String topic, int partitions, TopicConfig keeps) {
        return Blocking.await(createTopicAsync(topic, partitions, keeps));
    }

    /** Replaces what a topic keeps and for how long, as {@link MessageStore#configureTopic}. */
    public CompletionStage<TopicDescription> configureTopicAsync(String topic, TopicConfig keeps) {
        return counted(
                () -> forgetIfUnknown(topic, () -> store.configureTopic(ReservedTopics.checkOpen(topic), keeps)));
    }

    public TopicDescription configureTopic(String topic, TopicConfig keeps) {
        return Blocking.await(configureTopicAsync(topic, keeps));
    }

    /** Describes the topic, after creating it where it is missing and the broker creates topics by itself. */
    public CompletionStage<TopicDescription> ensureTopicAsync(String topic) {
        return counted(() -> topics.partitions(topic).thenCompose(known -> describe(topic)));
    }

    public TopicDescription ensureTopic(String topic) {
        return Blocking.await(ensureTopicAsync(topic));
    }

    public CompletionStage<TopicDescription> describeTopicAsync(String topic) {
        return counted(() -> describe(topic));
    }

    private CompletionStage<TopicDescription> describe(String topic) {
        return forgetIfUnknown(topic, () -> store.describeTopic(topic));
    }

    public TopicDescription describeTopic(String topic) {
        return Blocking.await(describeTopicAsync(topic));
    }

    /** All topics, by name. */
    public CompletionStage<List<TopicDescription>> listTopicsAsync() {
        return counted(() -> store.listTopics().thenApply(ReservedTopics::visible));
    }

    public List<TopicDescription> listTopics() {
        return Blocking.await(listTopicsAsync());
    }

    /** Removes the topic with its messages and the offsets committed for it. Subscriptions to it end with an error. */
    public CompletionStage<@Nullable Void> deleteTopicAsync(String topic) {
        return counted(() -> store.deleteTopic(ReservedTopics.checkOpen(topic)).thenRun(() -> topics.forget(topic)));
    }

    public void deleteTopic(String topic) {
        Blocking.await(deleteTopicAsync(topic));
    }

    /** From now on the listener is told of topics. */
    public void addTopicListener(TopicListener listener) {
        topics.addListener(listener);
    }

    public void removeTopicListener(TopicListener listener) {
        topics.removeListener(listener);
    }

    // Publishing

    /** Publishes at the store's default durability. */
    public CompletionStage<PublishResult> publishAsync(Message message) {
        return publishAsync(message, store.capabilities().defaultDurability());
    }

    public CompletionStage<PublishResult> publishAsync(Message message, Durability durability) {
        return publishAllAsync(List.of(message), durability).thenApply(results -> results.get(0));
    }

    public PublishResult publish(Message message) {
        return Blocking.await(publishAsync(message));
    }

    public PublishResult publish(Message message, Durability durability) {
        return Blocking.await(publishAsync(message, durability));
    }

    /**
     * Publishes many messages as few batches: one for each partition that they go to, more where they are large. Messages
     * without a partition and without a key all go to one partition of their topic, the next one after about 16 KiB. Each batch is stored whole or not
     * at all; the stage fails if any of them was not, while others may be stored.
     *
     * @return what happened to each message, in the order given
     */
    public CompletionStage<List<PublishResult>> publishAllAsync(List<Message> messages, Durability durability) {
        return counted(() -> publisher.publish(messages, durability));
    }

    /** As {@link #publishAllAsync}, but tells of each message: one that is refused fails for itself. */
    public List<CompletionStage<PublishResult>> publishEachAsync(List<Message> messages, Durability durability) {
        return publisher.publishEach(messages, durability);
    }

    public List<PublishResult> publishAll(List<Message> messages) {
        return publishAll(messages, store.capabilities().defaultDurability());
    }

    public List<PublishResult> publishAll(List<Message> messages, Durability durability) {
        return Blocking.await(publishAllAsync(messages, durability));
    }

    /**
     * Appends whole record batches after checking them: the way in for protocols. As {@link MessageStore#append}, and creates a
     * missing topic where the broker creates topics by itself. Calls on one thread keep their order within a partition.
     *
     * @param durability null for the store's default
     */
    public CompletionStage<AppendResult> append(
            TopicPartition partition, ByteBuffer batches, @Nullable Durability durability) {
        return counted(() -> appender.append(partition, batches, durability));
    }

    /** As {@link #append} for batches of our own making and a topic that was looked up; failures are not counted. */
    CompletionStage<AppendResult> appendResolved(TopicPartition partition, ByteBuffer batches, Durability durability) {
        return appender.appendResolved(partition, batches, durability);
    }

    // Reading

    /** Whole batches from the one that contains {@code offset}, as {@link MessageStore#read}. Close the result. */
    public CompletionStage<FetchResult> fetchAsync(TopicPartition partition, long offset, int maxBytes) {
        return counted(() -> read(partition, offset, maxBytes));
    }

    /** As {@link #fetchAsync}; failures are not counted. */
    CompletionStage<FetchResult> read(TopicPartition partition, long offset, int maxBytes) {
        long startNs = System.nanoTime();
        CompletableFuture<FetchResult> fetched = forgetIfUnknown(
                        partition.topic(), () -> store.read(partition, offset, maxBytes))
                .toCompletableFuture();
        if (fetched.isDone() && !fetched.isCompletedExceptionally()) {
            meters.onFetched(fetched.join(), startNs);
            return fetched;
        }
        return fetched.whenComplete((result, error) -> {
            if (error == null) {
                meters.onFetched(result, startNs);
            }
        });
    }

    public FetchResult fetch(TopicPartition partition, long offset, int maxBytes) {
        return Blocking.await(fetchAsync(partition, offset, maxBytes), FetchResult::close);
    }

    /**
     * A reader of one partition, the way out for protocols and subscriptions. Creates a missing topic where the broker creates
     * topics by itself.
     *
     * @param consumer whose committed offset {@link StartPosition.Kind#COMMITTED} means; null without one
     * @param onMoreData see {@link Cursor#arm()}
     */
    public CompletionStage<Cursor> openCursor(
            TopicPartition partition, StartPosition from, @Nullable String consumer, Runnable onMoreData) {
        return counted(() -> cursor(partition, from, consumer, onMoreData));
    }

    /** As {@link #openCursor}; failures are not counted. */
    CompletionStage<Cursor> cursor(
            TopicPartition partition, StartPosition from, @Nullable String consumer, Runnable onMoreData) {
        return topics.hub(partition)
                .thenCompose(hub -> StartPositions.resolve(store, hub, from, consumer)
                        .thenApply(position -> new Cursor(this, hub, position, onMoreData)));
    }

    /** The newest end of a partition known here; 0 where nobody asked for the partition yet. Asks nobody. */
    public long knownEnd(TopicPartition partition) {
        PartitionHub hub = topics.known(partition);
        return hub == null ? 0 : hub.endOffset();
    }

    /**
     * Forgets what is before an offset, as {@link MessageStore#trim}.
     *
     * @return the new start offset
     */
    public CompletionStage<Long> trimAsync(TopicPartition partition, long offset) {
        return counted(() -> store.trim(ReservedTopics.checkOpen(partition), offset));
    }

    public long trim(TopicPartition partition, long offset) {
        return Blocking.await(trimAsync(partition, offset));
    }

    /**
     * Deletes single messages, as {@link MessageStore#deleteMessages}.
     *
     * @return how many of the offsets held a message until now
     */
    public CompletionStage<Integer> deleteMessagesAsync(TopicPartition partition, Collection<Long> offsets) {
        return counted(() -> store.deleteMessages(ReservedTopics.checkOpen(partition), offsets));
    }

    public int deleteMessages(TopicPartition partition, Collection<Long> offsets) {
        return Blocking.await(deleteMessagesAsync(partition, offsets));
    }

    /** Reads and checks everything of a partition in the background, as {@link MessageStore#scrub}. It may take long. */
    public CompletionStage<ScrubReport> scrubAsync(TopicPartition partition) {
        return counted(() -> store.scrub(partition));
    }

    public ScrubReport scrub(TopicPartition partition) {
        return Blocking.await(scrubAsync(partition));
    }

    /** Subscribes for {@link Subscription#poll polling} on the caller's threads. */
    public Subscription subscribe(SubscribeOptions options) {
        return Blocking.await(counted(() -> Subscription.open(this, options)), Subscription::close);
    }

    /** Subscribes with a listener that is called, one message at a time, on a thread of the broker. */
    public PushSubscription subscribe(SubscribeOptions options, MessageListener listener) {
        return Blocking.await(counted(() -> PushSubscription.open(this, options, listener)), PushSubscription::close);
    }

    /** Has the subscription closed with the broker, unless it {@link #leave leaves} before. */
    void join(Attached subscription) {
        subscriptions.add(subscription);
        if (state.get() == State.CLOSED) {
            subscription.close();
        }
    }

    void leave(Attached subscription) {
        subscriptions.remove(subscription);
    }

    CompletionStage<PartitionHub[]> partitions(String topic) {
        return topics.partitions(topic);
    }

    /** The topic that the hub belongs to is gone. */
    void forget(PartitionHub hub) {
        topics.forget(hub);
    }

    // Consumer offsets

    /**
     * Remembers, for each partition, the next offset that a named consumer wants. Fails with {@link
     * ErrorCode#GROUP_MODE_MISMATCH} where the name is that of a group with members.
     */
    public CompletionStage<@Nullable Void> commitAsync(String consumer, Map<TopicPartition, Long> offsets) {
        return counted(() -> store.commitOffsets(claims.checkFree(consumer), offsets));
    }

    public void commit(String consumer, Map<TopicPartition, Long> offsets) {
        Blocking.await(commitAsync(consumer, offsets));
    }

    /** What was last committed; partitions never committed are absent. */
    public CompletionStage<Map<TopicPartition, Long>> committedAsync(String consumer) {
        return counted(() -> store.committedOffsets(ConsumerNames.check(consumer)));
    }

    public Map<TopicPartition, Long> committed(String consumer) {
        return Blocking.await(committedAsync(consumer));
    }

    /** All that committed, as {@link MessageStore#consumers}. */
    public CompletionStage<Set<String>> consumersAsync() {
        return counted(store::consumers);
    }

    public CompletionStage<@Nullable Void> forgetConsumerAsync(String consumer) {
        return counted(() -> store.forgetConsumer(claims.checkFree(consumer)));
    }

    /**
     * Makes a consumer's name one's own, until the claim is closed.
     *
     * @throws PortaskException {@link ErrorCode#GROUP_MODE_MISMATCH} when somebody has it
     */
    public ConsumerClaim claimConsumer(String consumer) {
        return claims.claim(consumer);
    }

    <T extends @Nullable Object> CompletionStage<T> forgetIfUnknown(String topic, Call<T> question) {
        PartitionHub[] known = topics.known(topic);
        CompletableFuture<T> answer = question.run().toCompletableFuture();
        if (known == null || (answer.isDone() && !answer.isCompletedExceptionally())) {
            return answer;
        }
        return answer.whenComplete((result, error) -> {
            if (error != null && PortaskException.of(error).code() == ErrorCode.UNKNOWN_TOPIC) {
                topics.forget(topic, known);
            }
        });
    }

    interface Call<T extends @Nullable Object> {
        CompletionStage<T> run();
    }

    <T extends @Nullable Object> CompletionStage<T> running(Call<T> call) {
        if (state.get() != State.STARTED) {
            return CompletableFuture.failedFuture(new PortaskException(
                    ErrorCode.CLOSED, state.get() == State.NEW ? "The broker is not started" : "The broker is closed"));
        }
        try {
            return call.run();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(PortaskException.of(e));
        }
    }

    /** Every call from outside comes through here once, so that its failure is counted once. */
    <T extends @Nullable Object> CompletionStage<T> counted(Call<T> call) {
        CompletableFuture<T> answer = running(call).toCompletableFuture();
        if (answer.isDone() && !answer.isCompletedExceptionally()) {
            return answer;
        }
        return answer.whenComplete((result, error) -> {
            if (error != null) {
                meters.onError(error);
            }
        });
    }

    /**
     * What there is once for each broker, such as its consumer groups: made by the factory at the first call for the type, the
     * same at every later one, and closed while the broker still answers.
     *
     * @throws PortaskException {@link ErrorCode#CLOSED} where a closed broker has none
     */
    public <T extends AutoCloseable> T service(Class<T> type, Function<? super Broker, ? extends T> factory) {
        return services.get(type, () -> factory.apply(this));
    }

    /** Whether the store can serve, as far as it knows. */
    public StoreHealth health() {
        return store.health();
    }

    /** Ends services and subscriptions, then closes the store. Idempotent. */
    @Override
    public void close() {
        services.close();
        if (state.getAndSet(State.CLOSED) != State.CLOSED) {
            subscriptions.forEach(Attached::close);
            dispatcher.close();
            store.removeEndListener(topics);
            store.close();
            publisher.close();
            appender.close();
        }
    }
}
