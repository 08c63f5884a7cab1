package io.portask.client;

import io.portask.protocol.HelloResponse;
import io.portask.record.Durability;

/**
 * What the server said of itself when the connection was made.
 *
 * @param storeShared whether several servers may serve the same topics
 * @param maxFrameBytes the largest payload of a frame that it takes
 * @param maxBatchBytes the largest record batch that it takes, before compression too
 */
public record ServerInfo(
        String name,
        String version,
        Durability defaultDurability,
        Durability maxDurability,
        boolean storeShared,
        int maxFrameBytes,
        int maxBatchBytes) {
    /** Room in a frame for what comes before the batches, and for encryption. */
    private static final int FRAME_OVERHEAD_BYTES = 512;

    static ServerInfo of(HelloResponse hello) {
        return new ServerInfo(
                hello.serverName(),
                hello.serverVersion(),
                hello.defaultDurability(),
                hello.maxDurability(),
                hello.storeShared(),
                hello.maxFrameBytes(),
                hello.maxBatchBytes());
    }

    /** The largest batch that can be sent at all. */
    int maxPublishBytes() {
        return Math.min(maxBatchBytes, maxFrameBytes - FRAME_OVERHEAD_BYTES);
    }
}
