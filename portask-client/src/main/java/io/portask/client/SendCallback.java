package io.portask.client;

import io.portask.error.PortaskException;
import io.portask.record.Durability;
import org.jspecify.annotations.Nullable;

/** Told once what became of a message. Runs on the client's thread and must not block. */
@FunctionalInterface
public interface SendCallback {
    /**
     * @param offset where the message is; -1 after an error
     * @param durability the level that was reached; null after an error
     * @param error null if the message was stored
     */
    void onComplete(
            String topic,
            int partition,
            long offset,
            @Nullable Durability durability,
            @Nullable PortaskException error);
}
