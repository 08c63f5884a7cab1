package io.portask.store.log;

import static io.portask.store.log.LogFixture.T0;
import static io.portask.store.log.LogFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.record.Durability;
import io.portask.record.RecordBatch;
import io.portask.store.TopicSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whatever a crash leaves of the last 64 KiB: the whole batches before the tear are recovered, and appends go on behind them. */
final class TornTailTest {
    private static final LogConfig CONFIG = LogConfig.of(Path.of("/data"));
    private static final Path SEGMENT = LogFixture.segment(CONFIG.directory(), 0);
    private static final int TAIL = 64 << 10;
    private static final int PER_BATCH = 5;

    private SimulatedDisk killed;
    private int size;

    /** Where each batch ends. */
    private final List<Integer> ends = new ArrayList<>();

    @BeforeEach
    void fill() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        ManualThreads threads = new ManualThreads();
        LogStore store = threads.open(CONFIG, disk);
        var topic = store.createTopic(new TopicSpec("t", 1));
        threads.keepHouse();
        await(topic);
        for (int i = 0; size < TAIL + 4_000; i += PER_BATCH) {
            ByteBuffer batch = LogFixture.batch(i, PER_BATCH, RecordBatch.NO_PRODUCER_ID, (short) -1, -1, 100 + i % 7);
            size += batch.remaining();
            ends.add(size);
            await(store.append(T0, batch, Durability.WRITTEN));
        }
        killed = disk.killed();
        store.close();
    }

    @Test
    void cutAtEveryByteItKeepsTheWholeBatches() throws IOException {
        cut(size - TAIL, 1);
    }

    private void cut(int from, int step) throws IOException {
        for (int cut = from; cut < size; cut += step) {
            SimulatedDisk disk = killed.killed();
            try (FileChannel segment = disk.open(SEGMENT, StandardOpenOption.WRITE)) {
                segment.truncate(cut);
            }
            check(disk, cut, "cut at " + cut);
        }
    }

    @Test
    void zerosInPlaceOfTheTailAreNoBatches() throws IOException {
        byte[] zeros = new byte[TAIL];
        byte[] whole = killed.read(SEGMENT);
        for (int cut = size - TAIL; cut < size; cut += 61) {
            int changed = cut;
            while (whole[changed] == 0 && changed < size - 1) {
                changed++;
            }
            check(overwritten(cut, zeros, size - cut), changed, "zeros from " + cut);
        }
        check(overwritten(size, zeros, TAIL), size, "zeros behind the end");
    }

    @Test
    void garbageInPlaceOfTheTailIsNoBatch() throws IOException {
        byte[] garbage = new byte[TAIL];
        for (int cut = size - TAIL; cut < size; cut += 97) {
            new Random(cut).nextBytes(garbage);
            check(overwritten(cut, garbage, size - cut), cut, "garbage from " + cut);
        }
        check(overwritten(size, garbage, TAIL), size, "garbage behind the end");
    }

    private SimulatedDisk overwritten(int from, byte[] bytes, int length) throws IOException {
        SimulatedDisk disk = killed.killed();
        try (FileChannel segment = disk.open(SEGMENT, StandardOpenOption.WRITE)) {
            segment.write(ByteBuffer.wrap(bytes, 0, length), from);
        }
        return disk;
    }

    private void check(SimulatedDisk disk, int good, String what) throws IOException {
        int batches = 0;
        while (batches < ends.size() && ends.get(batches) <= good) {
            batches++;
        }
        LogStore store = new ManualThreads().open(CONFIG, disk);
        int end = batches * PER_BATCH;
        assertThat(LogFixture.end(store)).as(what).isEqualTo(end);
        assertThat(disk.size(SEGMENT)).as(what).isEqualTo(ends.get(batches - 1).longValue());
        int from = Math.max(0, end - 2 * PER_BATCH);
        assertThat(LogFixture.readAll(store, T0, from, 100).stream().map(LogFixture::value))
                .as(what)
                .containsExactlyElementsOf(values(from, end));
        assertThat(LogFixture.append(store, LogFixture.batch(end, 1), Durability.WRITTEN)
                        .baseOffset())
                .as(what)
                .isEqualTo(end);
    }

    private static List<String> values(int from, int end) {
        List<String> values = new ArrayList<>();
        for (int i = from; i < end; i++) {
            values.add("v" + i);
        }
        return values;
    }
}
