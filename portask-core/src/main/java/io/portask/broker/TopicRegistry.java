package io.portask.broker;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicNames;
import io.portask.record.TopicPartition;
import io.portask.store.EndListener;
import io.portask.store.MessageStore;
import io.portask.store.TopicConfig;
import io.portask.store.TopicDescription;
import io.portask.store.TopicSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The topics that this broker has met, and the one place that creates them. A cache of the store's truth: what it does not
 * know it asks the store; what the store denies it forgets. Any thread.
 */
final class TopicRegistry implements EndListener {
    private final MessageStore store;
    private final BrokerConfig config;
    private final TopicLimit limit;
    private final StickyPartitions sticky = new StickyPartitions();
    private final Map<String, PartitionHub[]> topics = new ConcurrentHashMap<>();
    private final Map<TopicPartition, PartitionHub> hubs = new ConcurrentHashMap<>();
    private final Map<String, Lookup> lookups = new ConcurrentHashMap<>();
    private final List<TopicListener> listeners = new CopyOnWriteArrayList<>();

    /** A question to the store that is being answered. */
    private static final class Lookup extends CompletableFuture<PartitionHub[]> {
        /** Whether the topic was deleted since, so that the answer is of the past. Used where {@link #topics} is computed. */
        volatile boolean overtaken;
    }

    TopicRegistry(MessageStore store, BrokerConfig config) {
        this.store = store;
        this.config = config;
        this.limit = new TopicLimit(store, config.maxTopics());
    }

    void addListener(TopicListener listener) {
        listeners.add(listener);
    }

    void removeListener(TopicListener listener) {
        listeners.remove(listener);
    }

    /** The hub of a partition that is known here, or null. */
    @Nullable
    PartitionHub known(TopicPartition partition) {
        return hubs.get(partition);
    }

    /** All partitions of a topic that is known here, or null. */
    PartitionHub @Nullable [] known(String topic) {
        return topics.get(topic);
    }

    /** Where messages without a key go. */
    StickyPartitions sticky() {
        return sticky;
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
        Lookup mine = new Lookup();
        Lookup theirs = lookups.putIfAbsent(topic, mine);
        if (theirs != null) {
            return theirs;
        }
        lookUp(topic, mine);
        return mine;
    }

    private void lookUp(String topic, Lookup lookup) {
        CompletionStage<String> name = CompletableFuture.completedFuture(topic);
        name.thenCompose(this::findOrCreate)
                .thenApply(description -> learn(description, lookup))
                .whenComplete((found, error) -> {
                    if (error == null && found == null) {
                        lookup.overtaken = false;
                        lookUp(topic, lookup);
                        return;
                    }
                    lookups.remove(topic, lookup);
                    if (error == null) {
                        lookup.complete(found);
                    } else {
                        lookup.completeExceptionally(PortaskException.of(error));
                    }
                });
    }

    private CompletionStage<TopicDescription> findOrCreate(String topic) {
        return store.describeTopic(topic).exceptionallyCompose(error -> {
            PortaskException failure = PortaskException.of(error);
            if (failure.code() != ErrorCode.UNKNOWN_TOPIC
                    || !config.autoCreateTopics()
                    || TopicNames.isReserved(topic)) {
                return CompletableFuture.failedFuture(failure);
            }
            return limit.create(new TopicSpec(topic, config.defaultPartitions(), TopicConfig.DEFAULT))
                    .exceptionallyCompose(
                            creation -> PortaskException.of(creation).code() == ErrorCode.TOPIC_EXISTS
                                    ? store.describeTopic(topic)
                                    : CompletableFuture.failedFuture(creation));
        });
    }

    CompletionStage<TopicDescription> create(String topic, int partitions, TopicConfig topicConfig) {
        return limit.create(new TopicSpec(ReservedTopics.checkOpen(topic), partitions, topicConfig))
                .thenApply(description -> {
                    learn(description, null);
                    return description;
                });
    }

    /** Takes in what the store says of a topic, unless a deletion overtook it: null then, or what was learned since. */
    private PartitionHub @Nullable [] learn(TopicDescription description, @Nullable Lookup lookup) {
        boolean known = partitionsKnown(description.name()) == description.partitionCount();
        PartitionHub[] learned = topics.compute(description.name(), (name, before) -> {
            if (lookup != null && lookup.overtaken) {
                return before;
            }
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
        if (learned != null && (lookup == null || !lookup.overtaken)) {
            description.partitions().forEach(info -> learned[info.partition()].onEndMoved(info.endOffset()));
        }
        if (!known) {
            listeners.forEach(listener -> listener.onTopicMet(description.name()));
        }
        return learned;
    }

    private int partitionsKnown(String topic) {
        PartitionHub[] known = topics.get(topic);
        return known == null ? 0 : known.length;
    }

    /** The topic is gone: whoever waits on it is woken and finds out. */
    void forget(String topic) {
        List<PartitionHub> gone = new ArrayList<>();
        topics.compute(topic, (name, current) -> {
            Lookup lookup = lookups.get(name);
            if (lookup != null) {
                lookup.overtaken = true;
            }
            detach(current, gone);
            return null;
        });
        onGone(topic, gone);
    }

    /** As {@link #forget(String)}, unless the topic has other hubs by now: then it is another one of the same name. */
    void forget(String topic, PartitionHub[] partitions) {
        List<PartitionHub> gone = new ArrayList<>();
        topics.computeIfPresent(topic, (name, current) -> {
            if (current != partitions) {
                return current;
            }
            detach(current, gone);
            return null;
        });
        if (!gone.isEmpty()) {
            onGone(topic, gone);
        }
    }

    /** As {@link #forget(String, PartitionHub[])}, for the topic that the hub belongs to. */
    void forget(PartitionHub hub) {
        PartitionHub[] current = topics.get(hub.partition().topic());
        if (current != null && hubs.get(hub.partition()) == hub) {
            forget(hub.partition().topic(), current);
        }
        hub.retire();
    }

    private void detach(PartitionHub @Nullable [] current, List<PartitionHub> gone) {
        if (current != null) {
            for (PartitionHub hub : current) {
                hubs.remove(hub.partition(), hub);
                gone.add(hub);
            }
        }
    }

    private void onGone(String topic, List<PartitionHub> gone) {
        limit.onDeleted(topic);
        sticky.forget(topic);
        gone.forEach(PartitionHub::retire);
        listeners.forEach(listener -> listener.onTopicGone(topic));
    }

    @Override
    public void onTopicGone(String topic) {
        forget(topic);
    }

    @Override
    public void onEndMoved(TopicPartition partition, long endOffset) {
        PartitionHub hub = hubs.get(partition);
        if (hub != null) {
            hub.onEndMoved(endOffset);
        }
    }
}
