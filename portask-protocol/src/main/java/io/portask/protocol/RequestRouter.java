package io.portask.protocol;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;

/** Knows which handler serves which request, and refuses frames that no client sends. Any thread. */
final class RequestRouter {
    private final Map<FrameType, RequestHandler> handlers = new EnumMap<>(FrameType.class);

    RequestRouter() {
        OffsetsHandler offsets = new OffsetsHandler();
        handlers.put(FrameType.HELLO, new HelloHandler());
        handlers.put(FrameType.PUBLISH, new PublishHandler());
        handlers.put(FrameType.FETCH, new FetchHandler());
        handlers.put(
                FrameType.SUBSCRIBE,
                (session, flags, id, payload) ->
                        session.subscriptions().subscribe(flags, id, SubscribeRequest.decode(payload)));
        handlers.put(
                FrameType.CREDIT,
                (session, flags, id, payload) -> session.addCredit(id, CreditPayload.decode(payload)));
        handlers.put(
                FrameType.UNSUBSCRIBE,
                (session, flags, id, payload) ->
                        session.subscriptions().unsubscribe(flags, id, UnsubscribePayload.decode(payload)));
        handlers.put(FrameType.ACK, offsets::onAck);
        handlers.put(FrameType.OFFSETS, offsets::onOffsets);
        handlers.put(FrameType.TOPICS, new TopicsHandler());
        handlers.put(FrameType.SCRUB, new ScrubHandler());
        handlers.put(
                FrameType.JOIN,
                (session, flags, id, payload) -> session.memberships().join(flags, id, JoinRequest.decode(payload)));
        handlers.put(
                FrameType.MEMBER,
                (session, flags, id, payload) -> session.memberships().beat(flags, id, MemberRequest.decode(payload)));
        handlers.put(
                FrameType.LEAVE,
                (session, flags, id, payload) -> session.leave(flags, id, LeaveRequest.decode(payload)));
        handlers.put(
                FrameType.WORK,
                (session, flags, id, payload) -> session.workers().join(flags, id, WorkRequest.decode(payload)));
        handlers.put(
                FrameType.SETTLE,
                (session, flags, id, payload) -> session.workers().settle(flags, id, SettleRequest.decode(payload)));
        handlers.put(FrameType.GROUPS, new GroupsHandler());
        handlers.put(FrameType.HEARTBEAT, RequestRouter::onHeartbeat);
    }

    void route(PortSession session, FrameType type, int flags, int correlationId, ByteBuffer payload) {
        RequestHandler handler = handlers.get(type);
        if (handler == null) {
            throw new PortaskException(ErrorCode.INVALID_REQUEST, type + " goes from server to client only");
        }
        if (FrameFlags.has(flags, FrameFlags.MORE)) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST, "A request is one frame; the flag more is for answers");
        }
        if (!FrameFlags.has(flags, FrameFlags.RESPONSE)) {
            handler.onRequest(session, flags, correlationId, payload);
        } else if (type != FrameType.HEARTBEAT) {
            throw new PortaskException(ErrorCode.INVALID_REQUEST, "Nothing was asked that a " + type + " could answer");
        }
    }

    private static void onHeartbeat(PortSession session, int flags, int correlationId, ByteBuffer payload) {
        long opaque = HeartbeatPayload.decode(payload);
        HeartbeatPayload.encode(session.beginAnswer(FrameType.HEARTBEAT, flags, correlationId), opaque);
        session.send();
    }
}
