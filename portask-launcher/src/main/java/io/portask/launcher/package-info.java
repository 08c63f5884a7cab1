/** The command line: {@code portask serve}, {@code publish}, {@code consume} and the rest. */
@NullMarked
package io.portask.launcher;

import org.jspecify.annotations.NullMarked;
