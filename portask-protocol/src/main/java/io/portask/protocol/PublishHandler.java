package io.portask.protocol;

import io.portask.store.AppendResult;
import java.nio.ByteBuffer;

/** Appends batches from where they arrived. The broker keeps the order of the calls within a partition. */
final class PublishHandler implements RequestHandler {
    private static final Answer<AppendResult> ANSWER = PublishHandler::answer;

    @Override
    public void onRequest(PortSession session, int flags, int correlationId, ByteBuffer payload) {
        PublishRequest request = session.publishRequest().wrap(payload);
        session.answer(
                flags,
                correlationId,
                session.context().broker().append(request.partition(), payload, request.durability()),
                ANSWER);
    }

    private static void answer(PortSession session, int flags, int correlationId, AppendResult result) {
        PublishResponse.encode(session.beginAnswer(FrameType.PUBLISH, flags, correlationId), result);
        session.send();
    }
}
