/** The REST resources, written to the JDK's {@code HttpHandler} so that any of its servers can host them. */
@NullMarked
package io.portask.http.rest;

import org.jspecify.annotations.NullMarked;
