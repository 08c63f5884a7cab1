/** The durable store: topics as directories of segment files on a local disk. */
@NullMarked
package io.portask.store.log;

import org.jspecify.annotations.NullMarked;
