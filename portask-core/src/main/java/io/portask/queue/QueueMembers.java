package io.portask.queue;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The members of one queue group, in order of joining, which is the order of their turns. */
public final class QueueMembers {
    private final int maxInFlight;
    private final List<QueueMember> members = new ArrayList<>();
    private int lastId;

    public QueueMembers(QueueConfig config) {
        this.maxInFlight = config.maxInFlight();
    }

    /** @throws PortaskException {@link ErrorCode#INVALID_REQUEST} for a window below 1; a larger one than configured is cut */
    public QueueMember join(int window) {
        if (window < 1) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST, "A member holds at least 1 message at a time, not " + window);
        }
        QueueMember member = new QueueMember(++lastId, Math.min(window, maxInFlight));
        members.add(member);
        return member;
    }

    public int size() {
        return members.size();
    }

    public QueueMember get(int index) {
        return members.get(index);
    }

    void remove(QueueMember member) {
        members.remove(member);
    }

    /** Null for one that has left. Ids ascend, so a binary search finds it. */
    @Nullable
    QueueMember find(int id) {
        int from = 0;
        int to = members.size();
        while (from < to) {
            int middle = (from + to) >>> 1;
            QueueMember member = members.get(middle);
            if (member.id() == id) {
                return member;
            }
            if (member.id() < id) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return null;
    }
}
