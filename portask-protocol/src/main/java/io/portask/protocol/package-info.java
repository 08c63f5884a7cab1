/** PORT/1: frames, payloads, encryption, and the handler that serves a broker over them. No sockets here. */
@NullMarked
package io.portask.protocol;

import org.jspecify.annotations.NullMarked;
