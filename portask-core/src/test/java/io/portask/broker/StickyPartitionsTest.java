package io.portask.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StickyPartitionsTest {
    private final StickyPartitions sticky = new StickyPartitions();

    @Test
    void theNextPartitionComesAfterTheStickyBytes() {
        List<Integer> chosen = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            chosen.add(sticky.choose("t", 3));
            sticky.add("t", StickyPartitions.STICKY_BYTES / 2);
        }
        assertThat(chosen).containsExactly(0, 0, 1, 1, 2, 2, 0);
    }

    @Test
    void muchAtOnceMovesOnByOne() {
        sticky.add("t", 100 * StickyPartitions.STICKY_BYTES);
        assertThat(sticky.choose("t", 2)).isEqualTo(1);
        sticky.add("t", Integer.MAX_VALUE);
        assertThat(sticky.choose("t", 2)).isZero();
    }
}
