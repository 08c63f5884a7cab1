package io.portask.consumer;

import io.portask.broker.BatchDecoder;
import io.portask.broker.InternalTopic;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.queue.QueueConfig;
import io.portask.queue.QueueJournal;
import io.portask.queue.QueueKey;
import io.portask.queue.QueueMembers;
import io.portask.queue.QueuePartition;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatchBuilder;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.FetchResult;
import io.portask.store.PartitionInfo;
import io.portask.store.TopicDescription;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The groups whose journal is one partition of the internal topic: reads it when the first of them comes, and appends what they do. Belongs to the
 * thread of the queues.
 */
final class QueueShard {
    private static final Logger LOG = LoggerFactory.getLogger(QueueShard.class);
    private static final int REPLAY_BYTES = 1 << 20;
    private static final int BATCH_BYTES = 64 << 10;

    /** The journal is trimmed when so many of its records are superseded. */
    private static final int TRIM_RECORDS = 256;

    private enum State {
        CLOSED,
        OPENING,
        OPEN,
        ABANDONED
    }

    private final int number;
    private final InternalTopic topic;
    private final int shards;
    private final QueueServices services;
    private final QueueLoop loop;
    private final Consumer<LiveQueue> onEnded;
    private final Map<String, LiveQueue> groups = new HashMap<>();
    private final Set<LiveQueue> touched = new LinkedHashSet<>();

    /** Of which the journal may not have all. */
    private final Set<LiveQueue> changed = new LinkedHashSet<>();

    private final RecordBatchBuilder batch = new RecordBatchBuilder(BATCH_BYTES);
    private final List<Consumer<@Nullable PortaskException>> waiting = new ArrayList<>();

    /** Who waits until the journal has all that was said before. */
    private final List<CompletableFuture<@Nullable Void>> awaited = new ArrayList<>();

    private State state = State.CLOSED;
    private QueueJournal journal = new QueueJournal(QueueJournal.DEFAULT_SNAPSHOT_BYTES);
    private boolean appending;
    private long appendAtMs;
    private int failures;
    private long trimmed;

    QueueShard(int number, int shards, InternalTopic topic, QueueServices services, Consumer<LiveQueue> onEnded) {
        this.number = number;
        this.shards = shards;
        this.topic = topic;
        this.services = services;
        this.loop = services.loop();
        this.onEnded = onEnded;
    }

    // Opening

    /** @param then called when the journal was read, or with why it cannot be */
    void whenOpen(Consumer<@Nullable PortaskException> then) {
        if (state == State.OPEN || state == State.ABANDONED) {
            then.accept(state == State.OPEN ? null : Queues.closed());
            return;
        }
        waiting.add(then);
        if (state == State.CLOSED) {
            state = State.OPENING;
            journal = new QueueJournal(QueueJournal.DEFAULT_SNAPSHOT_BYTES);
            loop.ask(topic.createAsync(shards), this::onFound);
        }
    }

    private void onFound(@Nullable TopicDescription found, @Nullable PortaskException error) {
        if (error != null) {
            opened(error);
        } else if (found == null || found.partitionCount() != shards) {
            opened(new PortaskException(
                    ErrorCode.CORRUPT_STORE,
                    "The journal of work queues, topic " + topic.name() + ", has not its " + shards + " partitions"));
        } else {
            PartitionInfo info = found.partitions().get(number);
            trimmed = info.startOffset();
            replay(info.startOffset(), info.endOffset());
        }
    }

    private void replay(long offset, long end) {
        if (offset >= end) {
            journal.replayed();
            opened(null);
            return;
        }
        TopicPartition partition = new TopicPartition(topic.name(), number);
        loop.ask(services.broker().fetchAsync(partition, offset, REPLAY_BYTES), (result, error) -> {
            if (result == null) {
                opened(error);
                return;
            }
            long next;
            try {
                next = replay(partition, result, offset);
            } catch (PortaskException e) {
                opened(e);
                return;
            }
            replay(next, end);
        });
    }

    private long replay(TopicPartition partition, FetchResult result, long offset) {
        try (result) {
            BatchDecoder.Decoded decoded = services.decoder().decode(partition, result, offset);
            for (ReceivedMessage message : decoded.messages()) {
                byte[] key = message.key();
                byte[] value = message.value();
                if (key == null) {
                    throw new PortaskException(
                            ErrorCode.CORRUPT_STORE, "Record " + message.id() + " of the journal has no key");
                }
                journal.replay(
                        message.offset(), key, value == null ? null : ByteBuffer.wrap(value), QueueShard::dormant);
            }
            return decoded.nextOffset();
        }
    }

    private void opened(@Nullable PortaskException error) {
        if (state == State.ABANDONED) {
            return;
        }
        state = error == null ? State.OPEN : State.CLOSED;
        List<Consumer<@Nullable PortaskException>> told = List.copyOf(waiting);
        waiting.clear();
        told.forEach(each -> each.accept(error));
    }

    /** What is known of a group without workers. */
    private static QueuePartition dormant(QueueKey key) {
        QueueConfig config = QueueConfig.defaults();
        return new QueuePartition(key, config, new QueueMembers(config), 0, 0);
    }

    // Groups, once it is open

    @Nullable
    LiveQueue group(String name) {
        return groups.get(name);
    }

