package io.portask.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RoundRobinPartitionerTest {
    @Test
    void partitionsHaveTheirTurnTopicByTopicWhateverTheKey() {
        RoundRobinPartitioner partitioner = new RoundRobinPartitioner();
        assertThat(IntStream.range(0, 5).map(i -> partitioner.partition("t", i % 2 == 0 ? null : new byte[] {1}, 3)))
                .containsExactly(0, 1, 2, 0, 1);
        assertThat(partitioner.partition("other", null, 3)).isZero();
    }
}
