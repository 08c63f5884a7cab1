package io.portask.store.log;

import static io.portask.store.log.LogFixture.T0;
import static io.portask.store.log.LogFixture.assertFails;
import static io.portask.store.log.LogFixture.await;
import static io.portask.store.log.LogFixture.fill;
import static io.portask.store.log.LogFixture.openWithTopic;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.store.verify.LogReport;
import io.portask.store.verify.LogVerifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogVerifierTest {
    @TempDir
    Path directory;

    private final List<String> findings = new ArrayList<>();

    @BeforeEach
    void fillStore() {
        try (LogStore store = openWithTopic(LogConfig.of(directory).withSegmentBytes(4096))) {
            fill(store, 0, 200, 4);
            await(store.deleteMessages(T0, List.of(5L)));
            await(store.commitOffsets("c", Map.of(T0, 3L)));
        }
    }

    private LogReport verify() {
        return LogVerifier.verify(directory, findings::add);
    }

    @Test
    void soundStoreIsCountedAndLeftAsItIs() throws IOException {
        Map<String, String> before = state();
        LogReport report = verify();
        assertThat(findings).isEmpty();
        assertThat(report.isSound()).isTrue();
        assertThat(report.topics()).isEqualTo(1);
        assertThat(report.partitions()).isEqualTo(1);
        assertThat(report.batches()).isEqualTo(50);
        assertThat(report.records()).isEqualTo(200);
        assertThat(report.segments()).isGreaterThan(2);
        assertThat(state()).isEqualTo(before);
    }

    @Test
    void runningStoreIsRefused() {
        try (LogStore store = LogFixture.open(LogConfig.of(directory))) {
            assertFails(ErrorCode.STORE_LOCKED, this::verify);
        }
    }

    @Test
    void placesWithoutAStoreAreRefused() throws IOException {
        Path empty = Files.createDirectory(directory.resolve("empty"));
        assertFails(ErrorCode.INVALID_CONFIGURATION, () -> LogVerifier.verify(empty, findings::add));
        assertThat(empty).isEmptyDirectory();
        assertFails(
                ErrorCode.INVALID_CONFIGURATION,
                () -> LogVerifier.verify(directory.resolve(DataDirectory.VERSION_FILE), findings::add));
    }

    @Test
    void damagedBatchIsAProblemWithItsPlace() throws IOException {
        Path segment = LogFixture.segment(directory, 0);
        byte[] bytes = Files.readAllBytes(segment);
        bytes[100] ^= 1;
        Files.write(segment, bytes);
        assertThat(verify().problems()).isEqualTo(1);
        assertThat(findings).singleElement().asString().contains("t:0", segment.toString(), "byte", "checksum");
    }

    @Test
    void missingSegmentIsAProblem() throws IOException {
        Path second = LogFixture.segment(directory, segmentBases().get(1));
        Files.delete(second);
        assertThat(verify().problems()).isEqualTo(1);
        assertThat(findings).singleElement().asString().contains("missing");
    }

    @Test
    void tornTailIsANote() throws IOException {
        List<Long> bases = segmentBases();
        Path last = LogFixture.segment(directory, bases.get(bases.size() - 1));
        byte[] bytes = Files.readAllBytes(last);
        byte[] torn = Arrays.copyOf(bytes, bytes.length + 30);
        Arrays.fill(torn, bytes.length, torn.length, (byte) 7);
        Files.write(last, torn);
        LogReport report = verify();
        assertThat(report.isSound()).isTrue();
        assertThat(report.notes()).isEqualTo(1);
        assertThat(Files.readAllBytes(last)).isEqualTo(torn);
    }

    private List<Long> segmentBases() throws IOException {
        return List.copyOf(PartitionRecovery.segmentFiles(Disk.SYSTEM, directory.resolve("topics/t/0"))
                .keySet());
    }

    private Map<String, String> state() throws IOException {
        Map<String, String> state = new TreeMap<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path path : (Iterable<Path>) files::iterator) {
                state.put(
                        path.toString(),
                        Files.getLastModifiedTime(path) + " "
                                + (Files.isDirectory(path) ? "" : Arrays.hashCode(Files.readAllBytes(path))));
            }
        }
        return state;
    }
}
