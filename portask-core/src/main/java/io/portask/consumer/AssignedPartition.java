package io.portask.consumer;

import io.portask.record.TopicPartition;

/**
 * A partition that a member of a group owns from now on.
 *
 * @param generation of the grant; commits of the partition carry it
 * @param startOffset where to begin
 */
public record AssignedPartition(TopicPartition partition, long generation, long startOffset) {}
