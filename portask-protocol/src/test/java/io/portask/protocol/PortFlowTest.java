package io.portask.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Bounds, order, shutdown, and what sessions do to each other: nothing. */
class PortFlowTest extends PortSessionTestBase {
    private static final ByteBuffer BATCH = TestBatches.batch(0, "k", "a");

    @Test
    void requestsInFlightAreBoundedByNotReading() {
        TestPeer peer =
                TestPeer.open(protocol(PortConfig.builder().maxInFlight(4).build()));
        peer.published(ORDERS, 2, BATCH);
        store.hold("append");
        ByteBuffer[] publishes = new ByteBuffer[10];
        for (int i = 0; i < publishes.length; i++) {
            publishes[i] = publish(peer, 10 + i);
        }
        peer.sendRaw(Frames.concat(publishes));

        assertThat(store.heldCount()).isEqualTo(4);
        assertThat(peer.connection.paused).isTrue();
        assertThat(peer.connection.leftBytes()).isEqualTo(6 * publishes[0].limit());
        while (store.heldCount() > 0) {
            store.release();
            peer.connection.runTasks();
        }
        for (int i = 0; i < publishes.length; i++) {
            assertThat(PublishResponse.decode(peer.answer(FrameType.PUBLISH, 10 + i))
                            .baseOffset())
                    .isEqualTo(1 + i);
        }
        assertThat(peer.connection.paused).isFalse();
        assertThat(peer.connection.leftBytes()).isZero();
    }

    private static ByteBuffer publish(TestPeer peer, int id) {
        return peer.frame(FrameType.PUBLISH, id, out -> {
            PublishRequest.encode(out, ORDERS, null);
            out.bytes(BATCH);
        });
    }

    @Test
    void answersMayOvertakeEachOtherButAppendsDoNot() {
        TestPeer peer = TestPeer.open(protocol());
        peer.published(ORDERS, 2, BATCH);
        store.hold("append");
        peer.sendRaw(Frames.concat(publish(peer, 10), publish(peer, 11)));
        peer.send(FrameType.HEARTBEAT, 12, out -> out.i64(1));
        peer.answer(FrameType.HEARTBEAT, 12);
        store.releaseNewestFirst();
        assertThat(PublishResponse.decode(peer.answer(FrameType.PUBLISH, 11)).baseOffset())
                .isEqualTo(2);
        assertThat(PublishResponse.decode(peer.answer(FrameType.PUBLISH, 10)).baseOffset())
                .isEqualTo(1);
    }

    @Test
    void answersAreNotMadeForAPeerThatDoesNotTakeThem() {
        TestPeer peer = TestPeer.open(protocol());
        peer.connection.writable = false;
        peer.sendRaw(Frames.concat(Frames.heartbeat(1), Frames.heartbeat(2), Frames.heartbeat(3)));
        peer.answer(FrameType.HEARTBEAT, 1);
        peer.assertSilent();
        assertThat(peer.connection.paused).isTrue();
        peer.connection.becomeWritable();
        peer.answer(FrameType.HEARTBEAT, 2);
        peer.answer(FrameType.HEARTBEAT, 3);
        assertThat(peer.connection.paused).isFalse();
    }

    @Test
    void shutdownAnswersWhatIsInFlightAndSaysGoodbye() {
        TestPeer peer = TestPeer.open(protocol());
        peer.published(ORDERS, 2, BATCH);
        peer.subscribed(ORDERS, 3, 0);
        store.hold("append");
        peer.sendRaw(publish(peer, 10));
        peer.session.onShutdown();
        peer.sendRaw(Frames.heartbeat(11));
        peer.assertSilent();
        assertThat(peer.connection.closeReason).isNull();
        store.release();
        peer.connection.runTasks();
        assertThat(PublishResponse.decode(peer.answer(FrameType.PUBLISH, 10)).baseOffset())
                .isEqualTo(1);
        peer.assertError(ErrorCode.SHUTTING_DOWN, 0);
        peer.assertSilent();
    }

    @Test
    void shutdownOfASessionWithNothingInFlightIsImmediate() {
        TestPeer peer = new TestPeer(protocol());
        peer.session.onShutdown();
        peer.assertError(ErrorCode.SHUTTING_DOWN, 0);
        peer.session.onShutdown();
        peer.assertSilent();
    }

    @Test
    void answersToAClosedConnectionAreDropped() {
        TestPeer peer = TestPeer.open(protocol());
        peer.published(ORDERS, 2, BATCH);
        store.hold("append");
        peer.sendRaw(Frames.concat(publish(peer, 10), ByteBuffer.allocate(24)));
        peer.assertError(ErrorCode.BAD_MAGIC, 0);
        store.release();
        peer.assertSilent();
    }

    @Test
    void malformedInputDisturbsNoOtherSession() {
        PortProtocol protocol = protocol();
        TestPeer good = TestPeer.open(protocol);
        good.subscribed(ORDERS, 3, 100 << 20);
        long seed = 7;
        Random random = new Random(seed);
        BatchesPayload offsets = new BatchesPayload();
        for (int i = 0; i < 300; i++) {
            TestPeer bad = TestPeer.open(protocol);
            ByteBuffer bytes = Frames.concat(publish(bad, 4), Frames.heartbeat(5));
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                int at = random.nextInt(bytes.limit());
                bytes.put(at, (byte) (bytes.get(at) ^ 1 << random.nextInt(8)));
            }
            bad.connection.receive(bytes);
            long end = good.published(ORDERS, 6, BATCH).nextOffset();
            while (offsets.nextOffset() < end) {
                good.delivery(3, offsets);
            }
            good.assertSilent();
        }
        assertThat(store.openResults).as("seed %d", seed).isZero();
    }
}
