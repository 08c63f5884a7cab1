/**
 * Consumer groups in partition mode, without threads, clocks or a network: who of a group's members may own which partition, and
 * when.
 */
@NullMarked
package io.portask.group;

import org.jspecify.annotations.NullMarked;
