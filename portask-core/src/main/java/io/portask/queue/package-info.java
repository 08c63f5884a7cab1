/**
 * Queue-mode (shared) consumer groups: many members share a topic, each message is done once, failures come back, poison goes
 * aside. Pure state machines: no thread, no clock, no I/O.
 */
@NullMarked
package io.portask.queue;

import org.jspecify.annotations.NullMarked;
