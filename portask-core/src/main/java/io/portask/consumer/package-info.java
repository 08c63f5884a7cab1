/** Consumer groups of a broker, live: members that share out the partitions of topics. */
@NullMarked
package io.portask.consumer;

import org.jspecify.annotations.NullMarked;
