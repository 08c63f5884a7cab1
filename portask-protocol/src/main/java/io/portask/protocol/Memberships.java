package io.portask.protocol;

import io.portask.consumer.GroupMember;
import io.portask.consumer.GroupOffset;
import io.portask.consumer.Groups;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import org.agrona.collections.Int2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/** The memberships of one session in ordered groups, by the correlation ids of their Joins. On the connection's thread. */
final class Memberships {
    /** Of one connection. */
    static final int MAX = 100;

    private final PortSession session;
    private final Int2ObjectHashMap<PortMembership> byId = new Int2ObjectHashMap<>();

    Memberships(PortSession session) {
        this.session = session;
    }

    void join(int flags, int id, JoinRequest request) {
        session.checkUnnamed(id);
        if (byId.size() >= MAX) {
            throw new PortaskException(
                    ErrorCode.OVERLOADED, "A connection has up to " + MAX + " memberships; use another connection");
        }
        Groups groups = Groups.of(session.context().broker());
        PortMembership membership = new PortMembership(session, id, flags, request);
        byId.put(id, membership);
        session.answer(
                flags,
                id,
                groups.joinAsync(request.options(), membership).thenApply(membership::joined),
                (to, requestFlags, same, member) -> membership.answer(requestFlags, member));
    }

    /** Answers a sign of life. */
    void beat(int flags, int correlationId, MemberRequest request) {
        GroupMember member = member(request.membership());
        session.answer(
                flags,
                correlationId,
                member.releaseAsync(request.released()),
                (to, requestFlags, id, nothing) -> to.sendEmptyAnswer(FrameType.MEMBER, requestFlags, id));
    }

    CompletionStage<@Nullable Void> commit(AckRequest request, AckRequest.Member by) {
        GroupMember member = member(by.membership());
        PortMembership membership = byId.get(by.membership());
        if (!membership.group().equals(request.consumer())) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST,
                    "The member is one of group '" + membership.group() + "', not of '" + request.consumer() + "'");
        }
        List<GroupOffset> offsets = new ArrayList<>();
        request.offsets()
                .forEach((partition, offset) -> offsets.add(new GroupOffset(
                        partition, Objects.requireNonNull(by.generations().get(partition)), offset)));
        return member.commitAsync(offsets);
    }

    void leave(int flags, int correlationId, LeaveRequest request) {
        GroupMember member = member(request.membership());
        PortMembership membership = byId.remove(request.membership());
        session.answer(
                flags,
                correlationId,
                membership.leave(member, request.keepsPlace()),
                (to, requestFlags, id, nothing) -> to.sendEmptyAnswer(FrameType.LEAVE, requestFlags, id));
    }

    private GroupMember member(int id) {
        PortMembership membership = byId.get(id);
        GroupMember member = membership == null ? null : membership.member();
        if (member == null) {
            throw new PortaskException(
                    ErrorCode.UNKNOWN_MEMBER,
                    "There is no membership " + Integer.toUnsignedString(id) + " on this connection");
        }
        return member;
    }

    boolean contains(int id) {
        return byId.containsKey(id);
    }

    /** Ends a membership without a word, if there is one; a static member's place is kept. */
    void end(int id) {
        PortMembership membership = byId.remove(id);
        if (membership != null) {
            membership.end();
        }
    }

    void endAll() {
        List<PortMembership> all = new ArrayList<>(byId.values());
        byId.clear();
        all.forEach(PortMembership::end);
    }
}
