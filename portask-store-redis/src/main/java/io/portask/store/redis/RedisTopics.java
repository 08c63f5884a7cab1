package io.portask.store.redis;

import io.lettuce.core.protocol.CommandType;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
import io.portask.store.TopicConfig;
import io.portask.store.TopicSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topics in Redis, and a cache of those that this node has met. The cache may be out of date: each script compares the
 * incarnation that it is given with the partition's own. What a node that died left half made or half removed is finished
 * by the next that meets it. Any thread.
 */
final class RedisTopics {
    private static final Logger LOG = LoggerFactory.getLogger("io.portask.store");
    private static final int LANE = 0;

    private final RedisLink link;
    private final Keys keys;
    private final Map<String, TopicEntry> cache = new ConcurrentHashMap<>();

    /** Each topic as this node last met it; what a break makes doubtful stays here. */
    private final Map<String, TopicEntry> met = new ConcurrentHashMap<>();

    /**
     * Held while an end is told and while a topic is met: listeners know topics by name only, so that the end of one told late
     * would be taken for the end of the next. They are quick and wait for nobody.
     */
    private final Object meeting = new Object();

    private volatile Consumer<String> onGone = topic -> {};
    private volatile Runnable onMet = () -> {};

    RedisTopics(RedisLink link, Keys keys) {
        this.link = link;
        this.keys = keys;
    }

    /** The topic if this node knows it. */
    @Nullable
    TopicEntry cached(String topic) {
        return cache.get(topic);
    }

    /** Who is told of topics that this node has met and that are gone, before anything of a later one is read. */
    void onGone(Consumer<String> listener) {
        onGone = listener;
    }

    /** Who is told when a topic was met that was not known. */
    void onMet(Runnable listener) {
        onMet = listener;
    }

    /** The topic as this node last met it. */
    @Nullable
    TopicEntry met(String topic) {
        return met.get(topic);
    }

    /** The topics that this node has met and that may be there. */
    Map<String, TopicEntry> met() {
        return Map.copyOf(met);
    }

    /** An incarnation of a topic is not there any more. Tells before it forgets, so that nobody overtakes the telling. */
    void gone(String topic, String incarnation) {
        synchronized (meeting) {
            TopicEntry known = met.get(topic);
            if (known != null && known.incarnation().equals(incarnation)) {
                onGone.accept(topic);
                cache.computeIfPresent(
                        topic, (name, entry) -> entry.incarnation().equals(incarnation) ? null : entry);
                met.remove(topic, known);
            }
        }
    }

    /** Asks whether a topic that this node has met is still the same. */
    CompletableFuture<?> lookAgain(String topic) {
        return look(topic)
                .handle((entry, error) -> {
                    if (error != null && PortaskException.of(error).code() != ErrorCode.UNKNOWN_TOPIC) {
                        throw PortaskException.of(error);
                    }
                    return entry;
                })
                .toCompletableFuture();
    }

    void forget(String topic) {
        cache.remove(topic);
    }

    /** Forgets a topic, unless this node knows it as it is now, perhaps from making it. */
    void forgetUnless(String topic, String now) {
        TopicEntry known = cache.get(topic);
        if (known != null
                && !now.equals(known.encode())
                && !now.equals(known.with(TopicEntry.State.CREATING).encode())) {
            cache.remove(topic, known);
        }
    }

    void forgetAll() {
        cache.clear();
    }

    /** The topic, asked for if need be. */
    CompletionStage<TopicEntry> find(String topic) {
        TopicEntry known = cache.get(topic);
        return known != null ? CompletableFuture.completedFuture(known) : look(topic);
    }

    /** Does something with a topic; once more if what this node remembered of it was out of date. */
    <T> CompletionStage<T> onTopic(String topic, Function<TopicEntry, CompletionStage<T>> action) {
        boolean known = cache.containsKey(topic);
        CompletionStage<T> first = find(topic).thenCompose(action);
        return !known
                ? first
                : first.exceptionallyCompose(error -> {
                    ErrorCode code = PortaskException.of(error).code();
                    if (code != ErrorCode.UNKNOWN_TOPIC && code != ErrorCode.UNKNOWN_PARTITION) {
                        return CompletableFuture.failedFuture(error);
                    }
                    cache.remove(topic);
                    return find(topic).thenCompose(action);
                });
    }

    static void check(TopicEntry entry, TopicPartition partition) {
        if (!entry.has(partition)) {
            throw unknownPartition(entry, partition);
        }
    }

