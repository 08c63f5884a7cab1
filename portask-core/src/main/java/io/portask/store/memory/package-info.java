/** The {@code memory:} store: everything in direct memory, gone with the process. */
@NullMarked
package io.portask.store.memory;

import org.jspecify.annotations.NullMarked;
