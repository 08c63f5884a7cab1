package io.portask.store.log;

import static io.portask.store.log.LogFixture.T0;
import static io.portask.store.log.LogFixture.append;
import static io.portask.store.log.LogFixture.await;
import static io.portask.store.log.LogFixture.batch;
import static io.portask.store.log.LogFixture.open;
import static io.portask.store.log.LogFixture.producerBatch;
import static io.portask.store.log.LogFixture.readAll;
import static io.portask.store.log.LogFixture.value;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.record.Durability;
import io.portask.record.ReceivedMessage;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.TopicConfig;
import io.portask.store.TopicSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Data directories that an earlier version wrote, one closed and one left behind by a kill, are read as they were meant. They are
 * never written anew: {@link #main} made them once, and makes more of them when the layout gets something new.
 */
final class GoldenDirectoryTest {
    private static final int MESSAGES = 120;
    private static final int TRIMMED_TO = 20;
    private static final List<Long> DELETED = List.of(50L, 51L, 77L);
    private static final TopicPartition KEYED = new TopicPartition("keyed", 1);
    private static final TopicConfig CONFIG =
            TopicConfig.DEFAULT.withRetentionBytes(1 << 30).withTombstoneRetentionMs(1_000);

    @TempDir
    Path temp;

    /** Writes {@code closed.zip} and {@code killed.zip} into the directory that is the argument. */
    public static void main(String[] arguments) throws IOException {
        Path work = Files.createTempDirectory("golden");
        try (LogStore store = open(config(work.resolve("closed")))) {
            await(store.createTopic(new TopicSpec("t", 1)));
            await(store.createTopic(new TopicSpec("keyed", 2, CONFIG)));
            for (int i = 0; i < MESSAGES; i += 4) {
                append(store, batch(i, 4), i % 3 == 0 ? Durability.SYNCED : Durability.WRITTEN);
            }
            for (int i = 0; i < 3; i++) {
                await(store.append(KEYED, producerBatch(7, i, 1), Durability.SYNCED));
            }
            await(store.trim(T0, TRIMMED_TO));
            await(store.deleteMessages(T0, DELETED));
            await(store.commitOffsets("billing", Map.of(T0, 99L, KEYED, 2L)));
            zip(LogFixture.copy(work.resolve("closed"), work.resolve("killed")), Path.of(arguments[0], "killed.zip"));
        }
        zip(work.resolve("closed"), Path.of(arguments[0], "closed.zip"));
    }

    private static LogConfig config(Path directory) {
        return LogConfig.of(directory).withSegmentBytes(4096);
    }

    private static void zip(Path directory, Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(out);
                Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted().toList()) {
                String name = directory.relativize(path).toString();
                boolean isDirectory = Files.isDirectory(path);
                if (!name.isEmpty()) {
                    zip.putNextEntry(new ZipEntry(isDirectory ? name + "/" : name));
                    if (!isDirectory) {
                        Files.copy(path, zip);
                    }
                }
            }
        }
    }

    private static void unzip(String name, Path directory) throws IOException {
        try (InputStream in = GoldenDirectoryTest.class.getResourceAsStream("/golden-directories/" + name);
                ZipInputStream zip = new ZipInputStream(in)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                Path path = directory.resolve(entry.getName());
                if (entry.isDirectory()) {
                    Files.createDirectories(path);
                } else {
                    Files.createDirectories(path.getParent());
                    Files.copy(zip, path);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"closed.zip", "killed.zip"})
    void isReadBackIdenticalAndTakesMore(String name) throws IOException {
        unzip(name, temp);
        for (int restart = 0; restart < 2; restart++) {
            try (LogStore store = open(config(temp))) {
                assertHoldsWhatWasWritten(store);
                assertThat(append(store, batch(MESSAGES + restart, 1), Durability.SYNCED)
                                .baseOffset())
                        .isEqualTo(MESSAGES + restart);
            }
        }
    }

    private static void assertHoldsWhatWasWritten(LogStore store) {
        assertThat(await(store.describePartition(T0)).startOffset()).isEqualTo(TRIMMED_TO);
        List<ReceivedMessage> left = readAll(store, T0, TRIMMED_TO, 700);
        left.removeIf(message -> message.id().offset() >= MESSAGES);
        assertThat(left).hasSize(MESSAGES - TRIMMED_TO - DELETED.size());
        assertThat(left).allSatisfy(m -> assertThat(value(m)).isEqualTo("v" + m.id().offset()));
        assertThat(left).noneMatch(message -> DELETED.contains(message.id().offset()));
        assertThat(await(store.offsetForTimestamp(T0, 1_000 + 64))).isEqualTo(64);
        assertThat(await(store.describeTopic("keyed")).config()).isEqualTo(CONFIG);
        assertThat(await(store.committedOffsets("billing"))).isEqualTo(Map.of(T0, 99L, KEYED, 2L));
        assertThat(await(store.append(KEYED, producerBatch(7, 2, 1), Durability.SYNCED)))
                .isEqualTo(new AppendResult(2, 3, Durability.SYNCED, true));
    }

    @Test
    void formatVersionIsTheOneThatTheyHave() {
        assertThat(DataDirectory.FORMAT_VERSION).isEqualTo(1);
    }
}
