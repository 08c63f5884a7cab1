package io.portask.store.verify;

/**
 * What a check of a data directory found.
 *
 * @param records messages that can be read, deleted ones included
 * @param bytes bytes in whole batches
 * @param problems places where acknowledged data is damaged or missing
 * @param notes harmless oddities that the next start settles, such as a torn tail after a killed process
 */
public record LogReport(
        int topics, int partitions, int segments, long batches, long records, long bytes, long problems, long notes) {
    public boolean isSound() {
        return problems == 0;
    }
}
