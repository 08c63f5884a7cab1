/** Hosts {@code HttpHandler}s on connections: sessions, exchanges, routes. Knows no broker. */
@NullMarked
package io.portask.http.host;

import org.jspecify.annotations.NullMarked;
