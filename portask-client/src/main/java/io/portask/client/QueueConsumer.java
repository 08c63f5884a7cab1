package io.portask.client;

import io.portask.consumer.Delivery;
import io.portask.consumer.DeliveryBuffer;
import io.portask.consumer.PollingWorker;
import io.portask.consumer.QueueOptions;
import io.portask.consumer.Settlement;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.protocol.FrameType;
import io.portask.protocol.LeaveRequest;
import io.portask.protocol.PayloadWriter;
import io.portask.protocol.SettleRequest;
import io.portask.protocol.SettleResponse;
import io.portask.protocol.WorkRequest;
import io.portask.protocol.WorkResponse;
import io.portask.queue.DeliveryAnswer;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A worker of a work queue of the server. It asks for what a poll is for; what comes after the poll's end waits for the next one.
 *
 * <p>When the connection is lost, what the worker held goes to others, and it becomes a worker again by itself as soon as there is a server. Its answers for messages of the
 * lost connection come too late then: {@link DeliveryAnswer#UNKNOWN_DELIVERY} and the like; those under way fail with {@link ErrorCode#CONNECTION_LOST}, and
 * may have taken effect.
 */
public final class QueueConsumer implements PollingWorker {
    private static final int RETRY_MS = 1_000;

    private final ClientConductor conductor;
    private final ClientLoop loop;
    private final QueueOptions options;
    private final Runnable onClose;
    private final DeliveryBuffer arrived;
    private final Link link = new Link();
    private final CompletableFuture<@Nullable Void> joined = new CompletableFuture<>();
    private final CompletableFuture<@Nullable Void> left = new CompletableFuture<>();
    private final AtomicBoolean closing = new AtomicBoolean();

    private QueueConsumer(ClientConductor conductor, ClientLoop loop, QueueOptions options, Runnable onClose) {
        this.conductor = conductor;
        this.loop = loop;
        this.options = options;
        this.onClose = onClose;
        this.arrived = new DeliveryBuffer(options.config().ackTimeoutMs());
    }

    static QueueConsumer join(ClientConductor conductor, ClientLoop loop, QueueOptions options, Runnable onClose) {
        QueueConsumer consumer = new QueueConsumer(conductor, loop, options, onClose);
        loop.execute(consumer.link::begin);
        try {
            Blocking.await(loop, consumer.joined);
        } catch (RuntimeException e) {
            loop.execute(consumer.link::leave);
            throw e;
        }
        return consumer;
    }

    /** The worker on the connection that there is now. On the loop's thread. */
    private final class Link implements ConnectionListener, WorkTarget {
        private @Nullable ClientSession session;
        private @Nullable PortaskException over;
        private int id;
        /** What the server was asked for and did not send. */
        private long credit;

        /** For how many messages a poll waits. */
        private int wanted;

        private boolean asked;

        void begin() {
            conductor.addListener(this);
            int timeoutMs = conductor.requestTimeoutMs();
            loop.schedule(timeoutMs, () -> {
                if (!asked) {
                    end(new PortaskException(ErrorCode.TIMEOUT, "No connection within " + timeoutMs + " ms"));
                }
            });
        }

        @Override
        public void onReady(ClientSession ready) {
            if (over == null) {
                asked = true;
                ready.send(new Work(ready));
            }
        }

        @Override
        public void onLost() {
            session = null;
            credit = 0;
            arrived.clear();
        }

        @Override
        public void onClosed() {
            end(ClientConductor.closed());
        }

        /** A server that closes is no reason not to work for the next one. */
        @Override
        public void onEnded(PortaskException failure, boolean retriable) {
            if (failure.code() == ErrorCode.CLOSED) {
                onLost();
            } else {
                end(failure);
            }
        }

        private void end(PortaskException reason) {
            if (over == null) {
                over = reason;
                session = null;
                conductor.removeListener(this);
                arrived.end(reason);
                joined.completeExceptionally(reason);
                left.complete(null);
            }
        }

        @Override
        public void onDeliveries(List<Delivery> deliveries) {
            credit -= deliveries.size();
            arrived.add(deliveries);
        }

        void request(int messages) {
            wanted = messages;
            ask();
        }

        void withdraw() {
            wanted = 0;
        }

        private void ask() {
            ClientSession current = session;
            if (current != null && credit < wanted) {
                current.credit(id, wanted - credit);
                credit = wanted;
            }
        }

        void settle(List<Settlement> settlements, CompletableFuture<List<DeliveryAnswer>> answered) {
            ClientSession current = session;
            if (current == null) {
                answered.completeExceptionally(over != null ? gone() : lost());
                return;
            }
            current.send(new Call<>(
                    FrameType.SETTLE,
                    new SettleRequest(id, settlements)::encode,
                    payload -> SettleResponse.decode(payload).answers(),
                    answered));
        }

        private PortaskException gone() {
            return new PortaskException(
                    ErrorCode.UNKNOWN_MEMBER, "The worker left group '" + options.group() + "'", over);
        }

        private PortaskException lost() {
            return new PortaskException(
                    ErrorCode.CONNECTION_LOST,
                    "The connection to the server was lost, and what the worker of group '" + options.group()
                            + "' held goes to others");
        }

        void leave() {
            ClientSession current = session;
            if (over == null) {
                over = closed();
                session = null;
                conductor.removeListener(this);
            }
            if (current == null) {
                left.complete(null);
            } else {
                current.detach(id);
                current.send(leaving());
            }
        }

        private Call<@Nullable Void> leaving() {
            Call<@Nullable Void> call =
                    new Call<@Nullable Void>(FrameType.LEAVE, new LeaveRequest(id, false)::encode, payload -> null);
            var unused = call.answer().whenComplete((nothing, failure) -> left.complete(null));
            return call;
        }

        private final class Work extends Request {
            private final ClientSession carrier;

            Work(ClientSession carrier) {
                this.carrier = carrier;
            }

            @Override
            FrameType type() {
                return FrameType.WORK;
            }

            @Override
            void encode(PayloadWriter out) {
                new WorkRequest(options).encode(out);
            }

            /** Late, the server may still take the worker. */
            @Override
            boolean timeoutEndsConnection() {
                return true;
            }

            @Override
            void onResponse(ByteBuffer payload, boolean last) {
                WorkResponse.decode(payload);
                id = correlationId();
                if (over != null) {
                    carrier.send(leaving());
                    return;
                }
                session = carrier;
                carrier.attach(id, Link.this);
                joined.complete(null);
                ask();
            }

            /** A lost connection is followed by another; what may pass is tried again; what else the server refuses it refuses for good. */
            @Override
            void onFailure(PortaskException failure, boolean retriable) {
                if (!joined.isDone() || !(retriable || failure.code() == ErrorCode.CLOSED)) {
                    end(failure);
                } else {
                    loop.schedule(RETRY_MS, () -> {
                        if (over == null && session == null && carrier.isReady()) {
                            carrier.send(new Work(carrier));
                        }
                    });
                }
            }
        }
    }

    private PortaskException closed() {
        return new PortaskException(ErrorCode.CLOSED, "The worker of group '" + options.group() + "' is closed");
    }

    @Override
    public List<Delivery> poll(int max, Duration timeout) {
        Blocking.checkMayWait(loop);
        try {
            return arrived.poll(max, timeout, () -> loop.execute(() -> link.request(max)));
        } finally {
            loop.execute(link::withdraw);
        }
    }

    @Override
    public CompletionStage<List<DeliveryAnswer>> settleAsync(List<Settlement> settlements) {
        CompletableFuture<List<DeliveryAnswer>> answered = new CompletableFuture<>();
        List<Settlement> copy = List.copyOf(settlements);
        loop.execute(() -> link.settle(copy, answered));
        return answered;
    }

    @Override
    public List<DeliveryAnswer> settle(List<Settlement> settlements) {
        return Blocking.await(loop, settleAsync(settlements));
    }

    @Override
    public void close() {
        if (!closing.compareAndSet(false, true)) {
            return;
        }
        onClose.run();
        arrived.end(closed());
        loop.execute(link::leave);
        // The loop of a client that is closed may not run any more.
        Blocking.await(loop, left.completeOnTimeout(null, conductor.requestTimeoutMs(), TimeUnit.MILLISECONDS));
    }
}
