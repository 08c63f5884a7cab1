package io.portask.client;

import io.portask.error.PortaskException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Batches of one partition on their way from the loop to the application, or the news that there will be no more. Immutable;
 * the application's thread owns the bytes until it releases them.
 *
 * @param wanted the first offset that the application has not seen; older records in the batches are skipped
 * @param nextOffset where the partition goes on after these batches
 * @param batches from position 0 to the limit; empty with a failure
 */
record Chunk(
        PartitionSubscription subscription,
        long wanted,
        long nextOffset,
        ByteBuffer batches,
        @Nullable PortaskException failure) {
    int sizeInBytes() {
        return batches.limit();
    }
}
