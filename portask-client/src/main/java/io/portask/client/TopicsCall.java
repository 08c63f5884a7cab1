package io.portask.client;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.protocol.FrameType;
import io.portask.protocol.PayloadWriter;
import io.portask.protocol.TopicsRequest;
import io.portask.protocol.TopicsResponse;
import io.portask.store.TopicDescription;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A request about topics, whose answer may come as several frames. */
final class TopicsCall extends Request {
    private final TopicsRequest request;
    private final List<TopicDescription> topics = new ArrayList<>();
    private final CompletableFuture<List<TopicDescription>> answer = new CompletableFuture<>();

    TopicsCall(TopicsRequest request) {
        this.request = request;
    }

    CompletableFuture<List<TopicDescription>> answer() {
        return answer;
    }

    /** The answer where it is about one topic. */
    CompletableFuture<TopicDescription> single() {
        return answer.thenApply(found -> {
            if (found.size() != 1) {
                throw new PortaskException(
                        ErrorCode.INTERNAL_ERROR,
                        "The server described " + found.size() + " topics when asked for " + request.name());
            }
            return found.get(0);
        });
    }

    @Override
    FrameType type() {
        return FrameType.TOPICS;
    }

    @Override
    void encode(PayloadWriter out) {
        request.encode(out);
    }

    @Override
    void onResponse(ByteBuffer payload, boolean last) {
        topics.addAll(TopicsResponse.decode(payload));
        if (last) {
            answer.complete(List.copyOf(topics));
        }
    }

    @Override
    void onFailure(PortaskException failure, boolean retriable) {
        answer.completeExceptionally(failure);
    }
}
