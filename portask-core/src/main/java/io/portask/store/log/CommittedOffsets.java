package io.portask.store.log;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
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
 * </pre>
 */
final class CommittedOffsets implements Syncable {
    static final String FILE_NAME = "committed-offsets.log";
    static final long MIN_COMPACTION_BYTES = 1 << 20;

    static final byte COMMIT = 1;
    static final byte TOPIC_DELETED = 2;

    private static final int MAX_NAME_BYTES = 0xffff;

    private final Path directory;
    private final Path path;
    private final FileCache files;
    private final Syncer syncer;
    private final Housekeeper housekeeper;

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Map<TopicPartition, Long>> live = new HashMap<>();
    private EntryLog log;
    private DirtyFiles dirty = new DirtyFiles();
    private boolean logDirty;
    private boolean requested;
    private boolean compacting;
    private long compactAt = MIN_COMPACTION_BYTES;
    private boolean closed;
    private @Nullable PortaskException refusal;
    private List<PendingSync<?>> waiting = new ArrayList<>();

    CommittedOffsets(Path dataDirectory, FileCache files, Syncer syncer, Housekeeper housekeeper) {
        this.directory = dataDirectory;
        this.path = dataDirectory.resolve(FILE_NAME);
        this.files = files;
        this.syncer = syncer;
        this.housekeeper = housekeeper;
        this.log = new EntryLog(files.file(path));
    }

    /** Takes over what the file holds, without the partitions that no longer exist. Before anything else. */
    void load(Predicate<TopicPartition> exists) throws IOException {
        Files.deleteIfExists(compactedPath());
        if (!Files.exists(path)) {
            log.file().create();
            DurableFiles.forceDirectoryOf(path);
        }
        log.load(body -> apply(body, live));
        boolean outdated = false;
        for (Map<TopicPartition, Long> offsets : live.values()) {
            outdated |= offsets.keySet().removeIf(partition -> !exists.test(partition));
        }
        if (outdated) {
            compact();
        }
    }

    /** Applies one entry to a state; a body that does not fit its own layout is refused. */
    static void apply(ByteBuffer body, Map<String, Map<TopicPartition, Long>> state) {
        try {
            if (body.get() == COMMIT) {
                Map<TopicPartition, Long> offsets = state.computeIfAbsent(string(body), name -> new HashMap<>());
                for (int left = body.getInt(); left > 0; left--) {
                    TopicPartition partition = new TopicPartition(string(body), body.getInt());
                    offsets.put(partition, body.getLong());
                }
            } else {
                String topic = string(body);
                state.values()
                        .forEach(offsets -> offsets.keySet()
                                .removeIf(partition -> partition.topic().equals(topic)));
            }
        } catch (BufferUnderflowException e) {
            throw new PortaskException(
                    ErrorCode.CORRUPT_STORE, "An entry of " + FILE_NAME + " is shorter than it says", e);
        }
    }

