package io.portask.store.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A file that is read and written at positions, opens when it is used and may be closed between uses by the {@link
 * FileCache}.
 *
 * <p>An interrupt closes a {@link FileChannel} under everybody who uses it. Here that costs a reopen and nothing else: an
 * operation that finds the channel closed is done again from its beginning, and the interrupt is handed back to its
 * thread afterwards. Forces go through a channel of their own that no other thread touches, opened before the first byte
 * that it answers for is written: so an error of the device is reported to that force and cannot get lost with a channel
 * that an interrupt closed.
 *
 * <p>Any thread may read; one at a time may write; one at a time may force.
 */
final class LogFile {
    private static final int COPY_BYTES = 64 << 10;
    private static final int EVICTING = -1;
    private static final int RETIRED = Integer.MIN_VALUE;

    private final Path path;
    private final FileCache cache;

    /** The operations in progress and the pins, or one of the two marks above. */
    private final AtomicInteger users = new AtomicInteger();

    private volatile boolean retiring;
    private volatile boolean used;
    private volatile @Nullable FileChannel channel;
    private volatile @Nullable FileChannel syncChannel;

    LogFile(Path path, FileCache cache) {
        this.path = path;
        this.cache = cache;
    }

    Path path() {
        return path;
    }

    /** The same file under the name that it has got. */
    LogFile renamed(Path newPath) {
        return cache.file(newPath);
    }

