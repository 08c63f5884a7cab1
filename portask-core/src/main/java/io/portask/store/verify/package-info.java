/** The offline check of a log store's directory. */
@NullMarked
package io.portask.store.verify;

import org.jspecify.annotations.NullMarked;
