package io.portask.protocol;

import io.portask.broker.Broker;
import io.portask.store.TopicDescription;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Lists, describes, creates, configures and deletes topics. */
final class TopicsHandler implements RequestHandler {
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
        List<List<TopicDescription>> frames = ListFrames.cut(topics, TopicsResponse::sizeOf);
        for (int i = 0; i < frames.size(); i++) {
            send(session, ListFrames.flags(flags, i, frames.size()), correlationId, frames.get(i));
        }
    }

    private static void send(PortSession session, int flags, int correlationId, List<TopicDescription> topics) {
        TopicsResponse.encode(session.beginAnswer(FrameType.TOPICS, flags, correlationId), topics);
        session.send();
    }
}
