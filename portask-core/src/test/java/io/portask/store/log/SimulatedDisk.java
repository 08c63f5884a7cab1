package io.portask.store.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that a test can fill, break and switch off. It keeps apart what was written and what was forced, in
 * sectors of {@value SimulatedFile#SECTOR} bytes and single changes of names; {@link #powerLoss} turns that into a disk
 * that the next start may find. Any thread.
 */
final class SimulatedDisk implements Disk {
    static final String NO_SPACE = "No space left on device";
    static final String IO_ERROR = "Input/output error";

    final AtomicInteger forces = new AtomicInteger();
    final Semaphore forcesAllowed = new Semaphore(1_000_000);
    volatile boolean failForces;

    private final AtomicReference<@Nullable Runnable> afterRead = new AtomicReference<>();
    private final SimulatedNames names;
    private final Random tears;
    private long capacity = Long.MAX_VALUE;
    private long used;
    private long changes;
    private long offAt = Long.MAX_VALUE;
    private long failAt = Long.MAX_VALUE;
    private String failure = IO_ERROR;

    SimulatedDisk() {
        this(new SimulatedNames(), new Random(0));
    }

    private SimulatedDisk(SimulatedNames names, Random tears) {
        this.names = names;
        this.tears = tears;
        for (SimulatedFile file : allFiles(names.root(), new ArrayList<>())) {
            used += file.size();
        }
    }

    /** The disk of the next start if the power goes now. */
    synchronized SimulatedDisk powerLoss(Random random) {
        return new SimulatedDisk(names.afterPowerLoss(random), random);
    }

    /** The disk of the next start if the process is killed now. */
    synchronized SimulatedDisk killed() {
        return new SimulatedDisk(names.copy(SimulatedFile::copy), new Random(0));
    }

    /** Lets {@code left} more operations that change something come to the disk and switches the machine off at the next. */
    synchronized void powerOffAfter(long left) {
        offAt = changes + left;
    }

    /** Switches a machine on again whose operating system never stopped: what was written is there, forced or not. */
    synchronized void restart() {
        offAt = Long.MAX_VALUE;
    }

    synchronized boolean isOff() {
        return changes > offAt;
    }

    /** Lets one operation that changes something fail, after {@code left} others. A write is torn. */
    synchronized void failAfter(long left, String message) {
        failAt = changes + left;
        failure = message;
    }

    /** Whether {@link #failAfter} has come true. */
    synchronized boolean hasFailed() {
        return changes > failAt;
    }

    /** The operations so far that change something. */
    synchronized long changes() {
        return changes;
    }

    /** Lets {@code bytes} more be written; the write that passes it is torn there. */
    synchronized void room(long bytes) {
        capacity = used + bytes;
    }

    synchronized void unlimitedRoom() {
        capacity = Long.MAX_VALUE;
    }

    /** Lets the thread that reads from a channel next run {@code task} before its read returns. */
    void afterNextRead(Runnable task) {
        afterRead.set(task);
    }

    void runAfterRead() {
        Runnable task = afterRead.getAndSet(null);
        if (task != null) {
            task.run();
        }
    }

    synchronized List<Path> files(Path directory) throws IOException {
        List<Path> found = new ArrayList<>();
        for (Path path : list(directory)) {
            if (isDirectory(path)) {
                found.addAll(files(path));
            } else {
                found.add(path);
            }
        }
        return found;
    }

    synchronized void flipBit(Path path, long bit) throws IOException {
        file(path).flipBit(bit);
    }

    @Override
    public Closeable lock(Path directory) {
        return () -> {};
    }

    @Override
    public synchronized FileChannel open(Path path, OpenOption... options) throws IOException {
        checkOn();
        Set<OpenOption> wanted = Set.of(options);
        if (find(path) == null && wanted.contains(StandardOpenOption.CREATE)) {
            boolean off = begin();
            create(path);
            end(off);
        }
        SimulatedFile file = file(path);
        if (wanted.contains(StandardOpenOption.TRUNCATE_EXISTING) && file.size() > 0) {
            truncate(file, 0);
        }
        return new SimulatedChannel(this, file);
    }

    private SimulatedFile create(Path path) throws IOException {
        SimulatedFile file = new SimulatedFile();
        names.put(parent(path), name(path), file);
        return file;
    }

    synchronized int read(SimulatedFile file, ByteBuffer target, int position) throws IOException {
        checkOn();
        return file.read(target, position);
    }

    synchronized int write(SimulatedFile file, ByteBuffer source, int position) throws IOException {
        if (changes == failAt && source.hasRemaining()) {
            writeSome(file, source, position, tears.nextInt(source.remaining()));
        }
        boolean off = begin();
        long growth = (long) position + source.remaining() - file.size();
        long room = capacity - used;
        int length = source.remaining();
        if (growth > room) {
            length -= (int) Math.min(length, growth - room);
            if (length == 0) {
                throw new IOException(NO_SPACE);
            }
        }
        writeSome(file, source, position, length);
        end(off);
        return length;
    }

    private void writeSome(SimulatedFile file, ByteBuffer source, int position, int length) {
        int before = file.size();
        int limit = source.limit();
        file.write(source.limit(source.position() + length), position);
        source.limit(limit);
        used += file.size() - before;
    }

    synchronized void truncate(SimulatedFile file, int size) throws IOException {
        boolean off = begin();
        used -= Math.max(0, file.size() - size);
        file.truncate(size);
        end(off);
    }

    void force(SimulatedFile file) throws IOException {
        forcesAllowed.acquireUninterruptibly();
        forces.incrementAndGet();
        synchronized (this) {
            end(begin());
            if (failForces) {
                throw new IOException(IO_ERROR);
            }
            file.force();
        }
    }

    synchronized int size(SimulatedFile file) throws IOException {
        checkOn();
        return file.size();
    }

    @Override
    public synchronized boolean exists(Path path) {
        return find(path) != null;
    }

    @Override
    public synchronized boolean isDirectory(Path path) {
        return find(path) instanceof SimulatedNames.Directory;
    }

    @Override
    public synchronized long size(Path path) throws IOException {
        return size(file(path));
    }

    @Override
    public synchronized byte[] read(Path path) throws IOException {
        checkOn();
        return file(path).content();
    }

    @Override
    public void write(Path path, ByteBuffer content, boolean force) throws IOException {
        FileChannel channel = open(path, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
        ByteBuffer source = content.slice();
        while (source.hasRemaining()) {
            channel.write(source, source.position());
        }
        if (force) {
            channel.force(true);
        }
    }

    @Override
    public synchronized List<Path> list(Path path) throws IOException {
        checkOn();
        List<Path> paths = new ArrayList<>();
        directory(path).current.keySet().forEach(name -> paths.add(path.resolve(name)));
        return paths;
    }

    @Override
    public synchronized void createDirectories(Path path) throws IOException {
        if (isDirectory(path)) {
            return;
        }
        if (exists(path)) {
            throw new FileAlreadyExistsException(path.toString());
        }
        if (path.getParent() != null && path.getParent().getNameCount() > 0) {
            createDirectories(path.getParent());
        }
        boolean off = begin();
        names.put(parent(path), name(path), new SimulatedNames.Directory());
        end(off);
    }

    @Override
    public synchronized void move(Path from, Path to) throws IOException {
        if (find(from) == null) {
            throw new NoSuchFileException(from.toString());
        }
        boolean off = begin();
        release(find(to));
        names.move(parent(from), name(from), parent(to), name(to));
        end(off);
    }

    @Override
    public synchronized void delete(Path path) throws IOException {
        Object node = find(path);
        checkOn();
        if (node == null) {
            return;
        }
        if (node instanceof SimulatedNames.Directory directory && !directory.current.isEmpty()) {
            throw new IOException("Directory not empty: " + path);
        }
        boolean off = begin();
        release(node);
        names.remove(parent(path), name(path));
        end(off);
    }

    private void release(@Nullable Object node) {
        if (node instanceof SimulatedFile file) {
            used -= file.size();
        }
    }

    @Override
    public synchronized void forceDirectory(Path path) throws IOException {
        end(begin());
        names.force(directory(path));
    }

    @Override
    public synchronized long usableBytes(Path directory) throws IOException {
        checkOn();
        return capacity - used;
    }

    private void checkOn() throws IOException {
        if (isOff()) {
            throw new IOException("The machine is off");
        }
    }

    /** Counts an operation that changes something; returns whether the machine goes off in the middle of it. */
    private boolean begin() throws IOException {
        checkOn();
        long number = changes++;
        if (number == failAt) {
            throw new IOException(failure);
        }
        return number == offAt;
    }

    private void end(boolean off) throws IOException {
        if (off) {
            checkOn();
        }
    }

    private @Nullable Object find(Path path) {
        Object node = names.root();
        for (Path name : path) {
            node = node instanceof SimulatedNames.Directory directory ? directory.current.get(name.toString()) : null;
        }
        return node;
    }

    private SimulatedFile file(Path path) throws IOException {
        if (find(path) instanceof SimulatedFile file) {
            return file;
        }
        throw new NoSuchFileException(path.toString());
    }

    private SimulatedNames.Directory directory(Path path) throws IOException {
        if (find(path) instanceof SimulatedNames.Directory directory) {
            return directory;
        }
        throw new NoSuchFileException(path.toString());
    }

    private SimulatedNames.Directory parent(Path path) throws IOException {
        return path.getParent() == null ? names.root() : directory(path.getParent());
    }

    private static String name(Path path) {
        return path.getFileName().toString();
    }

    private static List<SimulatedFile> allFiles(SimulatedNames.Directory directory, List<SimulatedFile> found) {
        for (Object node : directory.current.values()) {
            if (node instanceof SimulatedFile file) {
                found.add(file);
            } else {
                allFiles((SimulatedNames.Directory) node, found);
            }
        }
        return found;
    }
}
