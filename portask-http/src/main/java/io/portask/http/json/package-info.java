/** Messages as JSON: what people read and write, without a loss on the way. */
@NullMarked
package io.portask.http.json;

import org.jspecify.annotations.NullMarked;
