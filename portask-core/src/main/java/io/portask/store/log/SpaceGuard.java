package io.portask.store.log;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Refuses appends while the file system has less free space than the floor, so that what is not an append still finds room.
 * It looks again after every {@value #LOOK_EVERY_BYTES} bytes, and at every append while it refuses; so publishing resumes by
 * itself when space returns. Any thread.
 */
final class SpaceGuard {
    static final int LOOK_EVERY_BYTES = 8 << 20;

    private final Disk disk;
    private final Path directory;
    private final long floorBytes;
    private final AtomicLong allowance = new AtomicLong();

    SpaceGuard(Disk disk, Path directory, long floorBytes) {
        this.disk = disk;
        this.directory = directory;
        this.floorBytes = floorBytes;
    }

    /** @throws PortaskException {@link ErrorCode#DISK_FULL} if {@code bytes} more are too many */
    void take(int bytes) {
        if (floorBytes > 0 && allowance.addAndGet(-bytes) < 0) {
            look(bytes);
        }
    }

    private void look(int bytes) {
        long usable;
        try {
            usable = disk.usableBytes(directory);
        } catch (IOException e) {
            Logs.STORE.debug("The free space of {} is not known", directory, e);
            return;
        }
        if (usable - bytes < floorBytes) {
            throw new PortaskException(
                    ErrorCode.DISK_FULL,
                    "The disk of " + directory + " has " + usable + " bytes free, and " + floorBytes
                            + " are kept free (minFreeBytes). Free some space, or shorten the retention");
        }
        allowance.set(Math.min(LOOK_EVERY_BYTES, usable - bytes - floorBytes));
    }
}
