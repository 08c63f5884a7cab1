package io.portask.store.log;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where consumers go on. All of it lies in memory; every change is an entry of an {@link EntryLog}, written before the
 * change is acknowledged and forced by the syncer within its interval. So an acknowledged commit survives a killed process;
 * after a power cut a consumer may read the last moments again. A log with mostly outdated entries is replaced by one that
 * holds the present state. Any thread.
 *
 * <p>The body of an entry; strings are UTF-8 after a u16 length:
 *
 * <pre>
 *  0  i8  1 commit: consumer, i32 count, then for each: topic, i32 partition, i64 offset
 *         2 topic deleted: topic
 *         3 consumer forgotten: consumer
 * </pre>
 */
final class CommittedOffsets {
    static final String FILE_NAME = "committed-offsets.log";
    static final long MIN_COMPACTION_BYTES = 1 << 20;

    static final byte COMMIT = 1;
    static final byte TOPIC_DELETED = 2;
    static final byte CONSUMER_FORGOTTEN = 3;

    private static final int MAX_NAME_BYTES = 0xffff;

    private final Path path;
    private final LogContext context;
    private final Disk disk;

    private final ReentrantLock lock = new ReentrantLock();
    private final GroupCommit commit;
    private final Map<String, Map<TopicPartition, Long>> live = new HashMap<>();
    private final EntryLogCompaction compaction;
    private EntryLog log;
    private boolean compacting;
    private long compactAt = MIN_COMPACTION_BYTES;
    private boolean closed;
    private @Nullable PortaskException refusal;

    CommittedOffsets(Path dataDirectory, LogContext context) {
        this.path = dataDirectory.resolve(FILE_NAME);
        this.context = context;
        this.disk = context.files().disk();
        this.commit = new GroupCommit(context, lock, () -> 0, this::forceFailed);
        this.compaction = new EntryLogCompaction(context, dataDirectory, FILE_NAME, lock, commit);
        this.log = new EntryLog(context.files().file(path));
    }

    /**
     * Takes over what the file holds, without the partitions that no longer exist. In a power cut a commit may outlive the
     * messages that it was about; then it is taken back to the end, or the consumer would miss what is appended there next.
     * Before anything else.
     *
     * @param end a partition's end offset, or null if there is no such partition
     */
    void load(Function<TopicPartition, @Nullable Long> end) throws IOException {
        disk.delete(compaction.temporaryPath());
        if (!disk.exists(path)) {
            log.file().create();
            DurableFiles.forceDirectoryOf(disk, path);
        }
        boolean closed = log.load(body -> apply(body, live));
        boolean outdated = false;
        for (Map<TopicPartition, Long> offsets : live.values()) {
            outdated |= offsets.keySet().removeIf(partition -> end.apply(partition) == null);
            for (Map.Entry<TopicPartition, Long> offset : offsets.entrySet()) {
                Long last = end.apply(offset.getKey());
                if (!closed && last != null && last < offset.getValue()) {
                    offset.setValue(last);
                    outdated = true;
                }
            }
        }
        if (outdated) {
            compactAndGoOn();
            DurableFiles.forceDirectoryOf(disk, path);
        }
    }

    /** Applies one entry to a state; a body that does not fit its own layout is refused. */
    static void apply(ByteBuffer body, Map<String, Map<TopicPartition, Long>> state) {
        try {
            byte type = body.get();
            String name = string(body);
            switch (type) {
                case COMMIT -> {
                    Map<TopicPartition, Long> offsets = state.computeIfAbsent(name, consumer -> new HashMap<>());
                    for (int left = body.getInt(); left > 0; left--) {
                        TopicPartition partition = new TopicPartition(string(body), body.getInt());
                        offsets.put(partition, body.getLong());
                    }
                }
                case TOPIC_DELETED -> removeTopic(name, state);
                case CONSUMER_FORGOTTEN -> state.remove(name);
                default ->
                    throw new PortaskException(
                            ErrorCode.CORRUPT_STORE, "An entry of " + FILE_NAME + " has the unknown type " + type);
            }
        } catch (BufferUnderflowException e) {
            throw new PortaskException(
                    ErrorCode.CORRUPT_STORE, "An entry of " + FILE_NAME + " is shorter than it says", e);
        }
    }

    private static void removeTopic(String topic, Map<String, Map<TopicPartition, Long>> state) {
        state.values()
                .forEach(offsets ->
                        offsets.keySet().removeIf(partition -> partition.topic().equals(topic)));
    }

    /** @param check throws for a partition that does not exist; no topic is deleted between that and the commit */
    void commit(String consumer, Map<TopicPartition, Long> offsets, Consumer<TopicPartition> check) {
        ByteBuffer entry = commitEntry(consumer, offsets);
        boolean ask;
        lock.lock();
        try {
            offsets.keySet().forEach(check);
            write(entry);
            live.computeIfAbsent(consumer, name -> new HashMap<>()).putAll(offsets);
            ask = commit.mustRequest(false);
            compactIfLarge();
        } finally {
            lock.unlock();
        }
        if (ask) {
            commit.request(false);
        }
    }

    Map<TopicPartition, Long> of(String consumer) {
        lock.lock();
        try {
            Map<TopicPartition, Long> offsets = live.get(consumer);
            return offsets == null ? Map.of() : Map.copyOf(offsets);
        } finally {
            lock.unlock();
        }
    }

