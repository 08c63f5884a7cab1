/** The protocol handler for HTTP/1.1 and WebSocket, its configuration, and the REST resources to mount elsewhere. */
@NullMarked
package io.portask.http;

import org.jspecify.annotations.NullMarked;
