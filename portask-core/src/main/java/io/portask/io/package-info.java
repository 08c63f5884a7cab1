/** Bytes on their way from a store to a channel. */
@NullMarked
package io.portask.io;

import org.jspecify.annotations.NullMarked;
