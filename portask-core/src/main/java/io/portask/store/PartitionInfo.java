package io.portask.store;

/**
 * A partition's state at one moment.
 *
 * @param startOffset the oldest offset kept; equal to {@code endOffset} when nothing is kept
 * @param endOffset the offset that the next message gets
 * @param sizeInBytes what the store keeps for it, in bytes
 */
public record PartitionInfo(int partition, long startOffset, long endOffset, long sizeInBytes) {}
