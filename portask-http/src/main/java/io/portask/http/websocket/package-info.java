/** WebSocket as bytes and as a session: frames, handshake, control frames (RFC 6455). Knows no broker. */
@NullMarked
package io.portask.http.websocket;

import org.jspecify.annotations.NullMarked;