    static PortaskException unknownPartition(TopicEntry entry, TopicPartition partition) {
        return new PortaskException(
                ErrorCode.UNKNOWN_PARTITION,
                "Topic " + partition.topic() + " has partitions 0 to " + (entry.partitions() - 1) + ", not "
                        + partition.partition());
    }

    static PortaskException unknown(String topic) {
        return new PortaskException(ErrorCode.UNKNOWN_TOPIC, "There is no topic '" + topic + "'");
    }

    private CompletionStage<TopicEntry> look(String topic) {
        return look(topic, false);
    }

    /** @param again whether an answer that is older than what is known counts: it did not come late then, Redis lost data */
    private CompletionStage<TopicEntry> look(String topic, boolean again) {
        TopicEntry before = met.get(topic);
        return RedisErrors.naming(
                        "Looking for topic '" + topic + "'",
                        link.call(LANE, CommandType.HGET, keys.topics(), Keys.bytes(topic)))
                .thenCompose(reply -> {
                    String text = reply == null || reply.isEmpty() || reply.get(0) == null
                            ? ""
                            : Keys.text((byte[]) reply.get(0));
                    if (!text.isEmpty()) {
                        TopicEntry found = TopicEntry.decode(topic, text);
                        TopicEntry known = met.get(topic);
                        return !again && known != null && found.isBefore(known) ? look(topic, true) : met(topic, found);
                    }
                    if (before != null) {
                        gone(topic, before.incarnation());
                    }
                    return CompletableFuture.failedFuture(unknown(topic));
                });
    }

    private CompletionStage<TopicEntry> met(String topic, TopicEntry entry) {
        return switch (entry.state()) {
            case READY -> {
                synchronized (meeting) {
                    TopicEntry before = met.get(topic);
                    if (before != null && !before.incarnation().equals(entry.incarnation())) {
                        gone(topic, before.incarnation());
                    }
                    cache.put(topic, entry);
                    if (met.put(topic, entry) == null) {
                        onMet.run();
                    }
                }
                yield CompletableFuture.completedFuture(entry);
            }
            case CREATING -> finishCreation(topic, entry);
            case DELETING ->
                finishDeletion(topic, entry).thenCompose(gone -> CompletableFuture.failedFuture(unknown(topic)));
        };
    }

    CompletionStage<TopicEntry> create(TopicSpec spec) {
        return RedisErrors.naming(
                        "Creating topic '" + spec.name() + "'", link.call(LANE, CommandType.INCR, keys.incarnations()))
                .thenCompose(reply -> create(spec, TopicEntry.creating(spec, String.valueOf(reply.get(0)))));
    }

    private CompletionStage<TopicEntry> create(TopicSpec spec, TopicEntry entry) {
        return change(spec.name(), null, entry).thenCompose(found -> {
            if (found.equals(entry.encode())) {
                return finishCreation(spec.name(), entry);
            }
            TopicEntry other = TopicEntry.decode(spec.name(), found);
            return switch (other.state()) {
                case READY -> CompletableFuture.failedFuture(exists(spec.name()));
                case CREATING ->
                    finishCreation(spec.name(), other)
                            .thenCompose(made -> CompletableFuture.failedFuture(exists(spec.name())));
                case DELETING -> finishDeletion(spec.name(), other).thenCompose(gone -> create(spec));
            };
        });
    }

    private static PortaskException exists(String topic) {
        return new PortaskException(ErrorCode.TOPIC_EXISTS, "There is a topic '" + topic + "' already");
    }

    private CompletionStage<TopicEntry> finishCreation(String topic, TopicEntry creating) {
        TopicEntry ready = creating.with(TopicEntry.State.READY);
        return onPartitions(topic, creating, Script.CREATE_PARTITION)
                .thenCompose(made -> change(topic, creating, ready))
                .thenCompose(found -> found.isEmpty()
                        ? CompletableFuture.failedFuture(unknown(topic))
                        : met(topic, TopicEntry.decode(topic, found)));
    }

    CompletionStage<TopicEntry> configure(String topic, TopicConfig config) {
        return look(topic).thenCompose(entry -> {
            TopicEntry wanted = entry.with(config);
            return change(topic, entry, wanted)
                    .thenCompose(found ->
                            found.equals(wanted.encode()) ? switchCompaction(topic, wanted) : configure(topic, config));
        });
    }

    /** When this is done, no partition takes what the topic does not. */
    private CompletionStage<TopicEntry> switchCompaction(String topic, TopicEntry entry) {
        return entry.compactionSwitches() == 0
                ? met(topic, entry)
                : onPartitions(topic, entry, Script.SWITCH_COMPACTION).thenCompose(done -> met(topic, entry));
    }

