package io.portask.broker;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import io.portask.store.MessageStore;
import io.portask.store.PartitionInfo;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Turns a {@link StartPosition} into an offset. */
final class StartPositions {
    private StartPositions() {}

    static CompletionStage<Long> resolve(
            MessageStore store, PartitionHub hub, StartPosition from, @Nullable String consumer) {
        TopicPartition partition = hub.partition();
        return store.describePartition(partition).thenCompose(info -> {
            hub.onEndMoved(info.endOffset());
            return switch (from.kind()) {
                case EARLIEST -> CompletableFuture.completedFuture(info.startOffset());
                case LATEST -> CompletableFuture.completedFuture(info.endOffset());
                case OFFSET -> CompletableFuture.completedFuture(checkRange(partition, info, from.value()));
                case TIMESTAMP -> store.offsetForTimestamp(partition, from.value());
                case COMMITTED -> committed(store, partition, info, consumer);
            };
        });
    }

    private static CompletionStage<Long> committed(
            MessageStore store, TopicPartition partition, PartitionInfo info, @Nullable String consumer) {
        if (consumer == null) {
            return CompletableFuture.failedFuture(new PortaskException(
                    ErrorCode.INVALID_REQUEST, "Reading from the committed offset needs a consumer's name"));
        }
        return store.committedOffsets(ConsumerNames.check(consumer)).thenApply(offsets -> {
            long offset = offsets.getOrDefault(partition, info.startOffset());
            return Math.max(info.startOffset(), Math.min(offset, info.endOffset()));
        });
    }

    private static long checkRange(TopicPartition partition, PartitionInfo info, long offset) {
        if (offset < info.startOffset() || offset > info.endOffset()) {
            throw new PortaskException(
                    ErrorCode.OFFSET_OUT_OF_RANGE,
                    "Offset " + offset + " of " + partition + " is out of range; valid is " + info.startOffset()
                            + " to " + info.endOffset());
        }
        return offset;
    }
}
