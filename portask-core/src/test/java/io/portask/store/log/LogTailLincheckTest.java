package io.portask.store.log;

import static io.portask.store.log.LogFixture.T0;
import static io.portask.store.log.LogFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.record.Durability;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatch;
import io.portask.record.RecordBatches;
import io.portask.store.AppendResult;
import io.portask.store.FetchResult;
import io.portask.store.TopicSpec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;

/**
 * The tail of a partition under threads is linearizable: Lincheck finds, for what they saw, an order in which a list would have
 * shown the same. Segments are so small that appends begin new ones all the time.
 */
public final class LogTailLincheckTest {
    private static final String NOTHING = "nothing";

    /** A process of its own: Lincheck transforms every class that is loaded, which takes long where other tests ran before. */
    static final class Checker {
        public static void main(String[] arguments) {
            new StressOptions()
                    .threads(3)
                    .actorsBefore(2)
                    .actorsPerThread(4)
                    .actorsAfter(2)
                    .iterations(15)
                    .invocationsPerIteration(40)
                    .sequentialSpecification(ListOfValues.class)
                    .check(Tail.class);
        }
    }

    @Test
    void tailIsLinearizable() throws Exception {
        Process checker = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Checker.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(checker.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(checker.waitFor()).as(output).isZero();
    }

    /** What Lincheck calls, one instance for each run of its threads. */
    @Param(name = "value", gen = IntGen.class, conf = "100:999")
    @Param(name = "offset", gen = IntGen.class, conf = "0:9")
    public static final class Tail {
        private final ManualThreads threads = new ManualThreads();
        private final LogStore store;

        public Tail() {
            LogConfig config = LogConfig.of(Path.of("/data")).withSegmentBytes(1_000);
            store = threads.open(config, new SimulatedDisk());
            CompletionStage<?> made = store.createTopic(new TopicSpec("t", 1));
            threads.keepHouse();
            await(made);
        }

        private CompletionStage<AppendResult> begin(int value, Durability durability) {
            ByteBuffer batch = LogFixture.batch(value, 1, RecordBatch.NO_PRODUCER_ID, (short) -1, -1, 300);
            return store.append(T0, batch, durability);
        }

        @Operation
        public long append(@Param(name = "value") int value) {
            return await(begin(value, Durability.WRITTEN)).baseOffset();
        }

        /** One thread at a time forces, for all who wait. */
        @Operation
        public long appendSynced(@Param(name = "value") int value) {
            CompletionStage<AppendResult> stage = begin(value, Durability.SYNCED);
            synchronized (threads) {
                threads.sync();
            }
            return await(stage).baseOffset();
        }

        @Operation
        public long end() {
            return LogFixture.end(store);
        }

        @Operation
        public String read(@Param(name = "offset") int offset) {
            if (offset >= LogFixture.end(store)) {
                return NOTHING;
            }
            try (FetchResult result = await(store.read(T0, offset, 1))) {
                List<ReceivedMessage> messages =
                        RecordBatches.decode(T0, result.batches().buffer(), offset);
                return LogFixture.value(messages.get(0));
            }
        }
    }

    /** What a partition is to those who use it. */
    public static final class ListOfValues {
        private final List<String> values = new ArrayList<>();

        public long append(int value) {
            values.add("v" + value);
            return values.size() - 1L;
        }

        public long appendSynced(int value) {
            return append(value);
        }

        public long end() {
            return values.size();
        }

        public String read(int offset) {
            return offset < values.size() ? values.get(offset) : NOTHING;
        }
    }
}
