package io.portask.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Random;
import org.apache.kafka.common.utils.ByteUtils;
import org.junit.jupiter.api.Test;

class VarintsTest {
    @Test
    void valuesAreThoseOfKafka() {
        Random random = new Random(1);
        for (int i = 0; i < 100_000; i++) {
            long value = i < 4
                    ? new long[] {0, -1, Long.MIN_VALUE, Long.MAX_VALUE}[i]
                    : random.nextLong() >> random.nextInt(64);
            ByteBuffer expected = ByteBuffer.allocate(Varints.MAX_LONG_SIZE);
            ByteUtils.writeVarlong(value, expected);
            ByteBuffer actual = ByteBuffer.allocate(Varints.MAX_LONG_SIZE);
            int end = Varints.put(actual, 0, value);
            assertThat(actual.limit(end)).isEqualTo(expected.flip());
            assertThat(Varints.sizeOf(value)).isEqualTo(end);
            assertThat(Varints.getLong(actual)).isEqualTo(value);
            if (value == (int) value) {
                assertThat(Varints.getInt(actual.rewind())).isEqualTo((int) value);
                assertThat(end).isLessThanOrEqualTo(Varints.MAX_INT_SIZE);
            }
        }
    }

    @Test
    void overflowIsRefusedAfterTheLastPossibleByte() {
        ByteBuffer endless = ByteBuffer.allocate(100);
        while (endless.hasRemaining()) {
            endless.put((byte) 0x80);
        }
        assertThatThrownBy(() -> Varints.getInt(endless.rewind())).hasMessageContaining("exceeds 32 bits");
        assertThat(endless.position()).isEqualTo(Varints.MAX_INT_SIZE);
        assertThatThrownBy(() -> Varints.getLong(endless.rewind())).hasMessageContaining("exceeds 64 bits");
        assertThat(endless.position()).isEqualTo(Varints.MAX_LONG_SIZE);
    }

    @Test
    void theLimitIsNotPassed() {
        ByteBuffer cut = ByteBuffer.wrap(new byte[] {(byte) 0x80, 1}).limit(1);
        assertThatThrownBy(() -> Varints.getInt(cut.rewind())).hasMessageContaining("cut short");
        assertThatThrownBy(() -> Varints.getLong(cut.rewind())).hasMessageContaining("cut short");
    }
}
