package io.portask.protocol;

import io.portask.store.ScrubReport;
import java.nio.ByteBuffer;

/** Has a partition scrubbed, and answers when that is through; other requests of the connection do not wait for it. */
final class ScrubHandler implements RequestHandler {
    @Override
    public void onRequest(PortSession session, int flags, int correlationId, ByteBuffer payload) {
        ScrubRequest request = ScrubRequest.decode(payload);
        session.answer(
                flags, correlationId, session.context().broker().scrubAsync(request.partition()), ScrubHandler::answer);
    }

    private static void answer(PortSession session, int flags, int correlationId, ScrubReport report) {
        ScrubReport fitting = ScrubResponse.fitting(report, session.context().maxAnswerBytes());
        ScrubResponse.encode(session.beginAnswer(FrameType.SCRUB, flags, correlationId), fitting);
        session.send();
    }
}
