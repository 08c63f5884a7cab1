/** Records, record batches and the words for what is published and consumed. */
@NullMarked
package io.portask.record;

import org.jspecify.annotations.NullMarked;