    /** @param check throws for a partition that does not exist; no topic is deleted between that and the commit */
    void commit(String consumer, Map<TopicPartition, Long> offsets, Consumer<TopicPartition> check) {
        ByteBuffer entry = EntryLog.sealed(commitEntry(consumer, offsets));
        boolean ask;
        lock.lock();
        try {
            offsets.keySet().forEach(check);
            write(entry);
            live.computeIfAbsent(consumer, name -> new HashMap<>()).putAll(offsets);
            ask = !requested;
            requested = true;
            compactIfLarge();
        } finally {
            lock.unlock();
        }
        if (ask) {
            syncer.request(this, false);
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

    /** Forgets a topic; done when that is on the device. */
    CompletionStage<Boolean> forgetTopic(String topic) {
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        ByteBuffer entry = EntryLog.entry(1 + Short.BYTES + name.length);
        entry.put(TOPIC_DELETED).putShort((short) name.length).put(name);
        PendingSync<Boolean> pending = new PendingSync<>(true);
        lock.lock();
        try {
            write(EntryLog.sealed(entry));
            live.values()
                    .forEach(offsets -> offsets.keySet()
                            .removeIf(partition -> partition.topic().equals(topic)));
            waiting.add(pending);
        } catch (PortaskException e) {
            return CompletableFuture.failedFuture(e);
        } finally {
            lock.unlock();
        }
        syncer.request(this, true);
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
            if (!logDirty) {
                dirty.add(log.file());
                logDirty = true;
            }
            log.append(entry);
        } catch (IOException e) {
            throw FileErrors.named("Committing offsets to", path, e);
        }
    }

    @Override
    public void sync(boolean urgent) {
        DirtyFiles unforced;
        List<PendingSync<?>> acks;
        PortaskException failure;
        lock.lock();
        try {
            if (!urgent) {
                requested = false;
            }
            unforced = dirty;
            acks = waiting;
            failure = refusal;
            dirty = new DirtyFiles();
            waiting = new ArrayList<>();
            logDirty = false;
        } finally {
            lock.unlock();
        }
        try {
            if (failure == null) {
                unforced.force();
            }
        } catch (Throwable e) {
            Logs.STORE.error("Forcing {} failed; no offsets are committed until a restart", path, e);
            failure = new PortaskException(
                    ErrorCode.STORE_IO_ERROR,
                    "No offsets can be committed until a restart: " + path + " could not be forced to the disk: "
                            + e.getMessage(),
                    e);
            refuse(failure);
        } finally {
            unforced.release();
        }
        for (PendingSync<?> ack : acks) {
            ack.finish(failure);
        }
    }

    private void refuse(PortaskException why) {
        lock.lock();
        try {
            refusal = why;
        } finally {
            lock.unlock();
        }
    }

    private void compactIfLarge() {
        if (log.size() >= compactAt && !compacting) {
            compacting = true;
            housekeeper.execute("Compacting", path, this::compact);
        }
    }

    /**
     * Replaces the log by one of the present state: the slow part without the lock, then the entries written meanwhile.
     * A crash leaves the old log or the new one; both hold every acknowledged commit. On the housekeeper.
     */
    private void compact() throws IOException {
        ByteBuffer state;
        long stateEnd;
        EntryLog old;
        lock.lock();
        try {
            live.values().removeIf(Map::isEmpty);
            state = encodeState();
            old = log;
            stateEnd = old.size();
        } finally {
            lock.unlock();
        }
        Path compacted = compactedPath();
        LogFile temporary = files.file(compacted);
        temporary.create();
        int stateSize = state.remaining();
        temporary.write(state, 0);
        temporary.pin();
        try {
            temporary.force();
        } finally {
            temporary.unpin();
        }
        lock.lock();
        try {
            ByteBuffer late = ByteBuffer.allocate((int) (old.size() - stateEnd));
            old.file().read(late, stateEnd);
            temporary.write(late.flip(), stateSize);
            temporary.retire();
            Files.move(compacted, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            log = new EntryLog(files.file(path));
            log.skip(stateSize + late.limit());
            dirty.add(log.file());
            dirty.addDirectory(directory);
            logDirty = true;
            compactAt = Math.max(MIN_COMPACTION_BYTES, 4 * log.size());
            compacting = false;
            old.file().retire();
        } finally {
            lock.unlock();
        }
        syncer.request(this, false);
    }

    private Path compactedPath() {
        return path.resolveSibling(FILE_NAME + DurableFiles.TEMPORARY_SUFFIX);
    }

    private ByteBuffer encodeState() {
        List<ByteBuffer> entries = new ArrayList<>();
        int size = 0;
        for (Map.Entry<String, Map<TopicPartition, Long>> consumer : live.entrySet()) {
            ByteBuffer entry = EntryLog.sealed(commitEntry(consumer.getKey(), consumer.getValue()));
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
        return entry;
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

    /** After the last sync. */
    void close() {
        log.file().retire();
    }
}
