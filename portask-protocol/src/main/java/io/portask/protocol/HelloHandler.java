package io.portask.protocol;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.store.StoreCapabilities;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Opens sessions: agrees on the version, checks the token, tells the limits. */
final class HelloHandler implements RequestHandler {
    @Override
    public void onRequest(PortSession session, int flags, int correlationId, ByteBuffer payload) {
        HelloRequest hello = HelloRequest.decode(payload);
        if (hello.minVersion() > FrameHeader.VERSION || hello.maxVersion() < FrameHeader.VERSION) {
            throw new PortaskException(
                    ErrorCode.UNSUPPORTED_VERSION,
                    "The client speaks versions " + hello.minVersion() + " to " + hello.maxVersion()
                            + ", this server version " + FrameHeader.VERSION + " only");
        }
        PortContext context = session.context();
        checkToken(context.config().tokens(), hello.token());
        session.open(hello.clientName());
        StoreCapabilities store = context.broker().capabilities();
        new HelloResponse(
                        FrameHeader.VERSION,
                        context.maxFrameBytes(),
                        context.broker().config().maxBatchBytes(),
                        context.config().heartbeatMs(),
                        store.defaultDurability(),
                        store.maxDurability(),
                        store.shared(),
                        context.config().serverName(),
                        context.config().serverVersion())
                .encode(session.beginAnswer(FrameType.HELLO, flags, correlationId));
        session.send();
    }

    /** Takes the same time wherever the first wrong byte is, and whichever token is the right one. */
    private static void checkToken(List<String> allowed, @Nullable String token) {
        if (allowed.isEmpty()) {
            return;
        }
        byte[] given = (token == null ? "" : token).getBytes(StandardCharsets.UTF_8);
        boolean valid = false;
        for (String one : allowed) {
            valid |= MessageDigest.isEqual(given, one.getBytes(StandardCharsets.UTF_8));
        }
        if (!valid) {
            throw new PortaskException(
                    ErrorCode.AUTHENTICATION_FAILED,
                    token == null ? "This server asks for a token" : "The token is not one that this server knows");
        }
    }
}
