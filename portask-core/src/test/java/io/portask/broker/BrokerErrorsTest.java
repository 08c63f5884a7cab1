package io.portask.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Message;
import io.portask.record.RecordBatch;
import io.portask.record.RecordBatchBuilder;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each failed call is counted once, whichever it was; bounds hold. */
class BrokerErrorsTest {
    private static final TopicPartition T = new TopicPartition("t", 0);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Broker broker =
            Broker.builder().store("memory:").meterRegistry(meters).build();

    BrokerErrorsTest() {
        broker.start();
        broker.createTopic("t", 1);
    }

    @AfterEach
    void close() {
        broker.close();
    }

    private void assertCountedOnce(ErrorCode code, Runnable call) {
        double before = count(code);
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        PortaskException.class, e -> assertThat(e.code()).isEqualTo(code));
        assertThat(count(code)).isEqualTo(before + 1);
    }

    private double count(ErrorCode code) {
        return meters.counter("portask.errors", "code", code.name()).count();
    }

    @Test
    void everyFailedCallIsCountedOnce() {
        SubscribeOptions options = SubscribeOptions.of("t");
        assertCountedOnce(ErrorCode.TOPIC_EXISTS, () -> broker.createTopic("t", 1));
        assertCountedOnce(ErrorCode.INVALID_TOPIC_NAME, () -> broker.ensureTopic("a/b"));
        assertCountedOnce(ErrorCode.UNKNOWN_TOPIC, () -> broker.describeTopic("no"));
        assertCountedOnce(ErrorCode.UNKNOWN_TOPIC, () -> broker.deleteTopic("no"));
        assertCountedOnce(ErrorCode.CORRUPT_BATCH, () -> append(ByteBuffer.allocate(70)));
        assertCountedOnce(
                ErrorCode.UNKNOWN_PARTITION,
                () -> broker.publish(Message.of("t", "x").withPartition(3)));
        assertCountedOnce(ErrorCode.OFFSET_OUT_OF_RANGE, () -> broker.fetch(T, 5, 100));
        assertCountedOnce(ErrorCode.OFFSET_OUT_OF_RANGE, () -> broker.subscribe(options.from(StartPosition.offset(9))));
        assertCountedOnce(
                ErrorCode.INVALID_REQUEST, () -> broker.subscribe(options.from(StartPosition.committed()), m -> {}));
        assertCountedOnce(ErrorCode.OFFSET_OUT_OF_RANGE, () -> broker.trim(T, 9));
        assertCountedOnce(ErrorCode.INVALID_REQUEST, () -> broker.commit("c", Map.of(T, -1L)));
        assertCountedOnce(ErrorCode.INVALID_REQUEST, () -> broker.committed(""));
    }

    @Test
    void aReadThatGoesOnAfterATrimIsNoError() {
        broker.publish(Message.of("t", "a"));
        broker.publish(Message.of("t", "b"));
        Cursor cursor = Blocking.await(broker.openCursor(T, StartPosition.earliest(), null, () -> {}));
        broker.trim(T, 1);
        assertThat(Blocking.await(cursor.read(100)).startOffset()).isEqualTo(1);
        assertThat(count(ErrorCode.OFFSET_OUT_OF_RANGE)).isZero();
    }

    @Test
    void aBatchThatLiesAboutItsLatestTimestampIsRefused() {
        try (RecordBatchBuilder builder = new RecordBatchBuilder(256)) {
            ByteBuffer batch = builder.append(100, null, null, List.of())
                    .append(90, null, null, List.of())
                    .build();
            append(batch);
            batch.putLong(RecordBatch.MAX_TIMESTAMP_OFFSET, 99);
            RecordBatch flyweight = new RecordBatch().wrap(batch, 0);
            batch.putInt(RecordBatch.CRC_OFFSET, flyweight.computeChecksum());
            assertCountedOnce(ErrorCode.CORRUPT_BATCH, () -> append(batch));
        }
    }

    private void append(ByteBuffer batches) {
        Blocking.await(broker.append(T, batches, null));
    }

    @Test
    void topicsThatWereThereBeforeCountAgainstTheLimit(@TempDir Path directory) {
        String uri = directory.toUri().toString();
        try (Broker first = Broker.open(uri)) {
            first.createTopic("a", 1);
            first.createTopic("b", 1);
        }
        BrokerConfig two = BrokerConfig.builder().maxTopics(2).build();
        try (Broker second = Broker.builder().store(uri).config(two).build()) {
            second.start();
            assertThatThrownBy(() -> second.publish(Message.of("c", "x")))
                    .isInstanceOfSatisfying(
                            PortaskException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OVERLOADED));
            assertThatThrownBy(() -> second.createTopic("a", 1))
                    .isInstanceOfSatisfying(
                            PortaskException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOPIC_EXISTS));
            second.deleteTopic("a");
            assertThat(second.publish(Message.of("c", "x")).offset()).isZero();
        }
    }
}
