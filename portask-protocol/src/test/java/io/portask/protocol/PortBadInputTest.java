package io.portask.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.RecordBatch;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a served connection does with bad input, and that another one goes on. */
class PortBadInputTest extends PortSessionTestBase {
    private static final int ONE_GIB = 1 << 30;
    private static final int LITTLE = 256 << 10;
    private static final ByteBuffer GOOD = TestBatches.batch(0, "k", "a");

    static Stream<Arguments> fatalFrames() {
        return Stream.of(
                Arguments.of(ErrorCode.BAD_MAGIC, changed(FrameHeader.MAGIC_OFFSET, (byte) 'p')),
                Arguments.of(ErrorCode.UNSUPPORTED_VERSION, changed(FrameHeader.VERSION_OFFSET, (byte) 2)),
                Arguments.of(ErrorCode.UNKNOWN_FLAGS, changed(FrameHeader.FLAGS_OFFSET, (byte) 1)),
                Arguments.of(
                        ErrorCode.BAD_HEADER_CHECKSUM,
                        Frames.heartbeat(4).put(FrameHeader.HEADER_CHECKSUM_OFFSET, (byte) 99)),
                Arguments.of(
                        ErrorCode.FRAME_TOO_LARGE,
                        Frames.fixHeaderChecksum(
                                Frames.heartbeat(4).putInt(FrameHeader.PAYLOAD_LENGTH_OFFSET, Integer.MIN_VALUE))),
                Arguments.of(ErrorCode.BAD_COMPRESSION, Frames.compressed(Zstds.frame(ONE_GIB, 250, 128 << 10))),
                Arguments.of(ErrorCode.BAD_COMPRESSION, Frames.compressed(Zstds.frame(1000, 250, 128 << 10))));
    }

    private static ByteBuffer changed(int at, byte value) {
        return Frames.fixChecksums(Frames.heartbeat(4).put(at, value));
    }

    @ParameterizedTest
    @MethodSource("fatalFrames")
    void fatalFrameEndsItsOwnConnectionAndAllocatesLittle(ErrorCode code, ByteBuffer frame) {
        PortProtocol protocol = protocol();
        TestPeer bystander = TestPeer.open(protocol);
        bystander.subscribed(ORDERS, 3, ONE_GIB);
        refuse(TestPeer.open(protocol), code, frame);
        TestPeer peer = TestPeer.open(protocol);
        long before = directBytes();

        refuse(peer, code, frame);

        assertThat(directBytes() - before).isLessThan(LITTLE);
        bystander.publish(ORDERS, 4, GOOD);
        bystander.answer(FrameType.PUBLISH, 4);
        bystander.delivery(3, new BatchesPayload());
    }

    private static void refuse(TestPeer peer, ErrorCode code, ByteBuffer frame) {
        peer.sendRaw(frame.duplicate());
        peer.assertError(code, 0);
        peer.sendRaw(Frames.heartbeat(5));
        peer.assertSilent();
    }

