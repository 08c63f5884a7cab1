/** The store that keeps everything in the process's memory. */
@NullMarked
package io.portask.store.memory;

import org.jspecify.annotations.NullMarked;
