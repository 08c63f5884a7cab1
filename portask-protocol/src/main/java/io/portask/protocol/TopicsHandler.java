package io.portask.protocol;

import io.portask.broker.Broker;
import io.portask.store.TopicDescription;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Lists, describes, creates, configures and deletes topics. */
final class TopicsHandler implements RequestHandler {
    /** A list is cut into frames of about this size. */
    static final int FRAME_BYTES = 64 << 10;

    @Override
    public void onRequest(PortSession session, int flags, int correlationId, ByteBuffer payload) {
        TopicsRequest request = TopicsRequest.decode(payload);
        session.answer(flags, correlationId, run(session.context().broker(), request), TopicsHandler::answer);
    }

    private static CompletionStage<List<TopicDescription>> run(Broker broker, TopicsRequest request) {
        String name = request.name();
        return switch (request.operation()) {
            case LIST -> broker.listTopicsAsync();
            case DESCRIBE -> broker.describeTopicAsync(name).thenApply(List::of);
            case CREATE ->
                broker.createTopicAsync(name, request.partitions(), request.config())
                        .thenApply(List::of);
            case CONFIGURE -> broker.configureTopicAsync(name, request.config()).thenApply(List::of);
            case DELETE -> broker.deleteTopicAsync(name).thenApply(nothing -> List.of());
            case ENSURE -> broker.ensureTopicAsync(name).thenApply(List::of);
        };
    }

    private static void answer(PortSession session, int flags, int correlationId, List<TopicDescription> topics) {
        int from = 0;
        for (int to = endOfFrame(topics, from); to < topics.size(); to = endOfFrame(topics, from)) {
            send(session, flags | FrameFlags.MORE, correlationId, topics.subList(from, to));
            from = to;
        }
        send(session, flags, correlationId, topics.subList(from, topics.size()));
    }

    private static int endOfFrame(List<TopicDescription> topics, int from) {
        int end = from;
        int size = 0;
        while (end < topics.size() && (size == 0 || size + TopicsResponse.sizeOf(topics.get(end)) <= FRAME_BYTES)) {
            size += TopicsResponse.sizeOf(topics.get(end++));
        }
        return end;
    }

    private static void send(PortSession session, int flags, int correlationId, List<TopicDescription> topics) {
        TopicsResponse.encode(session.beginAnswer(FrameType.TOPICS, flags, correlationId), topics);
        session.send();
    }
}
