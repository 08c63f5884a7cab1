package io.portask.store.log;

import static io.portask.store.log.LogFixture.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portask.error.ErrorCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileRegionTest {
    private static final int START = 1_000;
    private static final int SIZE = 3_000_000;

    @TempDir
    Path directory;

    private final OpenDisk disk = new OpenDisk();
    private final BufferPool pool = new BufferPool(1 << 20);
    private final byte[] content = new byte[START + SIZE + 1_000];
    private Path path = Path.of(".");
    private LogFile file = new FileCache(disk, 8).file(path);

    /** Remembers what it opened, and can run something just before it opens a file. */
    private static final class OpenDisk extends SystemDisk {
        FileChannel last;
        Runnable beforeOpen = () -> {};

        @Override
        public FileChannel open(Path path, OpenOption... options) throws IOException {
            beforeOpen.run();
            last = super.open(path, options);
            return last;
        }
    }

    @BeforeEach
    void writeFile() throws IOException {
        new Random(5).nextBytes(content);
        path = directory.resolve("a");
        Files.write(path, content);
        file = new FileCache(disk, 8).file(path);
    }

    private byte[] expected() {
        return Arrays.copyOfRange(content, START, START + SIZE);
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private FileRegion region() throws IOException {
        return FileRegion.open(file, pool, START, SIZE);
    }

    @Test
    void whatAFullSocketDoesNotTakeIsSentLater() throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open();
                SocketChannel out = SocketChannel.open();
                FileRegion region = region()) {
            server.setOption(StandardSocketOptions.SO_RCVBUF, 16 << 10)
                    .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            out.setOption(StandardSocketOptions.SO_SNDBUF, 16 << 10).connect(server.getLocalAddress());
            SocketChannel in = server.accept();
            out.configureBlocking(false);
            ByteBuffer received = ByteBuffer.allocate(SIZE);
            int sent = 0;
            boolean refused = false;
            while (sent < SIZE) {
                int count = region.writeTo(out, sent);
                sent += count;
                if (count == 0) {
                    refused = true;
                    in.read(received);
                }
            }
            while (received.hasRemaining()) {
                in.read(received);
            }
            in.close();
            assertThat(refused).isTrue();
            assertThat(received.array()).isEqualTo(expected());
        }
    }

    @Test
    void anyChannelAndAnyBufferGetTheSameBytes() throws IOException {
        Path copy = directory.resolve("copy");
        try (FileRegion region = region();
                FileChannel to = FileChannel.open(copy, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            assertThat(region.writeTo(to, 0)).isEqualTo(SIZE);
            assertThat(bytes(region.buffer())).isEqualTo(expected());
            assertThat(region.buffer().isDirect()).isTrue();
            assertThat(region.writeTo(to, SIZE - 10)).isEqualTo(10);
        }
        try (FileRegion region = region();
                var out = Files.newOutputStream(directory.resolve("stream"))) {
            assertThat(region.writeTo(Channels.newChannel(out), 5)).isEqualTo(SIZE - 5);
        }
        assertThat(Arrays.copyOf(Files.readAllBytes(copy), SIZE)).isEqualTo(expected());
        assertThat(Files.readAllBytes(directory.resolve("stream"))).isEqualTo(Arrays.copyOfRange(expected(), 5, SIZE));
    }

    @Test
    void deletedFileIsReadUntilTheRegionIsClosed() throws IOException {
        FileRegion region = region();
        file.delete();
        assertThat(path).doesNotExist();
        assertThat(bytes(region.buffer())).isEqualTo(expected());
        assertThat(disk.last.isOpen()).isTrue();
        region.close();
        region.close();
        assertThat(disk.last.isOpen()).isFalse();
        assertThatThrownBy(this::region).isInstanceOf(RetiredFileException.class);
    }

    @Test
    void closedChannelIsOpenedAgain() throws IOException {
        try (FileRegion region = region();
                FileChannel to = FileChannel.open(
                        directory.resolve("to"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            disk.last.close();
            assertThat(region.writeTo(to, 0)).isEqualTo(SIZE);
            disk.last.close();
            assertThat(bytes(region.buffer())).isEqualTo(expected());
        }
    }

    @Test
    void closedTargetIsTheCallersError() throws IOException {
        FileChannel to =
                FileChannel.open(directory.resolve("to"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        to.close();
        try (FileRegion region = region()) {
            assertThatThrownBy(() -> region.writeTo(to, 0)).isInstanceOf(ClosedChannelException.class);
            assertThat(disk.last.isOpen()).isTrue();
        }
    }

    @Test
    void interruptedThreadGetsItsBytesAndItsInterrupt() throws IOException {
        try (FileRegion region = region()) {
            Thread.currentThread().interrupt();
            byte[] loaded = bytes(region.buffer());
            assertThat(Thread.interrupted()).isTrue();
            assertThat(loaded).isEqualTo(expected());
        }
    }

    @Test
    void fileThatTookThePathIsNeverReadInstead() throws IOException {
        try (FileRegion region = region();
                FileChannel to = FileChannel.open(
                        directory.resolve("to"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            file.retire();
            Path other = Files.write(directory.resolve("b"), new byte[content.length]);
            Files.move(other, path, StandardCopyOption.REPLACE_EXISTING);
            disk.last.close();
            assertThatThrownBy(() -> region.writeTo(to, 0)).isInstanceOf(RetiredFileException.class);
            assertFails(ErrorCode.STORE_UNAVAILABLE, region::buffer);
        }
    }

    @Test
    void fileThatTookThePathWhileItWasOpenedIsNotReadEither() throws IOException {
        disk.beforeOpen = () -> file.retire();
        assertThatThrownBy(this::region).isInstanceOf(RetiredFileException.class);
        assertThat(disk.last.isOpen()).isFalse();
    }

    @Test
    void fileThatLostItsEndIsAnError() throws IOException {
        try (FileRegion region = region();
                FileChannel shorter = FileChannel.open(path, StandardOpenOption.WRITE)) {
            shorter.truncate(START + 10);
            assertFails(ErrorCode.STORE_IO_ERROR, region::buffer);
        }
    }
}
