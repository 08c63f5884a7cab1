package io.portask.client;

import io.portask.error.PortaskException;
import io.portask.record.Durability;
import io.portask.record.MessageId;
import io.portask.record.PublishResult;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The callback behind a stage. */
final class FutureCallback implements SendCallback {
    private final CompletableFuture<PublishResult> result = new CompletableFuture<>();

    CompletableFuture<PublishResult> result() {
        return result;
    }

    void onStored(String topic, int partition, long offset, Durability durability, boolean duplicate) {
        result.complete(new PublishResult(new MessageId(topic, partition, offset), durability, duplicate));
    }

    @Override
    public void onComplete(
            String topic,
            int partition,
            long offset,
            @Nullable Durability durability,
            @Nullable PortaskException error) {
        if (error != null) {
            result.completeExceptionally(error);
        } else if (durability != null) {
            onStored(topic, partition, offset, durability, false);
        }
    }
}
