/** The protocol seam: what a protocol sees of a connection. No sockets here. */
@NullMarked
package io.portask.net;

import org.jspecify.annotations.NullMarked;
