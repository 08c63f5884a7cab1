package io.portask.consumer;

import io.portask.record.TopicPartition;

/**
 * What a member commits of one partition.
 *
 * @param generation of the {@link AssignedPartition} by which it owns the partition
 * @param offset the next offset that the group wants
 */
public record GroupOffset(TopicPartition partition, long generation, long offset) {}
