package io.portask.store.redis;

import io.lettuce.core.protocol.ProtocolKeyword;
import java.nio.charset.StandardCharsets;

/** The name of a command that the client does not know, or is not to notice. */
record Keyword(String text) implements ProtocolKeyword {
    @Override
    public byte[] getBytes() {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public String toString() {
        return text;
    }
}
