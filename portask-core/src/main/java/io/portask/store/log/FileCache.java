package io.portask.store.log;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The open files of one store. When more than {@code limit} are open, files that nobody uses and that hold no unforced
 * bytes are closed, those without recent use first (second chance); they open again when they are needed. Any thread.
 */
final class FileCache {
    private final Disk disk;
    private final int limit;
    private final ArrayDeque<LogFile> open = new ArrayDeque<>();
    private final AtomicInteger channels = new AtomicInteger();

    FileCache(Disk disk, int limit) {
        this.disk = disk;
        this.limit = limit;
    }

    LogFile file(Path path) {
        return new LogFile(path, this);
    }

    Disk disk() {
        return disk;
    }

    /** The number of channels that are open now. */
    int openChannels() {
        return channels.get();
    }

    void countChannels(int change) {
        channels.addAndGet(change);
    }

    synchronized void opened(LogFile file) {
        open.addLast(file);
        int tries = channels.get() > limit ? 2 * open.size() : 0;
        for (int i = 0; i < tries && channels.get() > limit; i++) {
            LogFile candidate = open.removeFirst();
            if (candidate == file || candidate.usedLately() || !candidate.tryEvict()) {
                open.addLast(candidate);
            }
        }
    }

    synchronized void closed(LogFile file) {
        open.remove(file);
    }
}
