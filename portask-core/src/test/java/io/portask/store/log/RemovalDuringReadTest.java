package io.portask.store.log;

import static io.portask.store.log.LogFixture.T0;
import static io.portask.store.log.LogFixture.assertFails;
import static io.portask.store.log.LogFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.record.RecordBatches;
import io.portask.store.FetchResult;
import io.portask.store.TopicSpec;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Messages that go away between the moment a read took their bytes from the file and the moment it returns. */
final class RemovalDuringReadTest {
    private final SimulatedDisk disk = new SimulatedDisk();
    private LogStore store;

    @BeforeEach
    void openStore() {
        LogConfig config = LogConfig.of(Path.of("/data"))
                .withSegmentBytes(4096)
                .withMinFreeBytes(0)
                .withCleaning(CleaningConfig.DEFAULT
                        .withRetentionCheckMs(CleaningConfig.BY_HAND)
                        .withDelayMs(0));
        store = LogFixture.open(config, disk);
        await(store.createTopic(new TopicSpec("t", 1)));
        LogFixture.fill(store, 0, 300, 10);
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    @Test
    void aDeletedMessageIsNotServedBecauseATrimForgotTheDeletion() {
        await(store.deleteMessages(T0, List.of(34L)));
        disk.afterNextRead(() -> await(store.trim(T0, 250)));
        assertFails(ErrorCode.OFFSET_OUT_OF_RANGE, () -> await(store.read(T0, 30, 1_000)));
    }

    @Test
    void aDeletedMessageIsNotServedBecauseItsSegmentWasRewritten() {
        await(store.deleteMessages(T0, List.of(34L)));
        disk.afterNextRead(store::clean);
        try (FetchResult result = await(store.read(T0, 30, 1_000))) {
            assertThat(RecordBatches.decode(T0, result.batches().buffer(), 30))
                    .extracting(message -> message.id().offset())
                    .startsWith(30L, 31L, 32L, 33L, 35L)
                    .doesNotContain(34L);
        }
    }

    @Test
    void deletingWhatIsTrimmedMeanwhileDeletesTheRest() {
        disk.afterNextRead(() -> await(store.trim(T0, 250)));
        assertThat(await(store.deleteMessages(T0, List.of(34L, 120L, 260L)))).isEqualTo(1);
    }
}