    CompletionStage<@Nullable Void> delete(String topic) {
        return look(topic).thenCompose(entry -> {
            TopicEntry deleting = entry.with(TopicEntry.State.DELETING);
            return change(topic, entry, deleting)
                    .thenCompose(
                            found -> found.equals(deleting.encode()) ? finishDeletion(topic, deleting) : delete(topic));
        });
    }

    private CompletionStage<@Nullable Void> finishDeletion(String topic, TopicEntry deleting) {
        gone(topic, deleting.incarnation());
        return onPartitions(topic, deleting, Script.DROP_PARTITION)
                .thenCompose(dropped -> change(topic, deleting, null))
                .thenAccept(found -> gone(topic, deleting.incarnation()));
    }

    private CompletionStage<@Nullable Void> onPartitions(String topic, TopicEntry entry, Script script) {
        List<CompletableFuture<?>> all = new ArrayList<>(entry.partitions());
        for (int i = 0; i < entry.partitions(); i++) {
            TopicPartition partition = new TopicPartition(topic, i);
            all.add(link.run(
                    partition.hashCode(),
                    script,
                    keys.of(partition).all(),
                    List.of(Keys.bytes(entry.incarnation()), Keys.bytes(entry.compactionSwitches()))));
        }
        return RedisErrors.naming(
                "Changing the partitions of topic '" + topic + "'",
                CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)));
    }

    /** Puts one entry in the place of another; returns what is there then, or nothing. */
    private CompletionStage<String> change(String topic, @Nullable TopicEntry from, @Nullable TopicEntry to) {
        List<byte[]> args = List.of(
                Keys.bytes(topic),
                Keys.bytes(from == null ? "" : from.encode()),
                Keys.bytes(to == null ? "" : to.encode()),
                keys.topicChanges());
        return RedisErrors.naming(
                        "Changing topic '" + topic + "'",
                        link.run(LANE, Script.CHANGE_TOPIC, new byte[][] {keys.topics()}, args))
                .thenApply(reply -> Keys.text((byte[]) reply.get(0)));
    }

    /** All topics that are ready, by name; without those whose entry is damaged, which the log names. */
    CompletionStage<Map<String, TopicEntry>> all() {
        return everything().thenApply(RedisTopics::ready);
    }

    /** As {@link #all()}, after what nodes that died left half made or half removed is finished. */
    CompletionStage<Map<String, TopicEntry>> allAndFinishOthers() {
        return everything().thenCompose(found -> {
            CompletableFuture<?>[] others = found.entrySet().stream()
                    .filter(topic -> topic.getValue().state() != TopicEntry.State.READY)
                    .map(topic -> met(topic.getKey(), topic.getValue())
                            .exceptionally(error -> topic.getValue())
                            .toCompletableFuture())
                    .toArray(CompletableFuture[]::new);
            return CompletableFuture.allOf(others).thenApply(done -> ready(found));
        });
    }

    private CompletionStage<Map<String, TopicEntry>> everything() {
        return RedisErrors.naming("Listing topics", link.call(LANE, CommandType.HGETALL, keys.topics()))
                .thenApply(RedisTopics::entries);
    }

    private static Map<String, TopicEntry> ready(Map<String, TopicEntry> found) {
        found.values().removeIf(entry -> entry.state() != TopicEntry.State.READY);
        return found;
    }

    private static Map<String, TopicEntry> entries(List<Object> reply) {
        Map<String, TopicEntry> found = new TreeMap<>();
        for (int i = 0; i + 1 < reply.size(); i += 2) {
            String topic = Keys.text((byte[]) reply.get(i));
            try {
                found.put(topic, TopicEntry.decode(topic, Keys.text((byte[]) reply.get(i + 1))));
            } catch (PortaskException e) {
                LOG.error("Topic '{}' is left out", topic, e);
            }
        }
        return found;
    }

    /** The topics of some partitions as Redis knows them now; makes sure that all the partitions are there. */
    CompletionStage<Map<String, TopicEntry>> lookAll(Collection<TopicPartition> partitions) {
        Map<String, TopicEntry> found = new ConcurrentHashMap<>();
        CompletableFuture<?>[] all = partitions.stream()
                .map(TopicPartition::topic)
                .distinct()
                .map(topic ->
                        look(topic).thenAccept(entry -> found.put(topic, entry)).toCompletableFuture())
                .toArray(CompletableFuture[]::new);
        return CompletableFuture.allOf(all).thenApply(done -> {
            partitions.forEach(partition -> check(Objects.requireNonNull(found.get(partition.topic())), partition));
            return found;
        });
    }
}
