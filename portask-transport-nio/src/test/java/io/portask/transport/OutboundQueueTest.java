package io.portask.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.io.ByteSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class OutboundQueueTest {
    private final BufferPool pool = new BufferPool(64 << 20);
    private final OutboundQueue queue = new OutboundQueue(pool);
    private final Channel channel = new Channel();
    private final AtomicInteger closes = new AtomicInteger();

    @Test
    void bytesLeaveInOrderHoweverLittleTheChannelTakes() throws IOException {
        long seed = 7;
        Random random = new Random(seed);
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        int sources = 0;
        for (int round = 0; round < 500; round++) {
            byte[] bytes = new byte[random.nextInt(5) == 0 ? random.nextInt(100_000) : random.nextInt(200)];
            random.nextBytes(bytes);
            expected.writeBytes(bytes);
            if (random.nextBoolean()) {
                queue.add(ByteBuffer.wrap(bytes));
            } else {
                sources++;
                queue.add(source(bytes));
            }
            channel.room = random.nextInt(60_000);
            queue.writeTo(channel, Long.MAX_VALUE);
            assertThat(queue.queuedBytes()).isEqualTo(expected.size() - channel.taken.size());
        }
        channel.room = Integer.MAX_VALUE;
        queue.writeTo(channel, Long.MAX_VALUE);
        assertThat(channel.taken.toByteArray()).as("seed %d", seed).isEqualTo(expected.toByteArray());
        assertThat(queue.isEmpty()).isTrue();
        assertThat(closes).hasValue(sources);
        assertThat(pool.lentBytes()).isZero();
    }

    @Test
    void manySmallWritesLeaveInOneCall() throws IOException {
        for (int i = 0; i < 5_000; i++) {
            queue.add(ByteBuffer.allocate(100));
        }
        queue.add(source(new byte[1_000]));
        queue.writeTo(channel, Long.MAX_VALUE);
        assertThat(channel.calls).isEqualTo(1);
        assertThat(channel.taken.size()).isEqualTo(501_000);
    }

    @Test
    void aBurstIsBounded() throws IOException {
        for (int i = 0; i < 10; i++) {
            queue.add(source(new byte[100_000]));
        }
        assertThat(queue.writeTo(channel, 150_000)).isEqualTo(200_000);
        assertThat(queue.blocked()).isFalse();
        assertThat(queue.queuedBytes()).isEqualTo(800_000);
    }

    @Test
    void droppedSourcesAreClosedOnceAndBuffersGoBack() throws IOException {
        queue.add(source(new byte[50_000]));
        queue.add(ByteBuffer.allocate(100));
        queue.add(source(new byte[50_000]));
        channel.room = 20_000;
        queue.writeTo(channel, Long.MAX_VALUE);
        queue.clear();
        queue.clear();
        assertThat(closes).hasValue(2);
        assertThat(pool.lentBytes()).isZero();
        assertThat(queue.queuedBytes()).isZero();
    }

    @Test
    void aSmallSourceThatFailsIsClosed() {
        assertThatThrownBy(() -> queue.add(new Source(10, (any, position) -> {
                    throw new IOException("on purpose");
                })))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> queue.add(new Source(10, (any, position) -> 0)))
                .isInstanceOf(PortaskException.class);
        assertThat(closes).hasValue(2);
    }

    @Test
    void aSourceThatGivesNothingIsNotAskedForever() throws IOException {
        queue.add(new Source(100_000, (any, position) -> 0));
        queue.writeTo(channel, Long.MAX_VALUE);
        queue.writeTo(channel, Long.MAX_VALUE);
        queue.writeTo(channel, Long.MAX_VALUE);
        assertThatThrownBy(() -> queue.writeTo(channel, Long.MAX_VALUE))
                .isInstanceOfSatisfying(
                        PortaskException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INTERNAL_ERROR));
        queue.clear();
        assertThat(closes).hasValue(1);
    }

    @Test
    void aSourceThatClaimsMoreThanItHasIsRefused() throws IOException {
        queue.add(new Source(100_000, (any, position) -> 100_001));
        assertThatThrownBy(() -> queue.writeTo(channel, Long.MAX_VALUE)).isInstanceOf(PortaskException.class);
    }

    @Test
    void anEmptySourceIsClosedAtOnce() throws IOException {
        queue.add(source(new byte[0]));
        assertThat(closes).hasValue(1);
        assertThat(queue.isEmpty()).isTrue();
    }

    private ByteSource source(byte[] bytes) {
        return ByteSource.of(ByteBuffer.wrap(bytes), closes::incrementAndGet);
    }

    private interface Writer {
        int writeTo(WritableByteChannel channel, int position) throws IOException;
    }

    private final class Source implements ByteSource {
        private final int size;
        private final Writer writer;

        Source(int size, Writer writer) {
            this.size = size;
            this.writer = writer;
        }

        @Override
        public int size() {
            return size;
        }

        @Override
        public int writeTo(WritableByteChannel to, int position) throws IOException {
            return writer.writeTo(to, position);
        }

        @Override
        public ByteBuffer buffer() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
            closes.incrementAndGet();
        }
    }

    private static final class Channel implements GatheringByteChannel {
        private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
        private int room = Integer.MAX_VALUE;
        private int calls;

        @Override
        public int write(ByteBuffer bytes) {
            return (int) write(new ByteBuffer[] {bytes}, 0, 1);
        }

        @Override
        public long write(ByteBuffer[] buffers) {
            return write(buffers, 0, buffers.length);
        }

        @Override
        public long write(ByteBuffer[] buffers, int offset, int length) {
            calls++;
            long count = 0;
            for (int i = offset; i < offset + length; i++) {
                byte[] bytes = new byte[Math.min(room, buffers[i].remaining())];
                buffers[i].get(bytes);
                taken.writeBytes(bytes);
                room -= bytes.length;
                count += bytes.length;
            }
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }
}
