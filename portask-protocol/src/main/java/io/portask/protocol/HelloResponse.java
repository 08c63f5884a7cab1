package io.portask.protocol;

import io.portask.record.Durability;
import java.nio.ByteBuffer;

/**
 * The payload that answers Hello: the version agreed on and what the server allows.
 *
 * <pre>
 *   u8 version, u32 max frame bytes, u32 max batch bytes, u32 heartbeat ms,
 *   u8 default durability, u8 max durability, u8 store shared, string server name, string server version
 * </pre>
 *
 * @param maxFrameBytes the largest payload that the server takes, as sent and inflated
 * @param maxBatchBytes the largest record batch that the server takes
 * @param heartbeatMs the client sends something at least this often
 * @param storeShared whether several servers may serve the same topics
 */
public record HelloResponse(
        int version,
        int maxFrameBytes,
        int maxBatchBytes,
        int heartbeatMs,
        Durability defaultDurability,
        Durability maxDurability,
        boolean storeShared,
        String serverName,
        String serverVersion) {

    public void encode(PayloadWriter out) {
        out.u8(version).i32(maxFrameBytes).i32(maxBatchBytes).i32(heartbeatMs);
        out.u8(defaultDurability.code()).u8(maxDurability.code()).u8(storeShared ? 1 : 0);
        out.string(serverName).string(serverVersion);
    }

    public static HelloResponse decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Hello's response", payload);
        HelloResponse hello = new HelloResponse(
                in.u8("version"),
                in.u32Capped("max frame bytes"),
                in.u32Capped("max batch bytes"),
                in.u32Capped("heartbeat ms"),
                PayloadFields.readDurability(in, "default durability"),
                PayloadFields.readDurability(in, "max durability"),
                in.bool("store shared"),
                in.string("server name", PayloadFields.MAX_NAME_BYTES),
                in.string("server version", PayloadFields.MAX_NAME_BYTES));
        in.end();
        return hello;
    }
}
