/** Hosts protocol sessions on non-blocking sockets: a server, a connector for outbound connections, and their loops. */
@NullMarked
package io.portask.transport;

import org.jspecify.annotations.NullMarked;
