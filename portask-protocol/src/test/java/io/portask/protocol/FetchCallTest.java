package io.portask.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.store.TopicConfig;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FetchCallTest extends PortSessionTestBase {
    private static final int MAX = 1 << 20;

    private final BatchesPayload offsets = new BatchesPayload();

    private static void fetch(TestPeer peer, int id, long offset, int maxBytes, int minBytes, int maxWaitMs) {
        peer.send(FrameType.FETCH, id, new FetchRequest(ORDERS, offset, maxBytes, minBytes, maxWaitMs)::encode);
    }

    private ByteBuffer fetched(TestPeer peer, int id) {
        ByteBuffer payload = peer.answer(FrameType.FETCH, id);
        offsets.wrap(payload);
        return payload;
    }

    @Test
    void fetchAnswersAtOnceWhatIsThere() {
        TestPeer peer = TestPeer.open(protocol());
        ByteBuffer batch = TestBatches.batch(0, "k", "a", "b");
        peer.published(ORDERS, 2, batch);
        fetch(peer, 3, 0, MAX, 1, 1000);
        assertThat(fetched(peer, 3)).isEqualTo(batch);
        assertThat(offsets.nextOffset()).isEqualTo(2);
        assertThat(peer.connection.timers()).isZero();
    }

    @Test
    void fetchAtTheEndWithoutWaitingIsEmpty() {
        TestPeer peer = TestPeer.open(protocol());
        peer.published(ORDERS, 2, TestBatches.batch(0, "k", "a"));
        fetch(peer, 3, 1, MAX, 1, 0);
        assertThat(fetched(peer, 3).hasRemaining()).isFalse();
        assertThat(offsets.nextOffset()).isEqualTo(1);
        assertThat(offsets.endOffset()).isEqualTo(1);
    }

    @Test
    void oneBatchIsSentEvenIfItIsLargerThanMaxBytes() {
        TestPeer peer = TestPeer.open(protocol());
        ByteBuffer batch = TestBatches.ofSize(5000);
        peer.published(ORDERS, 2, batch);
        peer.published(ORDERS, 2, batch);
        fetch(peer, 3, 0, 100, 5000, 1000);
        assertThat(fetched(peer, 3)).isEqualTo(batch);
    }

    @Test
    void errorsAnswerTheFetch() {
        TestPeer peer = TestPeer.open(protocol());
        fetch(peer, 2, 0, MAX, 1, 0);
        peer.assertError(ErrorCode.UNKNOWN_TOPIC, 2);
        peer.published(ORDERS, 3, TestBatches.batch(0, "k", "a"));
        fetch(peer, 4, 9, MAX, 1, 1000);
        peer.assertError(ErrorCode.OFFSET_OUT_OF_RANGE, 4);
    }

    @Test
    void longPollIsAnsweredWhenEnoughBytesAreThere() {
        TestPeer peer = TestPeer.open(protocol());
        ByteBuffer batch = TestBatches.batch(0, "k", "a");
        int size = batch.limit();
        peer.published(ORDERS, 2, batch);
        fetch(peer, 3, 0, MAX, 3 * size, 1000);
        peer.assertSilent();
        peer.published(ORDERS, 4, batch);
        peer.assertSilent();
        peer.publish(ORDERS, 5, batch);
        peer.answer(FrameType.PUBLISH, 5);
        assertThat(fetched(peer, 3).remaining()).isEqualTo(3 * size);
        assertThat(peer.connection.timers()).isZero();
        assertThat(store.openResults).isZero();
    }

    @Test
    void longPollIsAnsweredWithWhatIsThereWhenItsTimeIsOver() {
        TestPeer peer = TestPeer.open(protocol());
        ByteBuffer batch = TestBatches.batch(0, "k", "a");
        peer.published(ORDERS, 2, batch);
        fetch(peer, 3, 0, MAX, MAX, 1000);
        peer.connection.advance(999);
        peer.assertSilent();
        peer.connection.advance(1);
        assertThat(fetched(peer, 3)).isEqualTo(batch);
        assertThat(peer.connection.timers()).isZero();
    }

    @Test
    void longPollAtTheEndOfAnEmptyPartitionIsWokenByTheFirstMessage() {
        TestPeer peer = TestPeer.open(protocol());
        peer.send(FrameType.TOPICS, 2, TopicsRequest.create("orders", 1, TopicConfig.DEFAULT)::encode);
        peer.next();
        fetch(peer, 3, 0, MAX, 1, 1000);
        peer.assertSilent();
        ByteBuffer batch = TestBatches.batch(0, "k", "a");
        peer.publish(ORDERS, 4, batch);
        peer.answer(FrameType.PUBLISH, 4);
        assertThat(fetched(peer, 3)).isEqualTo(batch);
    }

    @Test
    void longPollIsAnsweredAtShutdown() {
        TestPeer peer = TestPeer.open(protocol());
        peer.published(ORDERS, 2, TestBatches.batch(0, "k", "a"));
        fetch(peer, 3, 1, MAX, 1, 100_000);
        peer.session.onShutdown();
        assertThat(fetched(peer, 3).hasRemaining()).isFalse();
        peer.assertError(ErrorCode.SHUTTING_DOWN, 0);
    }

    @Test
    void timeThatIsOverDuringAReadIsHeededAfterIt() {
        TestPeer peer = TestPeer.open(protocol());
        ByteBuffer batch = TestBatches.batch(0, "k", "a");
        peer.published(ORDERS, 2, batch);
        fetch(peer, 3, 0, MAX, MAX, 1000);
        store.hold("read");
        peer.published(ORDERS, 4, batch);
        peer.connection.advance(1000);
        store.hold("none");
        store.release();
        assertThat(fetched(peer, 3).remaining()).isEqualTo(2 * batch.limit());
        assertThat(store.openResults).isZero();
    }

    @Test
    void requestsBehindAWaitingFetchAreServed() {
        TestPeer peer =
                TestPeer.open(protocol(PortConfig.builder().maxInFlight(1).build()));
        peer.published(ORDERS, 2, TestBatches.batch(0, "k", "a"));
        fetch(peer, 3, 1, MAX, 1, 1000);
        fetch(peer, 4, 1, MAX, 1, 1000);
        peer.publish(ORDERS, 5, TestBatches.batch(0, "k", "a"));
        peer.answer(FrameType.PUBLISH, 5);
        fetched(peer, 3);
        fetched(peer, 4);
    }

    @Test
    void waitingFetchesOfOneConnectionAreBounded() {
        TestPeer peer =
                TestPeer.open(protocol(PortConfig.builder().maxSubscriptions(1).build()));
        peer.published(ORDERS, 2, TestBatches.batch(0, "k", "a"));
        fetch(peer, 3, 1, MAX, 1, 1000);
        fetch(peer, 4, 1, MAX, 1, 1000);
        peer.assertError(ErrorCode.OVERLOADED, 4);
        peer.connection.advance(1000);
        fetched(peer, 3);
        fetch(peer, 5, 1, MAX, 1, 1000);
        peer.assertSilent();
    }

    @Test
    void fetchesThatEndTogetherAreAnsweredAsThePeerTakesThem() {
        PortProtocol protocol = protocol();
        TestPeer peer = TestPeer.open(protocol);
        peer.published(ORDERS, 2, TestBatches.batch(0, "k", "a"));
        ByteBuffer batch = TestBatches.ofSize(5000);
        for (int id = 10; id < 20; id++) {
            fetch(peer, id, 1, MAX, 1, 1000);
        }
        peer.connection.highWatermark = 1;
        TestPeer.open(protocol).published(ORDERS, 2, batch);
        Set<Integer> answered = new HashSet<>();
        while (answered.size() < 10) {
            peer.connection.runTasks();
            assertThat(peer.connection.queuedBytes()).isBetween(5000L, 6000L);
            answered.add(peer.next().correlationId());
            peer.connection.becomeWritable();
        }
        peer.assertSilent();
        assertThat(store.openResults).isZero();
    }

    @Test
    void readsThatRunAtTheSameTimeAreBounded() {
        TestPeer peer = TestPeer.open(protocol());
        peer.published(ORDERS, 2, TestBatches.batch(0, "k", "a"));
        store.hold("read");
        for (int id = 10; id < 20; id++) {
            fetch(peer, id, 0, MAX, 1, 1000);
        }
        assertThat(store.heldCount()).isEqualTo(FetchCalls.MAX_READING_BYTES / MAX);
        store.hold("none");
        store.release();
        for (int id = 10; id < 20; id++) {
            assertThat(peer.next().type()).isEqualTo(FrameType.FETCH);
        }
        assertThat(store.openResults).isZero();
    }

    @Test
    void encryptedAnswerIsNoLargerThanTheFrameLimitEither() {
        PortKeys keys = PortKeys.of("x".repeat(PortKeys.MAX_ID_LENGTH), new byte[32]);
        TestPeer peer = new TestPeer(protocol(PortConfig.builder().keys(keys).build()), keys);
        int limit = peer.hello(null).maxFrameBytes();
        FetchRequest everything = new FetchRequest(ORDERS, 0, Integer.MAX_VALUE, 1, 0);
        FetchCall call = new FetchCall((PortSession) peer.session, everything, 0, 3);
        int payload = BatchesPayload.BATCHES_OFFSET + call.maxBytes();
        assertThat(FrameSealer.create(keys).sealedSize(payload)).isEqualTo(limit);
    }

    @Test
    void closedConnectionFreesItsFetches() {
        TestPeer peer = TestPeer.open(protocol());
        peer.published(ORDERS, 2, TestBatches.batch(0, "k", "a"));
        fetch(peer, 3, 1, MAX, 1, 1000);
        store.hold("read");
        fetch(peer, 4, 0, MAX, 1, 1000);
        peer.connection.close(new PortaskException(ErrorCode.CONNECTION_LOST, "gone"));
        store.release();
        assertThat(store.openResults).isZero();
        assertThat(peer.connection.timers()).isZero();
    }
}
