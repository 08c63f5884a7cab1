package io.portask.protocol;

import io.portask.consumer.GroupDescription;
import io.portask.consumer.GroupMode;
import io.portask.group.GroupState;
import io.portask.group.MemberState;
import io.portask.record.TopicPartition;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The payloads that answer Groups. Long ones come as several frames, all but the last with {@link FrameFlags#MORE}; each of those that
 * describe a group repeats the fields before the lists. Modes and states are sent as their
 * places in lists that only grow.
 *
 * <pre>
 *   list      u32 count, count x string group
 *   describe  string group, u8 mode, u8 state, i64 generation,
 *             u32 count, count x (string member id, nullable string instance id, u8 state),
 *             u32 count, count x (string topic, i32 partition, nullable string member id, i64 committed or -1,
 *                 i64 start offset, i64 end offset)
 *   delete    empty
 *   reset     u32 count, count x (string topic, i32 partition, i64 offset)
 * </pre>
 */
public final class GroupsResponse {
    static final List<GroupMode> MODES = List.of(GroupMode.OFFSETS, GroupMode.ORDERED, GroupMode.QUEUE);
    static final List<GroupState> STATES = List.of(GroupState.EMPTY, GroupState.RECONCILING, GroupState.STABLE);
    static final List<MemberState> MEMBER_STATES = List.of(
            MemberState.JOINING,
            MemberState.STABLE,
            MemberState.REVOKING,
            MemberState.WAITING,
            MemberState.AWAY,
            MemberState.LEFT,
            MemberState.FENCED);

    private static final int MIN_MEMBER_BYTES = 2 * Short.BYTES + 1;
    private static final int ROW_BYTES = Short.BYTES + 3 * Long.BYTES;
    private static final int MIN_ROW_BYTES = PayloadFields.MIN_PARTITION_BYTES + ROW_BYTES;
    private static final int MIN_OFFSET_BYTES = PayloadFields.MIN_PARTITION_BYTES + Long.BYTES;
    /** Of a char in UTF-8. */
    private static final int MAX_CHAR_BYTES = 3;

    private GroupsResponse() {}

    static int sizeOf(String group) {
        return Short.BYTES + MAX_CHAR_BYTES * group.length();
    }

    static int sizeOf(GroupDescription.Member member) {
        String instanceId = member.instanceId();
        return 1 + sizeOf(member.id()) + sizeOf(instanceId == null ? "" : instanceId);
    }

    static int sizeOf(GroupDescription.Partition row) {
        String memberId = row.memberId();
        return PayloadFields.sizeOf(row.partition()) + sizeOf(memberId == null ? "" : memberId) + ROW_BYTES;
    }

    static int sizeOf(Map.Entry<TopicPartition, Long> offset) {
        return PayloadFields.sizeOf(offset.getKey()) + Long.BYTES;
    }

    public static void encodeNames(PayloadWriter out, List<String> names) {
        out.i32(names.size());
        names.forEach(out::string);
    }

    public static List<String> decodeNames(ByteBuffer payload) {
        PayloadReader in = reader(payload);
        int count = in.count("count", Short.BYTES);
        List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            names.add(in.string("group", PayloadFields.MAX_CONSUMER_BYTES));
        }
        in.end();
        return names;
    }

    /** What each member owns is told by the partitions. */
    public static void encodeDescription(PayloadWriter out, GroupDescription group) {
        out.string(group.name()).u8(MODES.indexOf(group.mode())).u8(STATES.indexOf(group.state()));
        out.i64(group.generation()).i32(group.members().size());
        for (GroupDescription.Member member : group.members()) {
            out.string(member.id()).nullableString(member.instanceId());
            out.u8(MEMBER_STATES.indexOf(member.state()));
        }
        out.i32(group.partitions().size());
        for (GroupDescription.Partition row : group.partitions()) {
            PayloadFields.writePartition(out, row.partition());
            Long committed = row.committed();
            out.nullableString(row.memberId()).i64(committed == null ? OffsetsResponse.NONE : committed);
            out.i64(row.startOffset()).i64(row.endOffset());
        }
    }

    /** One frame: its members own nothing before it is {@link #merged}. */
    public static GroupDescription decodeDescription(ByteBuffer payload) {
        PayloadReader in = reader(payload);
        GroupDescription group = new GroupDescription(
                in.string("group", PayloadFields.MAX_CONSUMER_BYTES),
                PayloadFields.readConstant(in, "mode", MODES),
                PayloadFields.readConstant(in, "state", STATES),
                in.nonNegative64("generation"),
                readMembers(in),
                readRows(in));
        in.end();
        return group;
    }

    private static List<GroupDescription.Member> readMembers(PayloadReader in) {
        int count = in.count("members", MIN_MEMBER_BYTES);
        List<GroupDescription.Member> members = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            members.add(new GroupDescription.Member(
                    in.string("member id", PayloadFields.MAX_CONSUMER_BYTES),
                    in.nullableString("instance id", PayloadFields.MAX_CONSUMER_BYTES),
                    PayloadFields.readConstant(in, "member's state", MEMBER_STATES),
                    Set.of()));
        }
        return members;
    }

    private static List<GroupDescription.Partition> readRows(PayloadReader in) {
        int count = in.count("partitions", MIN_ROW_BYTES);
        List<GroupDescription.Partition> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            TopicPartition partition = PayloadFields.readPartition(in);
            String memberId = in.nullableString("member id", PayloadFields.MAX_CONSUMER_BYTES);
            long committed = in.i64("committed");
            rows.add(new GroupDescription.Partition(
                    partition,
                    memberId,
                    committed == OffsetsResponse.NONE ? null : committed,
                    in.nonNegative64("start offset"),
                    in.nonNegative64("end offset")));
        }
        return rows;
    }

    /** The group that the frames describe together; there is one at least. */
    public static GroupDescription merged(List<GroupDescription> frames) {
        List<GroupDescription.Partition> rows = new ArrayList<>();
        frames.forEach(frame -> rows.addAll(frame.partitions()));
        Map<String, Set<TopicPartition>> owned = new HashMap<>();
        for (GroupDescription.Partition row : rows) {
            String memberId = row.memberId();
            if (memberId != null) {
                owned.computeIfAbsent(memberId, id -> new TreeSet<>()).add(row.partition());
            }
        }
        List<GroupDescription.Member> members = new ArrayList<>();
        for (GroupDescription frame : frames) {
            for (GroupDescription.Member member : frame.members()) {
                members.add(new GroupDescription.Member(
                        member.id(),
                        member.instanceId(),
                        member.state(),
                        owned.getOrDefault(member.id(), Collections.emptySet())));
            }
        }
        GroupDescription first = frames.get(0);
        return new GroupDescription(first.name(), first.mode(), first.state(), first.generation(), members, rows);
    }

    public static void encodeOffsets(PayloadWriter out, List<Map.Entry<TopicPartition, Long>> offsets) {
        out.i32(offsets.size());
        for (Map.Entry<TopicPartition, Long> each : offsets) {
            PayloadFields.writePartition(out, each.getKey());
            out.i64(each.getValue());
        }
    }

    public static Map<TopicPartition, Long> decodeOffsets(ByteBuffer payload) {
        PayloadReader in = reader(payload);
        int count = in.count("count", MIN_OFFSET_BYTES);
        Map<TopicPartition, Long> offsets = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            offsets.put(PayloadFields.readPartition(in), in.nonNegative64("offset"));
        }
        in.end();
        return offsets;
    }

    private static PayloadReader reader(ByteBuffer payload) {
        return new PayloadReader("Groups' response", payload);
    }
}
