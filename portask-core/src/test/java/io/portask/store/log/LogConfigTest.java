package io.portask.store.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.store.MessageStore;
import io.portask.store.MessageStores;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LogConfigTest {
    @TempDir
    Path temp;

    @ParameterizedTest
    @CsvSource({
        "file:./data, ./data",
        "file:data, data",
        "file:data/x?syncIntervalMs=5, data/x",
        "file:/var/lib/x, /var/lib/x",
        "file:///var/lib/x, /var/lib/x",
        "file:///var/lib/a%20b?segmentBytes=4096, /var/lib/a b",
        "file:./a%20b, ./a b",
    })
    void uriNamesADirectory(String uri, String path) {
        assertThat(LogConfig.parse(URI.create(uri)).directory()).isEqualTo(Path.of(path));
    }

    @Test
    void parametersAreTaken() {
        LogConfig config = LogConfig.parse(URI.create(
                "file:/x?segmentBytes=1000000&syncIntervalMs=7&maxOpenFiles=50&maxProducers=3&minFreeBytes=0&verifyReads=once"
                        + "&retentionCheckMs=100&cleanBytesPerSecond=65536&cleanDelayMs=5&compactionKeys=99"));
        assertThat(config)
                .isEqualTo(new LogConfig(
                        Path.of("/x"),
                        1_000_000,
                        7,
                        50,
                        3,
                        0,
                        ReadVerification.ONCE,
                        new CleaningConfig(100, 65536, 5, 99)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "file://host/x",
                "file:?segmentBytes=4096",
                "file:/x#y",
                "file:/x?segmentBytes=12",
                "file:/x?segmentBytes=1e9",
                "file:/x?segmentBytes",
                "file:/x?segmentbytes=65536",
                "file:/x?syncIntervalMs=0",
                "file:/x?verifyReads=never",
                "file:/x?",
                "file:/x?a=1&&b=2",
            })
    void wrongUriIsNamed(String uri) {
        assertThatThrownBy(() -> LogConfig.parse(URI.create(uri)))
                .hasMessageContaining(uri)
                .isInstanceOfSatisfying(
                        PortaskException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION));
    }

    @Test
    void providerIsFoundAndTouchesNothing() {
        Path directory = temp.resolve("new");
        MessageStore store = MessageStores.create("FILE:" + directory, LogFixture.context());
        assertThat(directory).doesNotExist();
        store.start();
        assertThat(directory.resolve("portask.lock")).exists();
        store.close();
    }

    @Test
    void directoryIsForOneStoreAtATime() {
        LogStore first = LogFixture.open(LogConfig.of(temp));
        assertThatThrownBy(() -> LogFixture.open(LogConfig.of(temp.resolve("../" + temp.getFileName()))))
                .hasMessageContaining(temp.getFileName().toString())
                .isInstanceOfSatisfying(
                        PortaskException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_LOCKED));
        first.close();
        LogFixture.open(LogConfig.of(temp)).close();
    }

    @Test
    void placesThatCannotBeDirectoriesAreNamed() throws Exception {
        Path file = Files.writeString(temp.resolve("file"), "x");
        LogFixture.assertFails(ErrorCode.INVALID_CONFIGURATION, () -> LogFixture.open(LogConfig.of(file)));
        LogFixture.assertFails(ErrorCode.STORE_IO_ERROR, () -> LogFixture.open(LogConfig.of(file.resolve("below"))));
        assertThat(file).hasContent("x");
    }

    @Test
    void newerFormatIsRefused() throws Exception {
        LogFixture.open(LogConfig.of(temp)).close();
        DurableFiles.write(
                Disk.SYSTEM,
                temp.resolve(DataDirectory.VERSION_FILE),
                java.nio.ByteBuffer.allocate(4).putInt(2).flip());
        LogFixture.assertFails(ErrorCode.INVALID_CONFIGURATION, () -> LogFixture.open(LogConfig.of(temp)));
    }
}
