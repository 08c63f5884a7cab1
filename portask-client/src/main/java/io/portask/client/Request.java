package io.portask.client;

import io.portask.error.PortaskException;
import io.portask.io.ByteSource;
import io.portask.protocol.FrameType;
import io.portask.protocol.PayloadWriter;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Something that the server is asked, until it has answered. Belongs to the loop's thread. */
abstract class Request {
    private int correlationId;
    private long deadlineNs;

    final int correlationId() {
        return correlationId;
    }

    final void correlationId(int id) {
        correlationId = id;
    }

    final long deadlineNs() {
        return deadlineNs;
    }

    final void deadlineNs(long nanoTime) {
        deadlineNs = nanoTime;
    }

    abstract FrameType type();

    abstract void encode(PayloadWriter out);

    /** The rest of the payload, sent from where it is; null if there is none. Whoever sends the request closes it. */
    @Nullable
    ByteSource body() {
        return null;
    }

    /** How much longer than usual the server may take by order of the request itself. */
    int extraTimeMs() {
        return 0;
    }

    /** Whether an answer that does not come means that the connection is of no use any more. */
    boolean timeoutEndsConnection() {
        return false;
    }

    /**
     * One frame of the answer.
     *
     * @param last whether the answer is complete; nothing more is called then
     */
    abstract void onResponse(ByteBuffer payload, boolean last);

    /**
     * There will be no answer, or it is an error. Nothing more is called.
     *
     * @param retriable whether the same request may succeed later
     */
    abstract void onFailure(PortaskException failure, boolean retriable);
}