    /** Makes the file, empty, in place of what an earlier attempt left. */
    void create() throws IOException {
        hold();
        try {
            synchronized (this) {
                channel = open(
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
                cache.opened(this);
            }
        } finally {
            letGo();
        }
    }

    /** Fills {@code target} from {@code position} on, up to its limit or the end of the file; returns how much it got. */
    int read(ByteBuffer target, long position) throws IOException {
        int start = target.position();
        boolean interrupted = Thread.interrupted();
        hold();
        try {
            while (true) {
                FileChannel current = channel();
                try {
                    int got = 0;
                    while (target.hasRemaining() && got >= 0) {
                        got = current.read(target, position + target.position() - start);
                    }
                    return target.position() - start;
                } catch (ClosedChannelException e) {
                    interrupted |= Thread.interrupted();
                    discard(current);
                    target.position(start);
                }
            }
        } finally {
            letGo();
            restore(interrupted);
        }
    }

    /** Sends bytes from {@code position} on, as many as the channel takes now and no more than {@code count}. */
    int transferTo(WritableByteChannel target, long position, int count) throws IOException {
        boolean interrupted = Thread.interrupted();
        hold();
        try {
            while (true) {
                FileChannel current = channel();
                try {
                    return (int) current.transferTo(position, count, target);
                } catch (ClosedChannelException e) {
                    interrupted |= Thread.interrupted();
                    if (current.isOpen()) {
                        throw e;
                    }
                    discard(current);
                }
            }
        } finally {
            letGo();
            restore(interrupted);
        }
    }

    /** Writes everything that remains in {@code source}, at {@code position}. After an error any part may be there. */
    void write(ByteBuffer source, long position) throws IOException {
        int start = source.position();
        boolean interrupted = Thread.interrupted();
        hold();
        try {
            while (source.hasRemaining()) {
                FileChannel current = channel();
                try {
                    current.write(source, position + source.position() - start);
                } catch (ClosedChannelException e) {
                    interrupted |= Thread.interrupted();
                    discard(current);
                    source.position(start);
                }
            }
        } finally {
            letGo();
            restore(interrupted);
        }
    }

    /** Copies what lies from {@code position} on into a new file and puts that on the device, but for its name. */
    void copyTo(Path target, long position) throws IOException {
        LogFile copy = cache.file(target);
        copy.create();
        copy.pin();
        try {
            ByteBuffer buffer = ByteBuffer.allocate(COPY_BYTES);
            for (long at = position; read(buffer.clear(), at) > 0; at += buffer.limit()) {
                copy.write(buffer.flip(), at - position);
            }
            copy.force();
        } finally {
            copy.unpin();
            copy.retire();
        }
    }

    void truncate(long size) throws IOException {
        boolean interrupted = Thread.interrupted();
        hold();
        try {
            while (true) {
                FileChannel current = channel();
                try {
                    current.truncate(size);
                    return;
                } catch (ClosedChannelException e) {
                    interrupted |= Thread.interrupted();
                    discard(current);
                }
            }
        } finally {
            letGo();
            restore(interrupted);
        }
    }

    Disk disk() {
        return cache.disk();
    }

    boolean exists() {
        return cache.disk().exists(path);
    }

    /** The whole content of a small file. */
    byte[] readAll() throws IOException {
        return cache.disk().read(path);
    }

    long size() throws IOException {
        return cache.disk().size(path);
    }

    /** Keeps the file open until {@link #unpin}, and makes it ready for {@link #force}. Before the first unforced write. */
    void pin() throws IOException {
        hold();
        try {
            if (syncChannel == null) {
                synchronized (this) {
                    syncChannel = open(StandardOpenOption.WRITE);
                    if (channel == null) {
                        cache.opened(this);
                    }
                }
            }
        } catch (IOException e) {
            letGo();
            throw e;
        }
    }

    /** Keeps the file open until {@link #unpin}: its bytes can be read also when it is retired or unlinked meanwhile. */
    void pinForReads() throws IOException {
        hold();
        try {
            channel();
        } catch (IOException e) {
            letGo();
            throw e;
        }
    }

    void unpin() {
        letGo();
    }

    /** Puts on the device what was written since {@link #pin}. The thread must not be interruptible by strangers. */
    void force() throws IOException {
        FileChannel current = syncChannel;
        if (current == null) {
            throw new IOException(path + " is not pinned");
        }
        current.force(false);
    }

    /**
     * Closes the file for good, as soon as the last operation in progress ends and the last pin is gone. What begins afterwards
     * fails. From now on the path is not opened again, so it may be given to another file.
     */
    void retire() {
        retiring = true;
        if (users.compareAndSet(0, RETIRED)) {
            closeChannels();
            cache.closed(this);
        }
    }

    boolean isRetiring() {
        return retiring;
    }

    /** Retires and unlinks the file. Operations in progress go on with its bytes. */
    void delete() throws IOException {
        retire();
        cache.disk().delete(path);
    }

    boolean usedLately() {
        boolean was = used;
        used = false;
        return was;
    }

    /** Closes the channels unless somebody uses them. */
    boolean tryEvict() {
        if (!users.compareAndSet(0, EVICTING)) {
            return false;
        }
        closeChannels();
        users.set(0);
        if (retiring) {
            retire();
        }
        return true;
    }

    private void hold() throws RetiredFileException {
        while (true) {
            int now = users.get();
            if (now == RETIRED || (retiring && now == 0)) {
                throw new RetiredFileException(path);
            }
            if (now == EVICTING) {
                Thread.onSpinWait();
            } else if (users.compareAndSet(now, now + 1)) {
                used = true;
                return;
            }
        }
    }

    private void letGo() {
        if (users.decrementAndGet() == 0 && retiring) {
            retire();
        }
    }

    private FileChannel channel() throws IOException {
        FileChannel current = channel;
        return current != null ? current : reopen();
    }

    private synchronized FileChannel reopen() throws IOException {
        FileChannel current = channel;
        if (current == null) {
            current = openAgain();
            channel = current;
            if (syncChannel == null) {
                cache.opened(this);
            }
        }
        return current;
    }

    /** What is open when the file retires is still this file: its path goes to another one only afterwards. */
    private FileChannel openAgain() throws IOException {
        FileChannel opened = null;
        try {
            if (!retiring) {
                opened = open(StandardOpenOption.READ, StandardOpenOption.WRITE);
            }
        } catch (NoSuchFileException e) {
            if (!retiring) {
                throw e;
            }
        }
        if (retiring || opened == null) {
            close(opened);
            throw new RetiredFileException(path);
        }
        return opened;
    }

    private FileChannel open(StandardOpenOption... options) throws IOException {
        FileChannel opened = cache.disk().open(path, options);
        cache.countChannels(1);
        return opened;
    }

    private synchronized void discard(FileChannel closed) {
        if (channel == closed) {
            channel = null;
            cache.countChannels(-1);
            if (syncChannel == null) {
                cache.closed(this);
            }
        }
    }

    private void closeChannels() {
        channel = close(channel);
        syncChannel = close(syncChannel);
    }

    private @Nullable FileChannel close(@Nullable FileChannel open) {
        if (open != null) {
            cache.countChannels(-1);
            try {
                open.close();
            } catch (IOException e) {
                Logs.STORE.warn("Closing {} failed", path, e);
            }
        }
        return null;
    }

    private static void restore(boolean interrupted) {
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