    Collection<LiveQueue> groups() {
        return groups.values();
    }

    void add(LiveQueue group) {
        groups.put(group.name, group);
        touch(group);
    }

    void onEnded(LiveQueue group) {
        groups.remove(group.name);
        touched.remove(group);
        changed.remove(group);
        onEnded.accept(group);
    }

    void touch(LiveQueue group) {
        touched.add(group);
    }

    /** What is known of a group that has no workers. */
    List<QueueKey> dormantKeys(String group) {
        return journal.partitions().stream()
                .map(QueuePartition::key)
                .filter(key -> key.group().equals(group))
                .toList();
    }

    /** A group goes on with a partition, or begins with it. */
    void open(QueuePartition fresh, QueueOpener.Opened opened) {
        QueueKey key = fresh.key();
        QueuePartition known = journal.find(key);
        long start = opened.start();
        if (known != null && known.high() > opened.info().endOffset()) {
            start = Math.min(known.low(), opened.info().endOffset());
            LOG.warn(
                    "{} ends at {}, but group '{}' was beyond that: messages were lost. It goes on at {}",
                    opened.partition(),
                    opened.info().endOffset(),
                    key.group(),
                    start);
            journal.forget(key);
            known = null;
        }
        if (known == null) {
            fresh.skipTo(start);
            journal.add(fresh);
        } else {
            journal.adopt(fresh);
            fresh.trim(start);
        }
    }

    void forget(QueueKey key) {
        journal.forget(key);
    }

    /** Keeps of a group's partition what is to know without workers. All of it is stored. */
    void leaveDormant(QueueKey key) {
        journal.adopt(dormant(key));
    }

    /** Completes when the journal has all that was said before. */
    void whenStored(CompletableFuture<@Nullable Void> stored) {
        awaited.add(stored);
    }

    // Turns

    /** @return when to call again at the latest */
    long turn(long nowMs) {
        if (state != State.OPEN) {
            return Long.MAX_VALUE;
        }
        for (LiveQueue group : List.copyOf(groups.values())) {
            if (touched.remove(group) || group.dueMs() <= nowMs) {
                changed.add(group);
                turn(group, nowMs);
            }
        }
        append(nowMs);
        long next = touched.isEmpty() ? Long.MAX_VALUE : nowMs;
        for (LiveQueue group : groups.values()) {
            next = Math.min(next, group.dueMs());
        }
        return appendAtMs > nowMs ? Math.min(next, appendAtMs) : next;
    }

    private static void turn(LiveQueue group, long nowMs) {
        try {
            group.turn(nowMs);
        } catch (Throwable e) {
            LOG.error("Work queue '{}' failed; the others go on", group.name, e);
            group.onTurnFailed(nowMs);
        }
    }

    private void append(long nowMs) {
        while (!appending && nowMs >= appendAtMs) {
            List<QueueJournal.KeyedRecord> records = journal.nextAppend();
            if (records == null) {
                onAllStored();
                return;
            }
            batch.reset();
            records.forEach(record -> batch.append(nowMs, record.key(), record.value(), List.of()));
            CompletableFuture<AppendResult> appended =
                    topic.append(number, batch.build()).toCompletableFuture();
            if (!appended.isDone()) {
                appending = true;
                loop.ask(appended, (result, error) -> {
                    appending = false;
                    onAppended(result, error);
                });
                return;
            }
            try {
                onAppended(appended.join(), null);
            } catch (CompletionException e) {
                onAppended(null, PortaskException.of(e));
            }
        }
    }

    private void onAppended(@Nullable AppendResult result, @Nullable PortaskException error) {
        if (state == State.ABANDONED) {
            return;
        }
        if (result != null) {
            failures = 0;
            journal.stored(result.baseOffset());
            changed.forEach(LiveQueue::onStored);
            trim();
            return;
        }
        journal.failed();
        appendAtMs = loop.nowMs() + QueueLoop.RETRY_MS;
        PortaskException reason =
                error == null ? new PortaskException(ErrorCode.INTERNAL_ERROR, "No result and no error") : error;
        if (failures++ % 60 == 0) {
            LOG.warn("The journal of work queues cannot be written; it is tried every second", reason);
        }
        changed.forEach(group -> group.onStoreFailed(reason));
        awaited.forEach(each -> each.completeExceptionally(reason));
        awaited.clear();
    }

    private void onAllStored() {
        changed.clear();
        awaited.forEach(each -> each.complete(null));
        awaited.clear();
    }

    private void trim() {
        long offset = journal.trimOffset();
        if (offset - trimmed >= TRIM_RECORDS) {
            trimmed = offset;
            loop.ask(topic.trimAsync(number, offset), (start, error) -> {
                if (error != null) {
                    LOG.warn("The journal of work queues could not be trimmed to {}; it grows", offset, error);
                }
            });
        }
    }

    /** Whether the journal was not taken the last time. */
    boolean isFailing() {
        return failures > 0;
    }

    /** Ends what is left at once; what is not stored is not. */
    void abandon() {
        boolean first = state != State.ABANDONED;
        opened(Queues.closed());
        state = State.ABANDONED;
        List.copyOf(groups.values()).forEach(LiveQueue::abandon);
        awaited.forEach(each -> each.completeExceptionally(Queues.closed()));
        awaited.clear();
        if (first) {
            batch.close();
        }
    }
}
