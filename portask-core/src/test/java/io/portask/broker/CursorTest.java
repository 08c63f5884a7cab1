package io.portask.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Message;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import io.portask.store.MessageStore;
import io.portask.store.MessageStores;
import io.portask.store.StoreContext;
import io.portask.store.TopicSpec;
import io.portask.store.contract.HeldStore;
import java.time.Clock;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a cursor sees when its topic goes away, and how it waits. */
class CursorTest {
    private static final TopicPartition T = new TopicPartition("t", 0);

    private final MessageStore store =
            MessageStores.create("memory:", new StoreContext(new SimpleMeterRegistry(), Clock.systemUTC()));
    private final Broker broker = Broker.builder().store(store).build();

    @BeforeEach
    void start() {
        broker.start();
        broker.createTopic("t", 1);
    }

    @AfterEach
    void close() {
        broker.close();
    }

    private Cursor open(StartPosition from, Runnable onMoreData) {
        return Blocking.await(broker.openCursor(T, from, null, onMoreData));
    }

    private static boolean readsNothing(Cursor cursor) {
        return Blocking.await(cursor.read(1000)).isEmpty();
    }

    private static void assertDeleted(Cursor cursor) {
        assertThatThrownBy(() -> Blocking.await(cursor.read(1000)))
                .isInstanceOfSatisfying(
                        PortaskException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNKNOWN_TOPIC))
                .hasMessageContaining("was deleted while it was read");
    }

    @Test
    void aTopicDeletedAndCreatedAgainEndsTheCursor() {
        AtomicInteger woken = new AtomicInteger();
        Cursor cursor = open(StartPosition.latest(), woken::incrementAndGet);
        assertThat(readsNothing(cursor)).isTrue();
        assertThat(cursor.arm()).isTrue();
        broker.deleteTopic("t");
        broker.createTopic("t", 1);
        assertThat(woken).hasValue(1);
        assertDeleted(cursor);
    }

    @Test
    void aTopicReplacedBehindTheBrokersBackEndsTheCursor() {
        for (int i = 0; i < 5; i++) {
            broker.publish(Message.of("t", "x"));
        }
        Cursor cursor = open(StartPosition.earliest(), () -> {});
        Blocking.await(store.deleteTopic("t"));
        Blocking.await(store.createTopic(new TopicSpec("t", 1)));
        assertDeleted(cursor);
        Cursor anew = open(StartPosition.earliest(), () -> {});
        assertThat(readsNothing(anew)).isTrue();
        assertThat(anew.arm()).isTrue();
    }

    @Test
    void aReplacedTopicThatIsShorterThanThePositionEndsTheCursor() {
        broker.publish(Message.of("t", "x"));
        Cursor cursor = open(StartPosition.latest(), () -> {});
        Blocking.await(store.deleteTopic("t"));
        Blocking.await(store.createTopic(new TopicSpec("t", 1)));
        assertDeleted(cursor);
    }

    @Test
    void publishingGoesOnAfterATopicWasDeletedBehindTheBrokersBack() {
        broker.publish(Message.of("t", "x"));
        Blocking.await(store.deleteTopic("t"));
        assertThatThrownBy(() -> broker.publish(Message.of("t", "y"))).hasMessageContaining("'t'");
        assertThat(broker.publish(Message.of("t", "z")).offset()).isZero();
    }

    @ParameterizedTest
    @EnumSource(names = {"UNKNOWN_TOPIC", "UNKNOWN_PARTITION"})
    void aStoreThatLosesTheTopicBeforeItTellsEndsTheCursorAllTheSame(ErrorCode code) {
        HeldStore losing = new HeldStore();
        try (Broker other = Broker.builder().store(losing.store()).build()) {
            other.start();
            other.createTopic("t", 1);
            Cursor cursor = Blocking.await(other.openCursor(T, StartPosition.earliest(), null, () -> {}));
            losing.fail("read", code);
            assertDeleted(cursor);
            assertThat(cursor.isDeleted()).isTrue();
        }
    }

    @Test
    void oneFailingCallbackDisturbsNeitherPublishersNorOtherCursors() {
        AtomicInteger woken = new AtomicInteger();
        Cursor failing = open(StartPosition.latest(), () -> {
            throw new IllegalStateException("no");
        });
        Cursor other = open(StartPosition.latest(), woken::incrementAndGet);
        assertThat(failing.arm()).isTrue();
        assertThat(other.arm()).isTrue();
        assertThat(broker.publish(Message.of("t", "x")).offset()).isZero();
        assertThat(woken).hasValue(1);
    }

    @Test
    void aClosedCursorWaitsNoMore() {
        PartitionHub hub = new PartitionHub(T);
        Cursor cursor = new Cursor(broker, hub, 0, () -> {});
        assertThat(cursor.arm()).isTrue();
        assertThat(hub.waitingCount()).isEqualTo(1);
        cursor.close();
        assertThat(hub.waitingCount()).isZero();
        cursor.arm();
        assertThat(hub.waitingCount()).isZero();
    }
}
