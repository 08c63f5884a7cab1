package io.portask.store.log;

import static io.portask.store.log.LogFixture.assertFails;
import static io.portask.store.log.LogFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.store.TopicConfig;
import io.portask.store.TopicSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TopicDescriptorTest {
    private static final TopicConfig CONFIG = new TopicConfig(1, 2, true, 3);

    @TempDir
    Path directory;

    @Test
    void allFieldsComeBack() throws IOException {
        new TopicDescriptor(7, CONFIG).write(Disk.SYSTEM, directory);
        assertThat(TopicDescriptor.read(Disk.SYSTEM, directory)).isEqualTo(new TopicDescriptor(7, CONFIG));
    }

    @Test
    void aLimitOfMessagesComesBackAsWell() throws IOException {
        TopicConfig limited = CONFIG.withRetentionMessages(4);
        new TopicDescriptor(7, limited).write(Disk.SYSTEM, directory);
        assertThat(TopicDescriptor.read(Disk.SYSTEM, directory)).isEqualTo(new TopicDescriptor(7, limited));
    }

    @Test
    void aDescriptorOfTheFirstVersionsKeepsEverything() throws IOException {
        write(ByteBuffer.allocate(4).putInt(7));
        assertThat(TopicDescriptor.read(Disk.SYSTEM, directory)).isEqualTo(new TopicDescriptor(7, TopicConfig.DEFAULT));
    }

    @Test
    void aLaterLayoutIsRefused() throws IOException {
        write(ByteBuffer.allocate(40).putInt(7).putInt(3).position(40));
        assertFails(ErrorCode.INVALID_CONFIGURATION, () -> TopicDescriptor.read(Disk.SYSTEM, directory));
    }

    @Test
    void aDescriptorThatIsMissingOrCutShortIsRefused() throws IOException {
        assertFails(ErrorCode.CORRUPT_STORE, () -> TopicDescriptor.read(Disk.SYSTEM, directory));
        write(ByteBuffer.allocate(20).putInt(7).putInt(1).position(20));
        assertFails(ErrorCode.CORRUPT_STORE, () -> TopicDescriptor.read(Disk.SYSTEM, directory));
        write(ByteBuffer.allocate(33).putInt(7).putInt(2).position(33));
        assertFails(ErrorCode.CORRUPT_STORE, () -> TopicDescriptor.read(Disk.SYSTEM, directory));
    }

    @Test
    void aConfigurationThatCannotBeWrittenChangesNothing() throws IOException {
        LogConfig config = LogConfig.of(directory.resolve("store"));
        try (LogStore store = LogFixture.openWithTopic(config)) {
            Path blocker = directory.resolve("store/topics/t/" + TopicDescriptor.FILE_NAME + ".tmp");
            Files.createDirectories(blocker.resolve("in the way"));
            assertFails(ErrorCode.STORE_IO_ERROR, () -> await(store.configureTopic("t", CONFIG)));
            assertThat(await(store.describeTopic("t")).config()).isEqualTo(TopicConfig.DEFAULT);
            await(store.createTopic(new TopicSpec("u", 1, CONFIG)));
            assertThat(await(store.describeTopic("u")).config()).isEqualTo(CONFIG);
        }
    }

    private void write(ByteBuffer content) throws IOException {
        DurableFiles.write(Disk.SYSTEM, directory.resolve(TopicDescriptor.FILE_NAME), content.flip());
    }
}
