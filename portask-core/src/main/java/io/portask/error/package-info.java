/** The one error vocabulary: stable codes and the one unchecked exception. */
@NullMarked
package io.portask.error;

import org.jspecify.annotations.NullMarked;
