package io.portask.protocol;

import io.portask.consumer.GroupWorker;
import io.portask.consumer.Groups;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.Int2ObjectHashMap;

/** The workers of one session in work queues, by the correlation ids of their Works. On the connection's thread. */
final class Workers {
    private final PortSession session;
    private final Int2ObjectHashMap<PortWorker> byId = new Int2ObjectHashMap<>();

    Workers(PortSession session) {
        this.session = session;
    }

    void join(int flags, int id, WorkRequest request) {
        session.checkUnnamed(id);
        if (byId.size() >= Memberships.MAX) {
            throw new PortaskException(
                    ErrorCode.OVERLOADED,
                    "A connection has up to " + Memberships.MAX + " workers; use another connection");
        }
        PortWorker worker = new PortWorker(session, id, flags);
        byId.put(id, worker);
        session.answer(
                flags,
                id,
                Groups.of(session.context().broker())
                        .workAsync(request.options(), worker)
                        .thenApply(worker::joined),
                (to, requestFlags, same, taken) -> worker.answer(requestFlags, taken));
    }

    /** False if there is no such worker. */
    boolean addCredit(int id, long messages) {
        PortWorker worker = byId.get(id);
        if (worker != null) {
            worker.addCredit(messages);
        }
        return worker != null;
    }

    void settle(int flags, int correlationId, SettleRequest request) {
        PortWorker worker = byId.get(request.worker());
        GroupWorker taken = worker == null ? null : worker.worker();
        if (taken == null) {
            throw new PortaskException(
                    ErrorCode.UNKNOWN_MEMBER,
                    "There is no worker " + Integer.toUnsignedString(request.worker()) + " on this connection");
        }
        session.answer(
                flags, correlationId, taken.settleAsync(request.settlements()), (to, requestFlags, id, answers) -> {
                    new SettleResponse(answers).encode(to.beginAnswer(FrameType.SETTLE, requestFlags, id));
                    to.send();
                });
    }

    /** False if there is no such worker. */
    boolean leave(int flags, int correlationId, int id) {
        PortWorker worker = byId.remove(id);
        if (worker != null) {
            session.answer(
                    flags,
                    correlationId,
                    worker.end(),
                    (to, requestFlags, same, nothing) -> to.sendEmptyAnswer(FrameType.LEAVE, requestFlags, same));
        }
        return worker != null;
    }

    boolean contains(int id) {
        return byId.containsKey(id);
    }

    /** Ends a worker without a word, if there is one. */
    void end(int id) {
        PortWorker worker = byId.remove(id);
        if (worker != null) {
            worker.end();
        }
    }

    void endAll() {
        List<PortWorker> all = new ArrayList<>(byId.values());
        byId.clear();
        all.forEach(PortWorker::end);
    }

    /** The connection takes bytes again. */
    void pump() {
        new ArrayList<>(byId.values()).forEach(PortWorker::ask);
    }
}
