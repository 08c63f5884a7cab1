package io.portask.store.log;

import static io.portask.store.log.LogFixture.append;
import static io.portask.store.log.LogFixture.assertHolds;
import static io.portask.store.log.LogFixture.end;
import static io.portask.store.log.LogFixture.open;
import static io.portask.store.log.LogFixture.producerBatch;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.record.Durability;
import io.portask.store.AppendResult;
import io.portask.store.TopicSpec;
import io.portask.store.contract.ForkedJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is really killed, again and again over the same directory. */
final class KilledProcessTest {
    private static final int SEGMENT_BYTES = 4096;

    @TempDir
    Path directory;

    /** Appends for ever to the store in the first argument and prints the offset after each acknowledged message. */
    static final class Victim {
        public static void main(String[] arguments) {
            LogStore store = open(config(Path.of(arguments[0])));
            for (int next = (int) end(store); ; next++) {
                Durability durability = next % 3 == 0 ? Durability.SYNCED : Durability.WRITTEN;
                append(store, producerBatch(7, next, 1), durability);
                System.out.println(next + 1);
            }
        }
    }

    @Test
    void acknowledgedMessagesSurviveAKill() throws Exception {
        killOften(2);
    }

    @Test
    @Tag("long")
    void acknowledgedMessagesSurviveManyKills() throws Exception {
        killOften(40);
    }

    private void killOften(int kills) throws Exception {
        try (LogStore store = open(config(directory))) {
            LogFixture.await(store.createTopic(new TopicSpec("t", 1)));
        }
        int acknowledged = 0;
        for (int kill = 0; kill < kills; kill++) {
            acknowledged = runAndKill(acknowledged + 100 + 37 * kill);
            try (LogStore store = open(config(directory))) {
                int end = (int) end(store);
                assertThat(end).as("after kill %d", kill).isGreaterThanOrEqualTo(acknowledged);
                assertHolds(store, end);
                AppendResult retried = append(store, producerBatch(7, end - 1, 1), Durability.SYNCED);
                assertThat(retried).isEqualTo(new AppendResult(end - 1, end, Durability.SYNCED, true));
                AppendResult next = append(store, producerBatch(7, end, 1), Durability.SYNCED);
                assertThat(next.baseOffset()).isEqualTo(end);
                acknowledged = end + 1;
            }
        }
    }

    /** Kills the process once it has acknowledged {@code enough}; returns all that it acknowledged. */
    private int runAndKill(int enough) throws IOException, InterruptedException {
        Process victim = ForkedJvm.start(Victim.class, directory.toString());
        int last = 0;
        try (BufferedReader lines = victim.inputReader(StandardCharsets.US_ASCII)) {
            String line = lines.readLine();
            while (line != null && last < enough) {
                last = Integer.parseInt(line);
                line = last < enough ? lines.readLine() : null;
            }
        } finally {
            victim.destroyForcibly();
        }
        victim.waitFor();
        assertThat(last).isGreaterThanOrEqualTo(enough);
        return last;
    }

    private static LogConfig config(Path directory) {
        return LogConfig.of(directory).withSegmentBytes(SEGMENT_BYTES).withSyncIntervalMs(1);
    }
}
