package io.portask.consumer;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.util.List;

/** What a work queue tells a worker: on the thread of all work queues, so it must be quick and never wait. */
public interface GroupWorkerListener {
    /** The worker holds these now, and answers for each. Not more than it asked for. */
    void onDeliveries(List<Delivery> deliveries);

    /**
     * The worker is one no more, and holds nothing. The last call.
     *
     * @param reason {@link ErrorCode#CLOSED}: the broker closes
     */
    void onEnded(PortaskException reason);
}
