/** The storage seam: what a message store promises, and how one is found. */
@NullMarked
package io.portask.store;

import org.jspecify.annotations.NullMarked;
