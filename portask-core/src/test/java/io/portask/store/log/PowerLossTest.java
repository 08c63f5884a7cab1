package io.portask.store.log;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** No acknowledged message is lost, whenever the power goes. */
final class PowerLossTest {
    @Test
    void whatWasAcknowledgedSurvivesAPowerLossAtAnyMoment() {
        run(0, 2_000, true);
    }

    /** What was taken back after one power loss must stay so after the next. */
    @Test
    void commitTakenBackOnceIsNotThereAgainAfterMoreMessages() {
        run(20_216, 1, false);
    }

    @Test
    @Tag("long")
    void whatWasAcknowledgedSurvivesManyPowerLosses() {
        run(2_000, 50_000, true);
    }

    private static void run(long firstSeed, int seeds, boolean cleaned) {
        for (long seed = firstSeed; seed < firstSeed + seeds; seed++) {
            try {
                new PowerLossRun(seed, cleaned).run();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("Seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }
}
