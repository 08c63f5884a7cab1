package io.portask.protocol;

import io.portask.record.TopicPartition;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The payload by which a member says that it lives, and what it has given up of what was revoked.
 *
 * <pre>
 *   u32 membership: the correlation id of its Join, u32 count, count x (string topic, i32 partition) released
 * </pre>
 */
public record MemberRequest(int membership, List<TopicPartition> released) {
    public MemberRequest {
        released = List.copyOf(released);
    }

    public void encode(PayloadWriter out) {
        PayloadFields.writePartitions(out.i32(membership), released);
    }

    public static MemberRequest decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Member", payload);
        MemberRequest request = new MemberRequest(in.i32("membership"), PayloadFields.readPartitions(in, "released"));
        in.end();
        return request;
    }
}
