package io.portask.group;

import io.portask.record.TopicPartition;
import java.util.Set;

/**
 * A member lives, and says what it owns. That it no longer owns a partition that it had to give up confirms the handover: nothing of it
 * is being processed any more, and what was to be committed is committed.
 *
 * @param sequence grows with each request of the member
 * @param generation of the assignment that the member follows
 * @param revision of the assignment that the member follows
 * @param owned what it is processing
 */
public record HeartbeatRequest(
        String memberId, long sequence, long generation, long revision, Set<TopicPartition> owned) {}
