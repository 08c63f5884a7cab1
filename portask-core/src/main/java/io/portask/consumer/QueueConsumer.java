package io.portask.consumer;

import io.portask.broker.Blocking;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.queue.DeliveryAnswer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** A worker of a work queue in the broker's process. While it does not poll it gets nothing. */
public final class QueueConsumer implements PollingWorker {
    private final String group;
    private final DeliveryBuffer arrived;
    private final GroupWorker worker;

    private QueueConsumer(Groups groups, QueueOptions options) {
        this.group = options.group();
        this.arrived = new DeliveryBuffer(options.config().ackTimeoutMs());
        this.worker = Blocking.await(groups.workAsync(options, new Arrivals()), GroupWorker::leaveAsync);
    }

    static QueueConsumer join(Groups groups, QueueOptions options) {
        return new QueueConsumer(groups, options);
    }

    private final class Arrivals implements GroupWorkerListener {
        @Override
        public void onDeliveries(List<Delivery> deliveries) {
            arrived.add(deliveries);
        }

        @Override
        public void onEnded(PortaskException reason) {
            arrived.end(reason);
        }
    }

    @Override
    public List<Delivery> poll(int max, Duration timeout) {
        boolean[] asked = new boolean[1];
        try {
            return arrived.poll(max, timeout, () -> {
                worker.request(max);
                asked[0] = true;
            });
        } finally {
            if (asked[0]) {
                worker.withdraw();
            }
        }
    }

    @Override
    public CompletionStage<List<DeliveryAnswer>> settleAsync(List<Settlement> settlements) {
        return worker.settleAsync(settlements);
    }

    @Override
    public List<DeliveryAnswer> settle(List<Settlement> settlements) {
        return Blocking.await(settleAsync(settlements));
    }

    @Override
    public void close() {
        arrived.end(new PortaskException(ErrorCode.CLOSED, "The worker of group '" + group + "' is closed"));
        Blocking.await(worker.leaveAsync());
    }
}
