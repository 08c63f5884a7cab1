/** The broker: topics, publishing, fetching, subscriptions and consumer offsets over one store. */
@NullMarked
package io.portask.broker;

import org.jspecify.annotations.NullMarked;
