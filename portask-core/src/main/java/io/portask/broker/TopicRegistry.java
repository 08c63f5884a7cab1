package io.portask.broker;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
import io.portask.store.MessageStore;
import io.portask.store.TopicConfig;
import io.portask.store.TopicDescription;
import io.portask.store.TopicSpec;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The topics that this broker has met, and the one place that creates them. A cache of the store's truth: what it does not
 * know it asks the store; what the store denies it forgets. Any thread.
 */
final class TopicRegistry {
    private final MessageStore store;
    private final BrokerConfig config;
    private final Map<String, PartitionHub[]> topics = new ConcurrentHashMap<>();
    private final Map<TopicPartition, PartitionHub> hubs = new ConcurrentHashMap<>();
    private final Map<String, CompletableFuture<PartitionHub[]>> resolving = new ConcurrentHashMap<>();

    TopicRegistry(MessageStore store, BrokerConfig config) {
        this.store = store;
        this.config = config;
    }

    /** The hub of a partition that is known here, or null. */
    @Nullable
    PartitionHub known(TopicPartition partition) {
        return hubs.get(partition);
    }

    /** The number of partitions of a topic that is known here, or 0. */
    int knownPartitions(String topic) {
        PartitionHub[] partitions = topics.get(topic);
        return partitions == null ? 0 : partitions.length;
    }

    /** The partition's hub; asks the store, and creates the topic where that is allowed. */
    CompletionStage<PartitionHub> hub(TopicPartition partition) {
        PartitionHub hub = hubs.get(partition);
        return hub != null
                ? CompletableFuture.completedFuture(hub)
                : partitions(partition.topic()).thenApply(all -> pick(all, partition));
    }

    private static PartitionHub pick(PartitionHub[] all, TopicPartition wanted) {
        if (wanted.partition() < 0 || wanted.partition() >= all.length) {
            throw new PortaskException(
                    ErrorCode.UNKNOWN_PARTITION,
                    "Topic " + wanted.topic() + " has partitions 0 to " + (all.length - 1) + ", not "
                            + wanted.partition());
        }
        return all[wanted.partition()];
    }

    /** All partitions of a topic; asks the store, and creates the topic where that is allowed. */
    CompletionStage<PartitionHub[]> partitions(String topic) {
        PartitionHub[] known = topics.get(topic);
        if (known != null) {
            return CompletableFuture.completedFuture(known);
        }
        CompletableFuture<PartitionHub[]> mine = new CompletableFuture<>();
        CompletableFuture<PartitionHub[]> theirs = resolving.putIfAbsent(topic, mine);
        if (theirs != null) {
            return theirs;
        }
        findOrCreate(topic).thenApply(this::learn).whenComplete((hubsFound, error) -> {
            resolving.remove(topic, mine);
            if (error == null) {
                mine.complete(hubsFound);
            } else {
                mine.completeExceptionally(PortaskException.of(error));
            }
        });
        return mine;
    }

    private CompletionStage<TopicDescription> findOrCreate(String topic) {
        return store.describeTopic(topic).exceptionallyCompose(error -> {
            PortaskException failure = PortaskException.of(error);
            if (failure.code() != ErrorCode.UNKNOWN_TOPIC || !config.autoCreateTopics()) {
                return CompletableFuture.failedFuture(failure);
            }
            return create(topic, config.defaultPartitions(), TopicConfig.DEFAULT)
                    .exceptionallyCompose(
                            creation -> PortaskException.of(creation).code() == ErrorCode.TOPIC_EXISTS
                                    ? store.describeTopic(topic)
                                    : CompletableFuture.failedFuture(creation));
        });
    }

    CompletionStage<TopicDescription> create(String topic, int partitions, TopicConfig topicConfig) {
        if (topics.size() >= config.maxTopics()) {
            return CompletableFuture.failedFuture(new PortaskException(
                    ErrorCode.OVERLOADED,
                    "There are " + config.maxTopics()
                            + " topics already, the most that this broker allows (maxTopics)"));
        }
        TopicSpec spec;
        try {
            spec = new TopicSpec(topic, partitions, topicConfig);
        } catch (PortaskException e) {
            return CompletableFuture.failedFuture(e);
        }
        return store.createTopic(spec).thenApply(description -> {
            learn(description);
            return description;
        });
    }

    /** Takes in what the store says of a topic. */
    PartitionHub[] learn(TopicDescription description) {
        PartitionHub[] learned = topics.compute(description.name(), (name, before) -> {
            if (before != null && before.length == description.partitionCount()) {
                return before;
            }
            PartitionHub[] grown = new PartitionHub[description.partitionCount()];
            for (int i = 0; i < grown.length; i++) {
                TopicPartition partition = new TopicPartition(name, i);
                grown[i] = hubs.computeIfAbsent(partition, PartitionHub::new);
            }
            return grown;
        });
        description.partitions().forEach(info -> learned[info.partition()].onEndMoved(info.endOffset()));
        return learned;
    }

    /** The topic is gone: whoever waits on it is woken and finds out. */
    void forget(String topic) {
        PartitionHub[] gone = topics.remove(topic);
        if (gone != null) {
            for (PartitionHub hub : gone) {
                hubs.remove(hub.partition(), hub);
                hub.retire();
            }
        }
    }

    void onEndMoved(TopicPartition partition, long endOffset) {
        PartitionHub hub = hubs.get(partition);
        if (hub != null) {
            hub.onEndMoved(endOffset);
        }
    }
}
