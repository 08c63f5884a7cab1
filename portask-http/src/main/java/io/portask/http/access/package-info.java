/** Who may call: tokens, pages of browsers, and the names by which a server is called. One place for all handlers. */
@NullMarked
package io.portask.http.access;

import org.jspecify.annotations.NullMarked;
