package io.portask.protocol;

import java.nio.ByteBuffer;

/**
 * The payload that ends a membership.
 *
 * <pre>
 *   u32 membership: the correlation id of its Join, u8 1 to keep the place of a static member until its session ends
 * </pre>
 */
public record LeaveRequest(int membership, boolean keepsPlace) {
    public void encode(PayloadWriter out) {
        out.i32(membership).u8(keepsPlace ? 1 : 0);
    }

    public static LeaveRequest decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Leave", payload);
        LeaveRequest request = new LeaveRequest(in.i32("membership"), in.bool("keeps place"));
        in.end();
        return request;
    }
}
