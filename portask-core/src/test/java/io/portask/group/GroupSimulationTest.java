package io.portask.group;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class GroupSimulationTest {
    @Test
    void partitionsHaveOneOwnerAndTheGroupRecovers() {
        run(0, 2_000);
    }

    @Test
    @Tag("long")
    void partitionsHaveOneOwnerAndTheGroupRecoversForLong() {
        run(2_000, 100_000);
    }

    private static void run(long firstSeed, int seeds) {
        for (long seed = firstSeed; seed < firstSeed + seeds; seed++) {
            try {
                new GroupSimulation(seed).run();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("Seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }
}
