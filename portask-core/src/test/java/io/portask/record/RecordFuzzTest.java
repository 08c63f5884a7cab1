package io.portask.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import io.portask.error.PortaskException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Damaged batches with a right checksum do nothing worse than a PortaskException. */
class RecordFuzzTest {
    private static final int MAX_UNCOMPRESSED = 1 << 20;

    /** What decoding the largest batch here really needs, with room; far below what a damaged length claims. */
    private static final long MAX_ALLOCATED = 8L << 20;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void damageIsRefusedOrHarmless() {
        fuzz(1, 20_000);
    }

    @Test
    @Tag("long")
    void damageIsRefusedOrHarmlessForLong() {
        fuzz(2, 3_000_000);
    }

    private void fuzz(long firstSeed, int rounds) {
        ByteBuffer[] originals = new ByteBuffer[16];
        for (int i = 0; i < originals.length; i++) {
            Compression compression = i % 2 == 0 ? Compression.NONE : Compression.ZSTD;
            originals[i] = TestRecords.encode(TestRecords.random(new Random(firstSeed + i), 1 + 3 * i), compression);
        }
        int refused = 0;
        try (RecordReader reader = new RecordReader(MAX_UNCOMPRESSED)) {
            for (int round = 0; round < rounds; round++) {
                long seed = firstSeed * 1_000_003 + round;
                Random random = new Random(seed);
                ByteBuffer damaged = mutate(random, originals[random.nextInt(originals.length)]);
                long before = threads.getCurrentThreadAllocatedBytes();
                try {
                    RecordBatches.decode(TestRecords.PARTITION, damaged, Long.MIN_VALUE, reader);
                } catch (PortaskException e) {
                    refused++;
                } catch (RuntimeException e) {
                    fail("seed " + seed, e);
                }
                assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                        .as("allocated bytes, seed " + seed)
                        .isLessThan(MAX_ALLOCATED);
            }
        }
        assertThat(refused).isGreaterThan(rounds / 4);
    }

    private static ByteBuffer mutate(Random random, ByteBuffer original) {
        ByteBuffer bytes = TestRecords.copy(original);
        for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
            int from = random.nextInt(4) == 0 ? RecordBatch.ATTRIBUTES_OFFSET : RecordBatch.HEADER_SIZE;
            int at = from + random.nextInt(bytes.limit() - from);
            switch (random.nextInt(4)) {
                case 0 -> bytes.put(at, (byte) random.nextInt());
                case 1 -> bytes.put(at, (byte) (bytes.get(at) ^ 1 << random.nextInt(8)));
                case 2 -> bytes.put(at, (byte) 0xFF);
                default -> {
                    int limit = Math.max(RecordBatch.HEADER_SIZE + 1, at);
                    bytes.limit(limit);
                    bytes.putInt(RecordBatch.LENGTH_OFFSET, limit - RecordBatch.LENGTH_PREFIX_SIZE);
                }
            }
        }
        TestRecords.fixChecksum(bytes);
        return bytes;
    }
}
