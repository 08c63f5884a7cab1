package io.portask.consumer;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.queue.DeliveryAnswer;
import io.portask.queue.QueueMember;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One worker of a work queue, for those who serve workers elsewhere, such as protocols: nothing here blocks. Messages come by its
 * {@link GroupWorkerListener}, as many as it asked for. Any thread. Calls take effect in their order.
 */
public final class GroupWorker {
    /** What its queue knows of it. Belongs to the queue's thread. */
    final QueueMember member;

    final GroupWorkerListener listener;

    /** What is to be told at the end of the turn. */
    final List<Delivery> outgoing = new ArrayList<>();

    /** Counts how often it asked for no more. */
    int withdrawals;

    private final LiveQueue queue;

    GroupWorker(LiveQueue queue, QueueMember member, GroupWorkerListener listener) {
        this.queue = queue;
        this.member = member;
        this.listener = listener;
    }

    /** Not used again in this group until it has no workers. */
    public String id() {
        return Integer.toString(member.id());
    }

    /** How many messages the worker holds at most. */
    public int window() {
        return member.window();
    }

    /**
     * Asks for so many messages more than were asked for before.
     *
     * @param messages 1 or more
     */
    public void request(int messages) {
        if (messages < 1) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST, "A worker asks for 1 message or more, not " + messages);
        }
        queue.request(this, messages);
    }

    /** Asks for no more messages. Some may be on their way. */
    public void withdraw() {
        queue.withdraw(this);
    }

    /**
     * Answers for deliveries. What the answers say survives a restart of the broker once the stage has completed, as far as an append at the store's
     * default durability does.
     *
     * @return for each what became of it; fails with {@link ErrorCode#UNKNOWN_MEMBER} after the worker left, and as the store does when it
     *     cannot keep the answers: whether they take effect is then unknown
     */
    public CompletionStage<List<DeliveryAnswer>> settleAsync(List<Settlement> settlements) {
        CompletableFuture<List<DeliveryAnswer>> answered = new CompletableFuture<>();
        queue.settle(this, List.copyOf(settlements), answered);
        return answered;
    }

    /** What the worker holds goes to others at once. Its listener is not called again, but for calls that run already. */
    public CompletionStage<@Nullable Void> leaveAsync() {
        CompletableFuture<@Nullable Void> left = new CompletableFuture<>();
        queue.leave(this, left);
        return left;
    }

    static PortaskException gone(String group) {
        return new PortaskException(ErrorCode.UNKNOWN_MEMBER, "The worker left group '" + group + "'");
    }
}
