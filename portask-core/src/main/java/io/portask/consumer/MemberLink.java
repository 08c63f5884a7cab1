package io.portask.consumer;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The membership of a client that is on a connection, whichever protocol it speaks: what the group tells waits until the client's join was answered, and
 * a membership that ends before the group has taken it leaves when it has. On the connection's thread, but for {@link #tell} and {@link #joined}.
 */
public final class MemberLink {
    private final Executor connection;
    private final boolean isStatic;

    /** What was told before the join was answered. */
    private final List<Runnable> untold = new ArrayList<>();

    private boolean answered;
    private volatile @Nullable GroupMember member;
    private volatile boolean ended;

    /** @param connection runs tasks on the connection's thread, in their order */
    public MemberLink(Executor connection, boolean isStatic) {
        this.connection = connection;
        this.isStatic = isStatic;
    }

    /** Null before the group has taken it. */
    public @Nullable GroupMember member() {
        return member;
    }

    public boolean isEnded() {
        return ended;
    }

    /** The group has taken it; where it has ended meanwhile it leaves again. */
    public GroupMember joined(GroupMember joined) {
        member = joined;
        if (ended) {
            depart(joined, true);
        }
        return joined;
    }

    /** Runs this on the connection's thread, after the join was answered and unless the membership has ended. */
    public void tell(Runnable news) {
        connection.execute(() -> {
            if (ended) {
                return;
            }
            if (answered) {
                news.run();
            } else {
                untold.add(news);
            }
        });
    }

    /** The join was answered. */
    public void begin() {
        answered = true;
        List<Runnable> told = List.copyOf(untold);
        untold.clear();
        for (Runnable news : told) {
            if (!ended) {
                news.run();
            }
        }
    }

    /** The client leaves. */
    public CompletionStage<@Nullable Void> leave(GroupMember leaving, boolean keepsPlace) {
        ended = true;
        return depart(leaving, keepsPlace);
    }

    /** @param keepsPlace whether a static member's place is kept until its session ends */
    public void end(boolean keepsPlace) {
        ended = true;
        GroupMember left = member;
        if (left != null) {
            depart(left, keepsPlace);
        }
    }

    private CompletionStage<@Nullable Void> depart(GroupMember leaving, boolean keepsPlace) {
        return keepsPlace && isStatic ? leaving.stepOutAsync() : leaving.leaveAsync();
    }
}
