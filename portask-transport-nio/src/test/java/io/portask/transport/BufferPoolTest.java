package io.portask.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class BufferPoolTest {
    private final BufferPool pool = new BufferPool(64 << 10);

    @Test
    void aSizeClassWastesLessThanAQuarter() {
        assertThat(BufferPool.classFor(0)).isEqualTo(1024);
        assertThat(BufferPool.classFor(1024)).isEqualTo(1024);
        assertThat(BufferPool.classFor(1025)).isEqualTo(1280);
        assertThat(BufferPool.classFor(65_536)).isEqualTo(65_536);
        assertThat(BufferPool.classFor(Integer.MAX_VALUE)).isEqualTo(Integer.MAX_VALUE);
        for (int bytes = 1025; bytes < 1 << 22; bytes += 997) {
            assertThat(BufferPool.classFor(bytes)).isBetween(bytes, bytes + bytes / 4 + 1);
            assertThat(BufferPool.classFor(BufferPool.classFor(bytes))).isEqualTo(BufferPool.classFor(bytes));
        }
    }

    @Test
    void aReturnedBufferIsLentAgain() {
        ByteBuffer buffer = pool.borrow(2000);
        buffer.put((byte) 1);
        pool.giveBack(buffer);
        assertThat(pool.lentBytes()).isZero();
        assertThat(pool.borrow(2000))
                .isSameAs(buffer)
                .satisfies(again -> assertThat(again.position()).isZero());
    }

    @Test
    void beyondTheLimitNothingIsLent() {
        ByteBuffer first = pool.borrow(40 << 10);
        assertThatThrownBy(() -> pool.borrow(40 << 10))
                .isInstanceOfSatisfying(
                        PortaskException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OVERLOADED));
        pool.giveBack(first);
        assertThat(pool.borrow(40 << 10).capacity()).isEqualTo(40 << 10);
    }

    @Test
    void atMostHalfTheLimitIsKeptAndGivesWayToOtherSizes() {
        pool.giveBack(pool.borrow(64 << 10));
        assertThat(pool.keptBytes()).isZero();
        pool.giveBack(pool.borrow(32 << 10));
        assertThat(pool.keptBytes()).isEqualTo(32 << 10);
        pool.borrow(48 << 10);
        assertThat(pool.keptBytes()).isZero();
    }
}
