package io.portask.queue;

import java.util.ArrayList;
import java.util.List;

/**
 * A queue group: its members and the partitions that it works on. Members ask for messages and get them in turns, one at a time,
 * from the partitions in turns; so a member that asks for much leaves the others their share. Not thread safe; see {@link
 * QueuePartition}.
 */
public final class QueueGroup {
    private final QueueMembers members;
    private final List<QueuePartition> partitions = new ArrayList<>();
    private int memberTurn;
    private int partitionTurn;

    /** @param members shared with the partitions that are added */
    public QueueGroup(QueueMembers members) {
        this.members = members;
    }

    public QueueMembers members() {
        return members;
    }

    public List<QueuePartition> partitions() {
        return List.copyOf(partitions);
    }

    public void add(QueuePartition partition) {
        partitions.add(partition);
    }

    /** The group is no more on this partition: what members hold of it is theirs no longer. */
    public void remove(QueuePartition partition, long now) {
        for (int i = 0; i < members.size(); i++) {
            partition.memberGone(members.get(i), now);
        }
        partitions.remove(partition);
    }

    /** @param window how many messages it holds at most; the configuration's bound holds too */
    public QueueMember join(int window) {
        return members.join(window);
    }

    /** A member left, or its connection broke: what it holds goes to others at once. */
    public void leave(QueueMember member, long now) {
        for (QueuePartition partition : partitions) {
            partition.memberGone(member, now);
        }
        members.remove(member);
    }

    /** A member asks for so many messages more than it has asked for before. */
    public void request(QueueMember member, int messages) {
        member.want(messages);
    }

    /** A member asks for no more messages. */
    public void withdraw(QueueMember member) {
        member.wantNothing();
    }

    /**
     * Hands out what is ready to the members that asked for it.
     *
     * @return how many messages
     */
    public int dispatch(long now, DeliverySink sink) {
        advance(now);
        int count = 0;
        for (int idle = 0; idle < members.size(); ) {
            memberTurn = memberTurn < members.size() ? memberTurn : 0;
            QueueMember member = members.get(memberTurn++);
            if (!member.isHungry()) {
                idle++;
            } else if (serve(member, now, sink)) {
                member.served();
                count++;
                idle = 0;
            } else {
                return count;
            }
        }
        return count;
    }

    /** Lets time pass in all partitions. */
    public void advance(long now) {
        for (QueuePartition partition : partitions) {
            partition.advance(now);
        }
    }

    /** When {@link #advance} has something to do next; {@link QueuePartition#NEVER} if nothing waits for time to pass. */
    public long nextDeadline() {
        long earliest = QueuePartition.NEVER;
        for (QueuePartition partition : partitions) {
            earliest = Math.min(earliest, partition.nextDeadline());
        }
        return earliest;
    }

    private boolean serve(QueueMember member, long now, DeliverySink sink) {
        for (int tried = 0; tried < partitions.size(); tried++) {
            partitionTurn = partitionTurn < partitions.size() ? partitionTurn : 0;
            QueuePartition partition = partitions.get(partitionTurn++);
            if (partition.ready() > 0 && partition.take(member, 1, now, sink) > 0) {
                return true;
            }
        }
        return false;
    }
}
