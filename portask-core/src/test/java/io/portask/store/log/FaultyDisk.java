package io.portask.store.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** A disk that fails when it is told to. */
final class FaultyDisk extends SystemDisk {
    final AtomicInteger forces = new AtomicInteger();
    final Semaphore forcesAllowed = new Semaphore(1_000_000);
    volatile boolean failForces;

    /** For tests that kill no power and have no time. */
    volatile boolean forcesNothing;

    /** Bytes that can still be written to segments; the write that passes it is torn there. */
    volatile long room = Long.MAX_VALUE;

    @Override
    public FileChannel open(Path path, OpenOption... options) throws IOException {
        return new Faulty(FileChannel.open(path, options), path.toString().endsWith(Segment.SUFFIX));
    }

    @Override
    public void write(Path file, ByteBuffer content, boolean force) throws IOException {
        super.write(file, content, force && !forcesNothing);
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        if (!forcesNothing) {
            super.forceDirectory(directory);
        }
    }

    private final class Faulty extends FileChannel {
        private final FileChannel real;
        private final boolean segment;

        Faulty(FileChannel real, boolean segment) {
            this.real = real;
            this.segment = segment;
        }

        @Override
        public int write(ByteBuffer source, long position) throws IOException {
            if (!segment || source.remaining() <= room) {
                room = segment ? room - source.remaining() : room;
                return real.write(source, position);
            }
            if (room == 0) {
                throw new IOException("No space left on device");
            }
            int limit = source.limit();
            source.limit(source.position() + (int) room);
            room = 0;
            int written = real.write(source, position);
            source.limit(limit);
            return written;
        }

        @Override
        public void force(boolean metaData) throws IOException {
            forcesAllowed.acquireUninterruptibly();
            forces.incrementAndGet();
            if (failForces) {
                throw new IOException("Input/output error");
            }
            if (!forcesNothing) {
                real.force(metaData);
            }
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            return real.read(target, position);
        }

        @Override
        public FileChannel truncate(long size) throws IOException {
            return real.truncate(size);
        }

        @Override
        protected void implCloseChannel() throws IOException {
            real.close();
        }

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
        public long size() throws IOException {
            return real.size();
        }

        @Override
        public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
            return real.transferTo(position, count, target);
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
}
