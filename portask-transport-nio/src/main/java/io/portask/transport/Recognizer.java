package io.portask.transport;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.net.ProtocolHandler;
import io.portask.net.ProtocolHandler.Recognition;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds the protocol of a connection by its first bytes. Shared by all loops. */
final class Recognizer {
    /** Who cannot be told from so many bytes never will be. */
    private static final int MAX_UNDECIDED_BYTES = 4096;

    private final List<ProtocolHandler> handlers;

    Recognizer(List<ProtocolHandler> handlers) {
        this.handlers = List.copyOf(handlers);
    }

    List<String> protocols() {
        return handlers.stream().map(ProtocolHandler::name).toList();
    }

    /**
     * The first handler that says the bytes are its own; null while more bytes are needed to tell.
     *
     * @throws PortaskException {@link ErrorCode#UNKNOWN_PROTOCOL} if it is none's
     */
    @Nullable
    ProtocolHandler recognize(ByteBuffer firstBytes) {
        int position = firstBytes.position();
        int limit = firstBytes.limit();
        boolean undecided = false;
        for (ProtocolHandler handler : handlers) {
            Recognition recognition = handler.recognize(firstBytes);
            firstBytes.limit(limit).position(position);
            if (recognition == Recognition.MINE) {
                return handler;
            }
            undecided |= recognition == Recognition.UNDECIDED;
        }
        if (!undecided || limit - position >= MAX_UNDECIDED_BYTES) {
            throw unknown();
        }
        return null;
    }

    PortaskException unknown() {
        return new PortaskException(
                ErrorCode.UNKNOWN_PROTOCOL,
                "The first bytes belong to no protocol that this port speaks ("
                        + handlers.stream().map(ProtocolHandler::name).collect(Collectors.joining(", ")) + ")");
    }
}
