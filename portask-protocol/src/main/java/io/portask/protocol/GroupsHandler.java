package io.portask.protocol;

import io.portask.consumer.GroupDescription;
import io.portask.consumer.Groups;
import io.portask.consumer.OffsetReset;
import io.portask.record.TopicPartition;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.ToIntFunction;

/** Lists, describes, deletes and resets groups. */
final class GroupsHandler implements RequestHandler {
    @Override
    public void onRequest(PortSession session, int flags, int correlationId, ByteBuffer payload) {
        GroupsRequest request = GroupsRequest.decode(payload);
        Groups groups = Groups.of(session.context().broker());
        String group = request.group();
        switch (request.operation()) {
            case LIST -> session.answer(flags, correlationId, groups.listAsync(), GroupsHandler::answerNames);
            case DESCRIBE ->
                session.answer(flags, correlationId, groups.describeAsync(group), GroupsHandler::answerDescription);
            case DELETE ->
                session.answer(
                        flags,
                        correlationId,
                        groups.deleteAsync(group),
                        (to, requestFlags, id, nothing) -> to.sendEmptyAnswer(FrameType.GROUPS, requestFlags, id));
            case RESET -> {
                OffsetReset reset = Objects.requireNonNull(request.reset());
                session.answer(flags, correlationId, groups.resetAsync(group, reset), GroupsHandler::answerOffsets);
            }
        }
    }

    private static void answerNames(PortSession session, int flags, int id, Set<String> names) {
        answerList(session, flags, id, List.copyOf(names), GroupsResponse::sizeOf, GroupsResponse::encodeNames);
    }

    private static void answerOffsets(PortSession session, int flags, int id, Map<TopicPartition, Long> offsets) {
        answerList(
                session,
                flags,
                id,
                List.copyOf(offsets.entrySet()),
                GroupsResponse::sizeOf,
                GroupsResponse::encodeOffsets);
    }

    private static <T> void answerList(
            PortSession session,
            int flags,
            int id,
            List<T> all,
            ToIntFunction<? super T> size,
            BiConsumer<PayloadWriter, List<T>> encoder) {
        List<List<T>> frames = ListFrames.cut(all, size);
        for (int i = 0; i < frames.size(); i++) {
            encoder.accept(
                    session.beginAnswer(FrameType.GROUPS, ListFrames.flags(flags, i, frames.size()), id),
                    frames.get(i));
            session.send();
        }
    }

    private static void answerDescription(PortSession session, int flags, int id, GroupDescription group) {
        List<List<GroupDescription.Member>> members = ListFrames.cut(group.members(), GroupsResponse::sizeOf);
        List<List<GroupDescription.Partition>> partitions = ListFrames.cut(group.partitions(), GroupsResponse::sizeOf);
        int frames = Math.max(members.size(), partitions.size());
        for (int i = 0; i < frames; i++) {
            GroupDescription part = new GroupDescription(
                    group.name(),
                    group.mode(),
                    group.state(),
                    group.generation(),
                    i < members.size() ? members.get(i) : List.of(),
                    i < partitions.size() ? partitions.get(i) : List.of());
            GroupsResponse.encodeDescription(
                    session.beginAnswer(FrameType.GROUPS, ListFrames.flags(flags, i, frames), id), part);
            session.send();
        }
    }
}