    private static long directBytes() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getTotalCapacity)
                .sum();
    }

    @Test
    void truncatedFrameThenCloseStoresNothing() {
        PortProtocol protocol = protocol();
        TestPeer peer = TestPeer.open(protocol);
        ByteBuffer publish = publish(peer);
        for (int size = 1; size < publish.limit(); size++) {
            TestPeer cut = TestPeer.open(protocol);
            cut.sendRaw(publish.slice(0, size));
            cut.assertSilent();
            cut.connection.close(new PortaskException(ErrorCode.CONNECTION_LOST, "gone"));
        }
        assertThat(peer.published(ORDERS, 2, GOOD).baseOffset()).isZero();
    }

    @Test
    void requestInOneBytePiecesIsServedOnce() {
        TestPeer peer = TestPeer.open(protocol());
        ByteBuffer publish = publish(peer);
        for (int at = 0; at < publish.limit(); at++) {
            peer.assertSilent();
            peer.sendRaw(publish.slice(at, 1));
        }
        assertThat(PublishResponse.decode(peer.answer(FrameType.PUBLISH, 9)).baseOffset())
                .isZero();
        assertThat(peer.published(ORDERS, 2, GOOD).baseOffset()).isEqualTo(1);
    }

    private static ByteBuffer publish(TestPeer peer) {
        return peer.frame(FrameType.PUBLISH, 9, out -> {
            PublishRequest.encode(out, ORDERS, null);
            out.bytes(GOOD);
        });
    }

    static Stream<Arguments> badBatches() {
        return Stream.of(
                Arguments.of("wrong CRC", goodCopy().put(RecordBatch.CRC_OFFSET, (byte) 99)),
                Arguments.of("wrong magic", sealed(goodCopy().put(RecordBatch.MAGIC_OFFSET, (byte) 1))),
                Arguments.of(
                        "negative number of records", sealed(goodCopy().putInt(RecordBatch.RECORD_COUNT_OFFSET, -1))),
                Arguments.of(
                        "more records than there are",
                        sealed(goodCopy()
                                .putInt(RecordBatch.RECORD_COUNT_OFFSET, 2)
                                .putInt(RecordBatch.LAST_OFFSET_DELTA_OFFSET, 1))),
                Arguments.of(
                        "negative last offset delta",
                        sealed(goodCopy().putInt(RecordBatch.LAST_OFFSET_DELTA_OFFSET, -1))),
                Arguments.of("negative length", goodCopy().putInt(RecordBatch.LENGTH_OFFSET, -1)),
                Arguments.of("varint overflow", sealed(withRecords(new byte[] {-1, -1, -1, -1, -1, 1, 0, 0}))),
                Arguments.of("varint cut short", sealed(withRecords(new byte[] {-1, -1}))),
                Arguments.of("negative record length", sealed(withRecords(new byte[] {1, 0, 0, 0, 0, 0, 0}))),
                Arguments.of("negative header count", sealed(withRecords(new byte[] {12, 0, 0, 0, 1, 1, 1}))),
                Arguments.of(
                        "unknown compression", sealed(goodCopy().putShort(RecordBatch.ATTRIBUTES_OFFSET, (short) 7))),
                Arguments.of("bytes that are no zstd", sealed(goodCopy().putShort(RecordBatch.ATTRIBUTES_OFFSET, (short)
                        4))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badBatches")
    void badBatchIsRefusedByNameAndNothingOfItsPublishIsStored(String what, ByteBuffer batch) {
        TestPeer peer = TestPeer.open(protocol());
        peer.published(ORDERS, 2, GOOD);
        peer.publish(ORDERS, 3, batch);
        peer.assertError(ErrorCode.CORRUPT_BATCH, 3);
        peer.publish(ORDERS, 4, Frames.concat(GOOD, batch));
        peer.assertError(ErrorCode.CORRUPT_BATCH, 4);
        assertThat(peer.published(ORDERS, 5, GOOD).baseOffset()).isEqualTo(1);
    }

    @Test
    void batchThatClaimsTwoGibibytesIsRefused() {
        TestPeer peer = TestPeer.open(protocol());
        peer.publish(ORDERS, 2, goodCopy().putInt(RecordBatch.LENGTH_OFFSET, Integer.MAX_VALUE));
        peer.assertError(ErrorCode.BATCH_TOO_LARGE, 2);
    }

    @Test
    void batchThatInflatesToAGibibyteIsRefusedAndAllocatesLittle() {
        TestPeer peer = TestPeer.open(protocol());
        for (int i = 0; i < 2; i++) {
            long before = directBytes();
            peer.publish(ORDERS, 3, zstdBatch(Zstds.frame(ONE_GIB, 8192, 128 << 10)));
            peer.assertError(ErrorCode.BATCH_TOO_LARGE, 3);
            assertThat(directBytes() - before).isLessThan(LITTLE);
        }
    }

    private static ByteBuffer zstdBatch(ByteBuffer zstd) {
        byte[] bytes = new byte[zstd.remaining()];
        zstd.get(bytes);
        return sealed(withRecords(bytes).putShort(RecordBatch.ATTRIBUTES_OFFSET, (short) 4));
    }

    private static ByteBuffer goodCopy() {
        return CollectedFrames.copy(GOOD);
    }

    private static ByteBuffer withRecords(byte[] records) {
        return Frames.concat(GOOD.slice(0, RecordBatch.HEADER_SIZE), ByteBuffer.wrap(records));
    }

    /** Length and checksum fit whatever the batch holds now. */
    private static ByteBuffer sealed(ByteBuffer batch) {
        batch.putInt(RecordBatch.LENGTH_OFFSET, batch.limit() - RecordBatch.LENGTH_PREFIX_SIZE);
        return batch.putInt(
                RecordBatch.CRC_OFFSET,
                Frames.crc(batch.slice(RecordBatch.ATTRIBUTES_OFFSET, batch.limit() - RecordBatch.ATTRIBUTES_OFFSET)));
    }

    @Test
    void unknownTopicPartitionAndOffsetAreNamed() {
        TestPeer peer = TestPeer.open(protocol());
        peer.published(ORDERS, 2, GOOD);
        assertThat(fetchError(peer, new TopicPartition("nobody", 0), 0, ErrorCode.UNKNOWN_TOPIC))
                .contains("nobody");
        assertThat(fetchError(peer, new TopicPartition("orders", 7), 0, ErrorCode.UNKNOWN_PARTITION))
                .contains("orders")
                .contains("7");
        assertThat(fetchError(peer, ORDERS, 99, ErrorCode.OFFSET_OUT_OF_RANGE)).contains("99", "0 to 1");
        assertThat(subscribeError(peer, new TopicPartition("orders", 7), 0, ErrorCode.UNKNOWN_PARTITION))
                .contains("7");
        assertThat(subscribeError(peer, ORDERS, 99, ErrorCode.OFFSET_OUT_OF_RANGE))
                .contains("99", "0 to 1");
    }

    private static String fetchError(TestPeer peer, TopicPartition from, long offset, ErrorCode code) {
        peer.send(FrameType.FETCH, 3, new FetchRequest(from, offset, 1 << 20, 1, 0)::encode);
        return peer.assertError(code, 3).text();
    }

    private static String subscribeError(TestPeer peer, TopicPartition from, long offset, ErrorCode code) {
        peer.send(FrameType.SUBSCRIBE, 3, new SubscribeRequest(from, StartPosition.offset(offset), null, 1)::encode);
        return peer.assertError(code, 3).text();
    }
}