    /** Those that have offsets. */
    Set<String> consumers() {
        lock.lock();
        try {
            return live.entrySet().stream()
                    .filter(consumer -> !consumer.getValue().isEmpty())
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toUnmodifiableSet());
        } finally {
            lock.unlock();
        }
    }

    /** As durable as a commit. */
    void forgetConsumer(String consumer) {
        boolean ask;
        lock.lock();
        try {
            if (!live.containsKey(consumer)) {
                return;
            }
            write(nameEntry(CONSUMER_FORGOTTEN, consumer));
            live.remove(consumer);
            ask = commit.mustRequest(false);
            compactIfLarge();
        } finally {
            lock.unlock();
        }
        if (ask) {
            commit.request(false);
        }
    }

    private static ByteBuffer nameEntry(byte type, String text) {
        byte[] name = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer entry = EntryLog.entry(1 + Short.BYTES + name.length);
        return entry.put(type).putShort((short) name.length).put(name).flip();
    }

    /** Forgets a topic; done when that is on the device. */
    CompletionStage<Boolean> forgetTopic(String topic) {
        ByteBuffer entry = nameEntry(TOPIC_DELETED, topic);
        PendingSync<Boolean> pending;
        boolean ask;
        lock.lock();
        try {
            write(entry);
            removeTopic(topic, live);
            pending = commit.await(true);
            ask = commit.mustRequest(true);
        } catch (PortaskException e) {
            return CompletableFuture.failedFuture(e);
        } finally {
            lock.unlock();
        }
        if (ask) {
            commit.request(true);
        }
        return pending;
    }

    private void write(ByteBuffer entry) {
        if (closed) {
            throw new PortaskException(ErrorCode.CLOSED, "The store is closed");
        }
        if (refusal != null) {
            throw new PortaskException(refusal.code(), String.valueOf(refusal.getMessage()), refusal);
        }
        try {
            log.append(entry, commit);
        } catch (IOException e) {
            throw FileErrors.named("Committing offsets to", path, e);
        }
    }

    private PortaskException forceFailed(Throwable cause) {
        Logs.STORE.error("Forcing {} failed; no offsets are committed until a restart", path, cause);
        PortaskException failure = new PortaskException(
                ErrorCode.STORE_IO_ERROR,
                "No offsets can be committed until a restart: " + path + " could not be forced to the disk: "
                        + cause.getMessage(),
                cause);
        lock.lock();
        try {
            refusal = failure;
        } finally {
            lock.unlock();
        }
        return failure;
    }

    private void compactIfLarge() {
        if (log.size() >= compactAt && !compacting) {
            compacting = true;
            context.housekeeper().execute("Compacting", path, this::compactAndGoOn);
        }
    }

    private void compactAndGoOn() throws IOException {
        try {
            compact();
        } finally {
            lock.lock();
            try {
                compactAt = Math.max(MIN_COMPACTION_BYTES, 4 * log.size());
                compacting = false;
            } finally {
                lock.unlock();
            }
        }
    }

    private void compact() throws IOException {
        compaction.run(log, this::encodeState, replaced -> log = replaced);
    }

    private ByteBuffer encodeState() {
        live.values().removeIf(Map::isEmpty);
        List<ByteBuffer> entries = new ArrayList<>();
        int size = 0;
        for (Map.Entry<String, Map<TopicPartition, Long>> consumer : live.entrySet()) {
            ByteBuffer entry = commitEntry(consumer.getKey(), consumer.getValue());
            entries.add(entry);
            size += entry.remaining();
        }
        ByteBuffer state = ByteBuffer.allocate(size);
        entries.forEach(state::put);
        return state.flip();
    }

    private static ByteBuffer commitEntry(String consumer, Map<TopicPartition, Long> offsets) {
        byte[] name = consumer.getBytes(StandardCharsets.UTF_8);
        if (name.length == 0 || name.length > MAX_NAME_BYTES) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST,
                    "A consumer's name has 1 to " + MAX_NAME_BYTES + " bytes, not " + name.length);
        }
        int size = 1 + Short.BYTES + name.length + Integer.BYTES;
        for (TopicPartition partition : offsets.keySet()) {
            size += Short.BYTES + partition.topic().length() + Integer.BYTES + Long.BYTES;
        }
        ByteBuffer entry = EntryLog.entry(size);
        entry.put(COMMIT).putShort((short) name.length).put(name).putInt(offsets.size());
        offsets.forEach((partition, offset) -> {
            byte[] topic = partition.topic().getBytes(StandardCharsets.US_ASCII);
            entry.putShort((short) topic.length).put(topic);
            entry.putInt(partition.partition()).putLong(offset);
        });
        return entry.flip();
    }

    private static String string(ByteBuffer body) {
        byte[] bytes = new byte[Short.toUnsignedInt(body.getShort())];
        body.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** From now on nothing is committed. Before the last sync. */
    void refuseMore() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    /** Notes that everything is on the device, if it is. After the last sync. */
    void seal() {
        lock.lock();
        try {
            if (commit.isClean()) {
                log.seal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** After the last sync. */
    void close() {
        log.file().retire();
    }
}
