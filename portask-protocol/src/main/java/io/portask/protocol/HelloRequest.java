package io.portask.protocol;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The payload of a connection's first frame: which versions the client speaks, who it is, and its token where the server
 * asks for one.
 *
 * <pre>
 *   u8 min version, u8 max version, string client name, nullable string token
 * </pre>
 */
public record HelloRequest(
        int minVersion,
        int maxVersion,
        String clientName,
        @Nullable String token) {
    static final int MAX_TOKEN_BYTES = 4096;

    public void encode(PayloadWriter out) {
        out.u8(minVersion).u8(maxVersion).string(clientName).nullableString(token);
    }

    public static HelloRequest decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Hello", payload);
        HelloRequest hello = new HelloRequest(
                in.u8("min version"),
                in.u8("max version"),
                in.string("client name", PayloadFields.MAX_NAME_BYTES),
                in.nullableString("token", MAX_TOKEN_BYTES));
        in.end();
        if (hello.minVersion > hello.maxVersion) {
            throw in.invalid("max version", "is " + hello.maxVersion + ", below the min version " + hello.minVersion);
        }
        return hello;
    }

    /** Leaves the token out. */
    @Override
    public String toString() {
        return "HelloRequest[versions " + minVersion + ".." + maxVersion + ", client " + clientName + "]";
    }
}
