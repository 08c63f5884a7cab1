package io.portask.http.live;

import com.sun.net.httpserver.Headers;
import io.portask.net.ProtocolSession;
import org.jspecify.annotations.Nullable;

/**
 * What an HTTP server answers to a request that asks for another protocol.
 *
 * @param status 101, or why not
 * @param headers those of the answer
 * @param problem what is wrong, for a person; null with 101
 * @param session takes the connection over once the answer was written, with all bytes behind the request; null without 101
 */
public record UpgradeAnswer(
        int status,
        Headers headers,
        @Nullable String problem,
        @Nullable ProtocolSession session) {}
