package io.portask.group;

import io.portask.record.TopicPartition;

/**
 * A partition that a member may own.
 *
 * @param generation in which the member got it. Commits of the partition carry it; it is higher than that of all former owners, so
 *     it can fence them also where offsets are stored
 */
public record PartitionGrant(TopicPartition partition, long generation) {}
