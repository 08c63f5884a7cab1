/** A topic's messages as a response that does not end: Server-Sent Events or lines of JSON. */
@NullMarked
package io.portask.http.stream;

import org.jspecify.annotations.NullMarked;
