package io.portask.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RecordBatchBuilderTest {
    private final RecordBatchBuilder builder = new RecordBatchBuilder(0);
    private final RecordBatch batch = new RecordBatch();

    @AfterEach
    void close() {
        builder.close();
    }

    @Test
    void resetForgetsRecordsProducerAndOffsets() {
        builder.baseOffset(10).producer(1, (short) 2, 3).append(99, utf8("k"), utf8("v"), List.of());
        assertThat(builder.isEmpty()).isFalse();
        builder.reset();
        assertThat(builder.isEmpty()).isTrue();
        assertThat(builder.sizeInBytes()).isEqualTo(RecordBatch.HEADER_SIZE);
        batch.wrapChecked(builder.append(5, null, null, List.of()).build(), 0);
        assertThat(batch.baseOffset()).isZero();
        assertThat(batch.hasProducerId()).isFalse();
        assertThat(batch.baseTimestamp()).isEqualTo(5);
        assertThat(batch.maxTimestamp()).isEqualTo(5);
        assertThat(batch.recordCount()).isEqualTo(1);
    }

    @Test
    void sizeIsThatOfTheUncompressedBatch() {
        builder.compression(Compression.NONE);
        for (int i = 0; i < 100; i++) {
            builder.append(i, utf8("key" + i), new byte[i], List.of(new Header("ä", null)));
        }
        assertThat(builder.build().remaining()).isEqualTo(builder.sizeInBytes());
    }

    @Test
    void batchIsBigEndianAndFillsTheBuffer() {
        ByteBuffer built = builder.append(1, null, utf8("v"), List.of()).build();
        assertThat(built.order()).isEqualTo(ByteOrder.BIG_ENDIAN);
        assertThat(built.position()).isZero();
        assertThat(batch.wrapChecked(built, 0).sizeInBytes()).isEqualTo(built.limit());
    }

    @Test
    void appendingGoesOnAfterBuild() {
        builder.append(1, null, utf8("a"), List.of()).build();
        ByteBuffer built = builder.append(2, null, utf8("b"), List.of()).build();
        assertThat(TestRecords.decode(built)).extracting(ReceivedMessage::text).containsExactly("a", "b");
    }

    @Test
    void rangesOfArraysAreTaken() {
        byte[] bytes = utf8("0123456789");
        ByteBuffer built =
                builder.append(1, bytes, 2, 3, bytes, 9, 1, List.of()).build();
        ReceivedMessage message = TestRecords.decode(built).get(0);
        assertThat(message.keyText()).isEqualTo("234");
        assertThat(message.text()).isEqualTo("9");
    }

    @Test
    void rangesBeyondTheArrayAreRefusedAndLeaveTheBatchAsItWas() {
        assertThatThrownBy(() -> builder.append(1, new byte[3], 2, 2, null, 0, 0, List.of()))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(builder.isEmpty()).isTrue();
        assertThat(builder.sizeInBytes()).isEqualTo(RecordBatch.HEADER_SIZE);
    }

    @Test
    void offsetsMayHaveGaps() {
        builder.append(2, 10, null, 0, 0, utf8("a"), 0, 1, List.of())
                .append(7, 11, null, 0, 0, utf8("b"), 0, 1, List.of())
                .lastOffsetDelta(9);
        ByteBuffer built = builder.baseOffset(100).build();
        assertThat(batch.wrapChecked(built, 0).lastOffset()).isEqualTo(109);
        assertThat(TestRecords.decode(built))
                .extracting(ReceivedMessage::offset)
                .containsExactly(102L, 107L);
    }

    @Test
    void offsetsMustGrow() {
        builder.append(3, 10, null, 0, 0, null, 0, 0, List.of());
        assertThatThrownBy(() -> builder.append(3, 10, null, 0, 0, null, 0, 0, List.of()))
                .hasMessageContaining("Offset delta 3 is not beyond the one before, 3");
        assertThatThrownBy(() -> builder.lastOffsetDelta(2)).hasMessageContaining("cannot go back from 3 to 2");
    }

    @Test
    void nothingIsNotABatch() {
        assertThatThrownBy(builder::build)
                .isInstanceOfSatisfying(
                        PortaskException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST));
    }

    @Test
    void smallBatchesAreNotCompressed() {
        builder.compression(Compression.ZSTD).append(1, null, new byte[900], List.of());
        assertThat(batch.wrapChecked(builder.build(), 0).compressionCode()).isZero();
    }

    @Test
    void batchesThatDoNotShrinkAreNotCompressed() {
        byte[] noise = new byte[20_000];
        new Random(1).nextBytes(noise);
        builder.compression(Compression.ZSTD).append(1, null, noise, List.of());
        ByteBuffer built = builder.build();
        assertThat(batch.wrapChecked(built, 0).compressionCode()).isZero();
        assertThat(TestRecords.decode(built).get(0).value()).isEqualTo(noise);
    }

    @Test
    void compressedBatchesNameTheirContentSize() {
        builder.compression(Compression.ZSTD).append(1, null, new byte[20_000], List.of());
        ByteBuffer built = builder.build();
        assertThat(batch.wrapChecked(built, 0).compressionCode()).isEqualTo(Compression.ZSTD.code());
        assertThat(built.remaining()).isLessThan(200);
        long claimed = Zstd.getDirectByteBufferFrameContentSize(
                built, RecordBatch.HEADER_SIZE, built.limit() - RecordBatch.HEADER_SIZE);
        assertThat(claimed).isEqualTo(builder.sizeInBytes() - RecordBatch.HEADER_SIZE);
    }

    @Test
    void extremeTimestampsSurvive() {
        builder.append(Long.MIN_VALUE, null, null, List.of()).append(Long.MAX_VALUE, null, null, List.of());
        assertThat(TestRecords.decode(builder.build()))
                .extracting(ReceivedMessage::timestamp)
                .containsExactly(Long.MIN_VALUE, Long.MAX_VALUE);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
