package io.portask.store.log;

import static io.portask.store.log.LogFixture.T0;
import static io.portask.store.log.LogFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.record.Compression;
import io.portask.record.Durability;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatchBuilder;
import io.portask.store.PartitionInfo;
import io.portask.store.StoreContext;
import io.portask.store.TopicConfig;
import io.portask.store.TopicSpec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random publishing, deletion, trimming, cleaning and restarts of a compacted topic against a map: no message that is live in
 * the map may be missing, nothing that was deleted or never was may appear, offsets stay.
 */
class CleaningModelTest {
    private static final int STEPS = 30;

    @TempDir
    Path temp;

    @Test
    void nothingLiveIsLostWhateverIsRemoved() {
        run(0, 200);
    }

    @Test
    @Tag("long")
    void nothingLiveIsLostWhateverIsRemovedForLong() {
        run(200, 20_000);
    }

    private void run(int first, int count) {
        for (int seed = first; seed < first + count; seed++) {
            try {
                new Model(temp.resolve("seed" + seed), seed).run();
            } catch (Throwable e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    private record Value(String key, String text) {}

    private static final class Model {
        private final Random random;
        private final LogConfig config;
        private final Path directory;
        private final SettableClock clock = new SettableClock(1_000_000);
        private final TopicConfig topic;

        /** All that was published and not deleted or trimmed; compaction may have removed what a later one of its key allows. */
        private final TreeMap<Long, Value> published = new TreeMap<>();

        /** Offsets whose message a later one of the same key allowed to go, however that one fared afterwards. */
        private final Map<Long, Boolean> mayBeGone = new HashMap<>();

        private final Map<String, Long> latest = new HashMap<>();
        private long start;
        private long end;
        private int sequence;
        private ByteBuffer lastOfProducer;
        private long lastOfProducerAt;
        private LogStore store;

        Model(Path directory, int seed) {
            this.directory = directory;
            this.random = new Random(seed);
            this.topic = new TopicConfig(
                    TopicConfig.UNLIMITED, TopicConfig.UNLIMITED, random.nextInt(4) > 0, random.nextInt(3) * 1000L);
            this.config = LogConfig.of(directory)
                    .withSegmentBytes(4096 + random.nextInt(8192))
                    .withVerifyReads(random.nextBoolean() ? ReadVerification.ONCE : ReadVerification.ALWAYS)
                    .withCleaning(CleaningConfig.DEFAULT
                            .withDelayMs(random.nextInt(2) * 500L)
                            .withBytesPerSecond(1L << 40)
                            .withMaxKeys(16 + random.nextInt(40)));
        }

        void run() throws Exception {
            open();
            await(store.createTopic(new TopicSpec("t", 1, topic)));
            for (int i = 0; i < STEPS; i++) {
                step();
            }
            check();
            restart();
            check();
            store.close();
            DurableFiles.deleteTree(Disk.SYSTEM, directory);
        }

        private void open() {
            FaultyDisk disk = new FaultyDisk();
            disk.forcesNothing = true;
            store = new LogStore(
                    config, new StoreContext(new SimpleMeterRegistry(), clock), disk, new Syncer(1), new Housekeeper());
            store.start();
        }

        private void restart() throws Exception {
            if (random.nextInt(3) > 0) {
                store.close();
            } else {
                Path killed = directory.resolveSibling(directory.getFileName() + "-killed");
                LogFixture.copy(directory, killed);
                store.close();
                DurableFiles.deleteTree(Disk.SYSTEM, directory);
                Disk.SYSTEM.move(killed, directory);
            }
            open();
        }

        private void step() throws Exception {
            clock.set(clock.millis() + random.nextInt(400));
            switch (random.nextInt(10)) {
                case 0, 1, 2, 3, 4 -> publish();
                case 5 -> delete();
                case 6 -> {
                    if (random.nextInt(4) == 0) {
                        trim();
                    }
                }
                case 7, 8 -> {
                    store.clean();
                    check();
                }
                default -> {
                    if (random.nextInt(3) == 0) {
                        restart();
                        check();
                    }
                }
            }
        }

        private void publish() {
            for (int batches = 1 + random.nextInt(6); batches > 0; batches--) {
                boolean idempotent = random.nextInt(3) == 0;
                int count = 1 + random.nextInt(20);
                try (RecordBatchBuilder builder = new RecordBatchBuilder(1024)) {
                    builder.compression(random.nextBoolean() ? Compression.ZSTD : Compression.NONE);
                    if (idempotent) {
                        builder.producer(7, (short) 0, sequence);
                        sequence += count;
                    }
                    for (int i = 0; i < count; i++) {
                        add(builder, end + i);
                    }
                    ByteBuffer built = builder.build();
                    ByteBuffer batch = ByteBuffer.allocateDirect(built.remaining())
                            .put(built)
                            .flip();
                    assertThat(append(batch)).isEqualTo(end);
                    if (idempotent) {
                        lastOfProducer = batch;
                        lastOfProducerAt = end;
                    }
                    end += count;
                }
            }
            if (lastOfProducer != null) {
                assertThat(append(lastOfProducer)).as("a retry").isEqualTo(lastOfProducerAt);
            }
        }

        private long append(ByteBuffer batch) {
            Durability durability = random.nextBoolean() ? Durability.SYNCED : Durability.WRITTEN;
            return await(store.append(T0, batch.duplicate(), durability)).baseOffset();
        }

        private void add(RecordBatchBuilder builder, long offset) {
            String key = "key" + random.nextInt(60);
            String text = random.nextInt(5) == 0 ? null : offset + "=" + "x".repeat(random.nextInt(200));
            builder.append(
                    offset,
                    key.getBytes(StandardCharsets.UTF_8),
                    text == null ? null : text.getBytes(StandardCharsets.UTF_8),
                    List.of());
            published.put(offset, new Value(key, text));
            Long before = latest.put(key, offset);
            if (topic.compacted() && before != null) {
                mayBeGone.put(before, true);
            }
            if (topic.compacted() && text == null) {
                mayBeGone.put(offset, true);
            }
        }

        private void delete() {
            List<Long> offsets = new ArrayList<>();
            int certain = 0;
            int possible = 0;
            for (int i = random.nextInt(30); i > 0 && end > 0; i--) {
                long offset = (long) (random.nextDouble() * (end + 5));
                if (!offsets.contains(offset)) {
                    offsets.add(offset);
                    if (published.containsKey(offset)) {
                        possible++;
                        certain += mayBeGone.containsKey(offset) ? 0 : 1;
                    }
                }
            }
            assertThat(await(store.deleteMessages(T0, offsets))).isBetween(certain, possible);
            offsets.forEach(published::remove);
        }

        private void trim() {
            start = start + (long) (random.nextDouble() * (end - start));
            assertThat(await(store.trim(T0, start))).isEqualTo(start);
            published.headMap(start).clear();
        }

        private void check() {
            PartitionInfo info = await(store.describePartition(T0));
            assertThat(info.startOffset()).isEqualTo(start);
            assertThat(info.endOffset()).isEqualTo(end);
            TreeMap<Long, Value> found = new TreeMap<>();
            int maxBytes = 1000 + random.nextInt(20_000);
            for (ReceivedMessage message : LogFixture.readAll(store, T0, start, maxBytes)) {
                found.put(
                        message.offset(),
                        new Value(message.keyText(), message.value() == null ? null : message.text()));
                assertThat(message.timestamp()).isEqualTo(message.offset());
            }
            found.forEach(
                    (offset, value) -> assertThat(value).as("offset " + offset).isEqualTo(published.get(offset)));
            published.forEach((offset, value) -> {
                if (!mayBeGone.containsKey(offset)) {
                    assertThat(found).as("live").containsKey(offset);
                }
            });
        }
    }
}
