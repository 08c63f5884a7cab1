package io.portask.group;

import io.portask.record.TopicPartition;
import java.util.Collection;
import java.util.Set;

/**
 * A member as a {@link PartitionAssignor} sees it.
 *
 * @param memberId names the member in the result
 * @param topics which it reads; also some that do not exist
 * @param current what the assignment before gave to it; also partitions that are no more, or of topics that it reads no more
 */
public record MemberSubscription(String memberId, Set<String> topics, Collection<TopicPartition> current) {}
