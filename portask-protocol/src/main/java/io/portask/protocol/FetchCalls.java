package io.portask.protocol;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;

/** The fetches of one session that were not answered at once. On the connection's thread. */
final class FetchCalls {
    private final int maxWaiting;
    private final Set<FetchCall> open = new HashSet<>();
    private int waiting;

    FetchCalls(int maxWaiting) {
        this.maxWaiting = maxWaiting;
    }

    void add(FetchCall call) {
        open.add(call);
    }

    void remove(FetchCall call) {
        open.remove(call);
    }

    boolean isEmpty() {
        return open.isEmpty();
    }

    /** @throws PortaskException {@link ErrorCode#OVERLOADED} if too many wait already */
    void startWaiting() {
        if (waiting == maxWaiting) {
            throw new PortaskException(
                    ErrorCode.OVERLOADED,
                    "A connection has up to " + maxWaiting + " waiting fetches; subscribe instead, or do not wait");
        }
        waiting++;
    }

    void stopWaiting() {
        waiting--;
    }

    /** Those that wait are answered with what is there. */
    void hurry() {
        new ArrayList<>(open).forEach(FetchCall::hurry);
    }

    /** Forgets all of them; nobody will read the answers. */
    void closeAll() {
        new ArrayList<>(open).forEach(FetchCall::close);
        open.clear();
    }
}
