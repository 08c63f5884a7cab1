package io.portask.queue;

import static org.assertj.core.api.Assertions.fail;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Whatever members, time and crashes do: no message is lost, none comes back after its ack was confirmed, each given-up message is in the dead-letter
 * topic once, all bounds hold, and once all is quiet everything gets done. A failing seed is printed and reproduces.
 */
class QueueSimulationTest {
    private static final int STEPS = 250;

    @Test
    void promisesHoldWhateverHappens() {
        simulate(1, 2_000);
    }

    @Test
    @Tag("long")
    void promisesHoldWhateverHappensForLong() {
        simulate(1_000_000, 100_000);
    }

    private static void simulate(long firstSeed, int seeds) {
        for (long seed = firstSeed; seed < firstSeed + seeds; seed++) {
            try {
                new SimulatedQueue(seed).run(STEPS);
            } catch (RuntimeException | AssertionError e) {
                fail("seed " + seed, e);
            }
        }
    }
}
