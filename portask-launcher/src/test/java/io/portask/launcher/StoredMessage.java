package io.portask.launcher;

import io.portask.record.Header;
import io.portask.record.Message;
import io.portask.record.ReceivedMessage;
import java.util.HexFormat;
import java.util.List;

/** A stored message as text: all of it, byte by byte, so that what two doors show can be compared. */
final class StoredMessage {
    private static final int MAX_SHOWN = 200;

    private StoredMessage() {}

    static String of(ReceivedMessage message) {
        return of(message.id().toString(), message.key(), message.headers(), message.value());
    }

    /** What is to be read of a message that was published. */
    static String of(String id, Message message) {
        return of(id, message.key(), message.headers(), message.value());
    }

    static String of(String id, byte[] key, List<Header> headers, byte[] value) {
        StringBuilder out = new StringBuilder(id).append(" key ").append(hex(key));
        headers.forEach(header ->
                out.append(" header ").append(header.name()).append('=').append(hex(header.value())));
        return out.append(" value ").append(hex(value)).toString();
    }

    /** Of what is long, the beginning and a hash of all. */
    private static String hex(byte[] bytes) {
        if (bytes == null) {
            return "null";
        }
        String hex = HexFormat.of().formatHex(bytes);
        return hex.length() <= MAX_SHOWN
                ? '[' + hex + ']'
                : '[' + hex.substring(0, MAX_SHOWN) + "… " + hex.hashCode() + ']';
    }
}
