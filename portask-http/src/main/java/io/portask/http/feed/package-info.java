/** Messages on their way from a topic's partitions to a client that takes them at its own pace, whatever form they get. */
@NullMarked
package io.portask.http.feed;

import org.jspecify.annotations.NullMarked;
