package io.portask.consumer;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One membership in an ordered group, for those who serve members elsewhere, such as protocols: nothing here blocks. What the
 * member is to read comes by its {@link GroupMemberListener}. Any thread.
 *
 * <p>Once the membership is over, all fails with {@link ErrorCode#UNKNOWN_MEMBER} or {@link ErrorCode#MEMBER_FENCED}.
 */
public final class GroupMember {
    private final OrderedGroup group;
    private final Membership membership;

    GroupMember(OrderedGroup group, Membership membership) {
        this.group = group;
        this.membership = membership;
    }

    public String id() {
        return membership.id;
    }

    /** The generation of the group that the member was last told of. */
    public long generation() {
        return group.generation(membership);
    }

    /** What the member was told that it owns and not to release. */
    public Set<TopicPartition> assignment() {
        return group.owned(membership);
    }

    /** The member lives. To be called a few times in each session timeout. */
    public CompletionStage<@Nullable Void> heartbeatAsync() {
        return run(() -> group.heartbeat(membership));
    }

    /**
     * The member neither reads nor commits any more what was revoked from it; the next owner may begin. Partitions that were not revoked stay
     * its own. Is a heartbeat too.
     */
    public CompletionStage<@Nullable Void> releaseAsync(Collection<TopicPartition> partitions) {
        return run(() -> group.release(membership, partitions));
    }

    /**
     * Commits offsets of partitions that the member owns, or has not released yet: all of them or none. No heartbeat.
     *
     * @return fails with {@link ErrorCode#STALE_GENERATION} when one of them is another's, or became the member's anew since
     */
    public CompletionStage<@Nullable Void> commitAsync(Collection<GroupOffset> offsets) {
        try {
            return group.commit(membership, offsets);
        } catch (PortaskException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** The member leaves, and gave up all that it owned. Its listener is not called again. */
    public CompletionStage<@Nullable Void> leaveAsync() {
        return run(() -> group.leave(membership));
    }

    /**
     * As {@link #leaveAsync()} for a static member, but its place is kept until its session ends: one that joins with its instance id
     * by then gets its partitions.
     *
     * @return fails with {@link ErrorCode#INVALID_REQUEST} for a dynamic member, which stays
     */
    public CompletionStage<@Nullable Void> stepOutAsync() {
        return run(() -> group.stepOut(membership));
    }

    private static CompletionStage<@Nullable Void> run(Runnable request) {
        try {
            request.run();
            return CompletableFuture.completedFuture(null);
        } catch (PortaskException e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
