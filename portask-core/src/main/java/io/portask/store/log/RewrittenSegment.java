package io.portask.store.log;

import java.nio.file.Path;

/**
 * What a segment becomes.
 *
 * @param file under a temporary name, on the device
 * @param removed records that it holds less than the segment
 */
record RewrittenSegment(Path file, int size, SegmentIndex index, long removed) {}
