package io.portask.benchmarks;

import java.util.Arrays;

/** What rounds of a measurement come to. */
final class Rounds {
    private Rounds() {}

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** Of all rounds but the first, which is cold. */
    static double warmMedian(double[] values) {
        return median(Arrays.copyOfRange(values, 1, values.length));
    }
}
