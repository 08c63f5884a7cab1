package io.portask.protocol;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.net.Connection;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;

/**
 * The fetches of one session that were not answered at once. They read in turn, as long as the peer takes the answers and
 * what is being read fits into a bound: many that end at the same moment do not outgrow the outbound queue. On the
 * connection's thread.
 */
final class FetchCalls {
    /** What the reads that run may bring together, unless a single one is larger. */
    static final int MAX_READING_BYTES = 4 << 20;

    private final Connection connection;
    private final int maxWaiting;
    private final Set<FetchCall> open = new HashSet<>();
    private final ArrayDeque<FetchCall> toRead = new ArrayDeque<>();
    private long readingBytes;
    private int waiting;
    private boolean pumping;

    FetchCalls(Connection connection, int maxWaiting) {
        this.connection = connection;
        this.maxWaiting = maxWaiting;
    }

    void add(FetchCall call) {
        open.add(call);
    }

    void remove(FetchCall call) {
        open.remove(call);
    }

    /** The call's next read begins when its turn comes: at once, within this call, where nothing is in the way. */
    void enqueue(FetchCall call) {
        toRead.add(call);
        pump();
    }

    void readEnded(FetchCall call) {
        readingBytes -= call.maxBytes();
    }

    /** Begins the reads that may begin. */
    void pump() {
        if (pumping) {
            return;
        }
        pumping = true;
        try {
            for (FetchCall next = toRead.peek(); next != null && mayRead(next); next = toRead.peek()) {
                toRead.remove();
                readingBytes += next.maxBytes();
                next.read();
            }
        } finally {
            pumping = false;
        }
    }

    private boolean mayRead(FetchCall call) {
        return connection.isWritable() && (readingBytes == 0 || readingBytes + call.maxBytes() <= MAX_READING_BYTES);
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
        toRead.clear();
    }
}
