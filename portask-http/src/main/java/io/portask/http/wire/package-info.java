/** HTTP/1.1 as bytes: decoders and encoders that never see a socket (RFC 9112). */
@NullMarked
package io.portask.http.wire;

import org.jspecify.annotations.NullMarked;
