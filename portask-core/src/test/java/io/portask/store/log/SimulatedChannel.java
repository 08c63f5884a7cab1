package io.portask.store.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/** A channel to a file of a {@link SimulatedDisk}, for operations at positions. */
final class SimulatedChannel extends FileChannel {
    private final SimulatedDisk disk;
    private final SimulatedFile file;

    SimulatedChannel(SimulatedDisk disk, SimulatedFile file) {
        this.disk = disk;
        this.file = file;
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        checkOpen();
        int count = disk.read(file, target, (int) position);
        disk.runAfterRead();
        return count;
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
        checkOpen();
        return disk.write(file, source, (int) position);
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        checkOpen();
        disk.truncate(file, (int) size);
        return this;
    }

    @Override
    public void force(boolean metaData) throws IOException {
        checkOpen();
        disk.force(file);
    }

    @Override
    public long size() throws IOException {
        checkOpen();
        return disk.size(file);
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.max(0, Math.min(count, size() - position)));
        return read(bytes, position) <= 0 ? 0 : target.write(bytes.flip());
    }

    private void checkOpen() throws ClosedChannelException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
    }

    @Override
    protected void implCloseChannel() {}

    @Override
    public int read(ByteBuffer target) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int write(ByteBuffer source) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long position() {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileChannel position(long newPosition) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) {
        throw new UnsupportedOperationException();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) {
        throw new UnsupportedOperationException();
    }
}
