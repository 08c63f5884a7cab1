package io.portask.protocol;

import io.portask.consumer.GroupOptions;
import io.portask.group.PartitionAssignor;
import io.portask.group.Subscription;
import io.portask.record.StartPosition;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The payload that joins a group; its frame's correlation id names the membership on this connection.
 *
 * <pre>
 *   string group, u8 mode (0 ordered), u32 count, count x string topic or pattern, nullable string instance id,
 *   u32 session timeout ms, string assignor, u8 start kind, i64 start value
 * </pre>
 *
 * @param instanceId of a static member; null for a dynamic one
 * @param assignor the name of one that the server has: {@code sticky}, {@code range} or {@code roundrobin}
 * @param from where the group begins with a partition for which it never committed
 */
public record JoinRequest(
        String group,
        Subscription topics,
        @Nullable String instanceId,
        int sessionTimeoutMs,
        String assignor,
        StartPosition from) {
    private static final int ORDERED = 0;
    /** What the member reads at a time is its credit's business. */
    private static final int UNUSED = 1;

    public void encode(PayloadWriter out) {
        PayloadFields.writeTopics(out.string(group).u8(ORDERED), topics);
        out.nullableString(instanceId).i32(sessionTimeoutMs).string(assignor);
        PayloadFields.writeStart(out, from);
    }

    public static JoinRequest decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Join", payload);
        String group = in.string("group", PayloadFields.MAX_CONSUMER_BYTES);
        int mode = in.u8("mode");
        if (mode != ORDERED) {
            throw in.invalid("mode", "is " + mode + "; allowed is 0 (ordered)");
        }
        JoinRequest join = new JoinRequest(
                group,
                PayloadFields.readTopics(in),
                in.nullableString("instance id", PayloadFields.MAX_CONSUMER_BYTES),
                in.nonNegative32("session timeout ms"),
                in.string("assignor", PayloadFields.MAX_NAME_BYTES),
                PayloadFields.readStart(in));
        in.end();
        return join;
    }

    /** @throws io.portask.error.PortaskException INVALID_REQUEST for what a group does not take */
    GroupOptions options() {
        return new GroupOptions(
                group, topics, instanceId, Duration.ofMillis(sessionTimeoutMs), findAssignor(), from, null, UNUSED);
    }

    private PartitionAssignor findAssignor() {
        PartitionAssignor found = PartitionAssignor.named(assignor);
        if (found == null) {
            throw new PayloadReader("Join", ByteBuffer.allocate(0))
                    .invalid("assignor", "is '" + assignor + "'; allowed are sticky, range and roundrobin");
        }
        return found;
    }
}
