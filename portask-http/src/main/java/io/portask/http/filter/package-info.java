/** Filters to the JDK's API: they work on this server and on any other {@code HttpServer}. */
@NullMarked
package io.portask.http.filter;

import org.jspecify.annotations.NullMarked;
