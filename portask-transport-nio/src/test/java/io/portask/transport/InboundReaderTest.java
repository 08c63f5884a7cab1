package io.portask.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ScatteringByteChannel;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class InboundReaderTest {
    private static final int MAX_FRAME_BYTES = 16 << 20;

    private final BufferPool pool = new BufferPool(64 << 20);
    private final InboundReader reader = new InboundReader(pool, MAX_FRAME_BYTES);
    private final Receiver receiver = new Receiver();

    @Test
    void framesArriveWholeHoweverTheyAreCut() throws IOException {
        long seed = 11;
        Random random = new Random(seed);
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        for (int i = 0; i < 300; i++) {
            byte[] payload = new byte[random.nextInt(20) == 0 ? random.nextInt(1 << 20) : random.nextInt(500)];
            random.nextBytes(payload);
            wire.writeBytes(Peer.frame(payload));
        }
        byte[] bytes = wire.toByteArray();
        for (int sent = 0; sent < bytes.length; ) {
            int count = Math.min(
                    bytes.length - sent, 1 + (random.nextInt(3) == 0 ? random.nextInt(400_000) : random.nextInt(100)));
            receiver.arrive(bytes, sent, count);
            sent += count;
            receiver.reading = true;
            reader.redeliver(receiver);
            while (reader.read(receiver) > 0) {
                receiver.reading = random.nextInt(10) > 0;
            }
        }
        receiver.reading = true;
        reader.redeliver(receiver);
        while (receiver.wire.hasRemaining()) {
            reader.read(receiver);
        }
        assertThat(receiver.seen.toByteArray()).as("seed %d", seed).isEqualTo(bytes);
        assertThat(receiver.partial).isNull();
        assertThat(pool.lentBytes()).isZero();
    }

    @Test
    void aSlowDripOfALargeFrameHoldsWhatArrivedAndNotWhatItClaims() throws IOException {
        byte[] claim = ByteBuffer.allocate(5)
                .put((byte) 'F')
                .putInt(MAX_FRAME_BYTES - 5)
                .array();
        receiver.arrive(claim, 0, 5);
        reader.read(receiver);
        byte[] drop = new byte[1];
        for (int i = 0; i < 10_000; i++) {
            receiver.arrive(drop, 0, 1);
            reader.read(receiver);
        }
        assertThat(receiver.deliveries).isEqualTo(1);
        assertThat(pool.lentBytes()).isBetween(10_005L, 64_000L);
    }

    @Test
    void aFrameBeyondTheBoundIsRefusedByItsHeader() throws IOException {
        byte[] claim = ByteBuffer.allocate(5)
                .put((byte) 'F')
                .putInt(MAX_FRAME_BYTES - 4)
                .array();
        receiver.arrive(claim, 0, 5);
        reader.read(receiver);
        assertThat(receiver.tooLarge).isEqualTo(MAX_FRAME_BYTES + 1L);
    }

    @Test
    void aPausedSessionSeesWhatItLeftWhenItResumes() throws IOException {
        byte[] bytes = Peer.frame(new byte[100]);
        receiver.pauseAfterDelivery = true;
        receiver.consume = false;
        receiver.arrive(bytes, 0, bytes.length);
        reader.read(receiver);
        assertThat(receiver.deliveries).isEqualTo(1);
        assertThat(receiver.seen.size()).isZero();
        receiver.reading = true;
        receiver.consume = true;
        reader.redeliver(receiver);
        assertThat(receiver.seen.toByteArray()).isEqualTo(bytes);
        assertThat(pool.lentBytes()).isZero();
    }

    @Test
    void nothingIsReadWhilePaused() throws IOException {
        receiver.reading = false;
        receiver.arrive(new byte[10], 0, 10);
        assertThat(reader.read(receiver)).isZero();
        assertThat(receiver.wire.remaining()).isEqualTo(10);
    }

    @Test
    void theEndOfInputIsToldAfterTheBytesBeforeIt() throws IOException {
        byte[] bytes = Peer.frame(new byte[300_000]);
        receiver.arrive(bytes, 0, bytes.length);
        receiver.ended = true;
        while (reader.read(receiver) != InboundReader.EOF) {
            assertThat(receiver.deliveries).isLessThan(10);
        }
        assertThat(receiver.seen.toByteArray()).isEqualTo(bytes);
    }

    private static final class Receiver implements InboundReader.Receiver, ScatteringByteChannel {
        private final ByteArrayOutputStream seen = new ByteArrayOutputStream();
        private ByteBuffer wire = ByteBuffer.allocate(0);
        private @Nullable PartialFrame partial;
        private boolean reading = true;
        private boolean consume = true;
        private boolean pauseAfterDelivery;
        private boolean ended;
        private int deliveries;
        private long tooLarge;

        void arrive(byte[] bytes, int offset, int count) {
            wire = ByteBuffer.allocate(wire.remaining() + count)
                    .put(wire)
                    .put(bytes, offset, count)
                    .flip();
        }

        @Override
        public int deliver(ByteBuffer bytes) {
            assertThat(reading).as("delivered while paused").isTrue();
            deliveries++;
            reading = !pauseAfterDelivery;
            while (consume && bytes.remaining() >= EchoSession.HEADER_BYTES) {
                assertThat(bytes.get(bytes.position())).isEqualTo((byte) EchoSession.FIRST_BYTE);
                int size = EchoSession.HEADER_BYTES + bytes.getInt(bytes.position() + 1);
                if (bytes.remaining() < size) {
                    return size;
                }
                byte[] frame = new byte[size];
                bytes.get(frame);
                seen.writeBytes(frame);
            }
            return bytes.hasRemaining() ? EchoSession.HEADER_BYTES : 0;
        }

        @Override
        public int read(ByteBuffer into) {
            return (int) read(new ByteBuffer[] {into});
        }

        @Override
        public long read(ByteBuffer[] into) {
            return read(into, 0, into.length);
        }

        @Override
        public long read(ByteBuffer[] into, int offset, int length) {
            if (ended && !wire.hasRemaining()) {
                return -1;
            }
            long count = 0;
            for (int i = offset; i < offset + length; i++) {
                int some = Math.min(into[i].remaining(), wire.remaining());
                into[i].put(wire.slice(wire.position(), some));
                wire.position(wire.position() + some);
                count += some;
            }
            return count;
        }

        @Override
        public ScatteringByteChannel channel() {
            return this;
        }

        @Override
        public boolean reading() {
            return reading;
        }

        @Override
        public void onRead(int count) {
            assertThat(count).isPositive();
        }

        @Override
        public @Nullable PartialFrame partial() {
            return partial;
        }

        @Override
        public void partial(@Nullable PartialFrame frame) {
            partial = frame;
        }

        @Override
        public void onFrameTooLarge(long bytes) {
            tooLarge = bytes;
        }

        @Override
        public boolean closing() {
            return false;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }
}
