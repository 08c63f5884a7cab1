package io.portask.protocol;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Commits consumers' offsets and tells them. */
final class OffsetsHandler {
    void onAck(PortSession session, int flags, int correlationId, ByteBuffer payload) {
        AckRequest request = AckRequest.decode(payload);
        session.answer(
                flags,
                correlationId,
                request.by() == null
                        ? session.context().broker().commitAsync(request.consumer(), request.offsets())
                        : session.memberships().commit(request, request.by()),
                OffsetsHandler::answerAck);
    }

    private static void answerAck(PortSession session, int flags, int correlationId, @Nullable Void nothing) {
        session.sendEmptyAnswer(FrameType.ACK, flags, correlationId);
    }

    void onOffsets(PortSession session, int flags, int correlationId, ByteBuffer payload) {
        OffsetsRequest request = OffsetsRequest.decode(payload);
        int max = session.context().maxAnswerBytes() / Long.BYTES;
        if (request.partitions().size() > max) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST,
                    "Offsets asks for " + request.partitions().size() + " partitions; an answer holds up to " + max);
        }
        session.answer(
                flags,
                correlationId,
                session.context().broker().committedAsync(request.consumer()),
                (to, requestFlags, id, committed) -> answerOffsets(to, requestFlags, id, request, committed));
    }

    private static void answerOffsets(
            PortSession session,
            int flags,
            int correlationId,
            OffsetsRequest request,
            Map<TopicPartition, Long> committed) {
        OffsetsResponse.encode(
                session.beginAnswer(FrameType.OFFSETS, flags, correlationId),
                request.partitions(),
                partition -> committed.getOrDefault(partition, OffsetsResponse.NONE));
        session.send();
    }
}
