package io.portask.client;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.protocol.BatchesPayload;
import io.portask.protocol.FrameType;
import io.portask.protocol.PayloadWriter;
import io.portask.protocol.SubscribeRequest;
import io.portask.protocol.SubscribeResponse;
import io.portask.protocol.UnsubscribePayload;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The reading of one partition, over as many connections as it takes: each new one goes on at the next offset that was not
 * handed over, so that the application sees neither a gap nor a message twice. Credit is given back as the application takes
 * what arrived: what waits in memory and what the server may send are together never more than it, but for one larger batch.
 *
 * <p>On the loop's thread, but for the positions and {@link #release}, which are for any.
 */
final class PartitionSubscription implements ConnectionListener, DeliveryTarget {
    static final long UNKNOWN = -1;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final int CREDIT_STEPS = 4;
    private static final int RETRY_MS = 200;

    private final ClientConductor conductor;
    private final ClientLoop loop;
    private final TopicPartition partition;
    private final ConsumerConfig config;
    private final ChunkQueue queue;
    private final CompletableFuture<PartitionSubscription> begun = new CompletableFuture<>();

    private @Nullable ClientSession session;
    private int id;
    private long next = UNKNOWN;
    private long held;
    private long owed;
    private boolean ended;

    private volatile long position = UNKNOWN;
    private volatile long endOffset = UNKNOWN;
    private volatile @Nullable PortaskException failure;

    PartitionSubscription(
            ClientConductor conductor,
            ClientLoop loop,
            TopicPartition partition,
            ConsumerConfig config,
            ChunkQueue queue) {
        this.conductor = conductor;
        this.loop = loop;
        this.partition = partition;
        this.config = config;
        this.queue = queue;
    }

    TopicPartition partition() {
        return partition;
    }

    /** Begins at an offset that is known already; if that was trimmed meanwhile, at the oldest message. Any thread. */
    void beginAt(long offset) {
        position = offset;
        loop.execute(() -> {
            next = offset;
            conductor.addListener(this);
        });
    }

    /** Completes when the server has said where reading begins; fails if it does not in time. */
    CompletableFuture<PartitionSubscription> begin(int timeoutMs) {
        loop.execute(() -> {
            conductor.addListener(this);
            loop.schedule(timeoutMs, () -> {
                if (position == UNKNOWN) {
                    end(new PortaskException(
                            ErrorCode.TIMEOUT,
                            "Subscribing to " + partition + " took longer than " + timeoutMs + " ms"));
                }
            });
        });
        return begun;
    }

    /** Nobody will begin: the client is closed. Any thread. */
    void abandon() {
        begun.completeExceptionally(ClientConductor.closed());
    }

    /** The next offset that the application will take; {@link #UNKNOWN} before the server has answered. */
    long position() {
        return position;
    }

    void position(long offset) {
        position = offset;
    }

    /** The partition's end as last heard of; {@link #UNKNOWN} before the server has answered. */
    long endOffset() {
        return endOffset;
    }

    /** Why there will be nothing more; null as long as that may come. */
    @Nullable
    PortaskException failure() {
        return failure;
    }

    /** The application has taken so many bytes. Any thread. */
    void release(int bytes) {
        loop.execute(() -> onReleased(bytes));
    }

    private void onReleased(int bytes) {
        held -= bytes;
        owed += bytes;
        ClientSession current = session;
        if (current != null && !ended && owed >= config.creditBytes() / CREDIT_STEPS) {
            current.credit(id, owed);
            owed = 0;
        }
    }

    @Override
    public void onReady(ClientSession ready) {
        if (!ended) {
            subscribe(ready, next == UNKNOWN ? config.from() : StartPosition.offset(next));
        }
    }

    @Override
    public void onLost() {
        session = null;
    }

    @Override
    public void onClosed() {
        end(ClientConductor.closed());
    }

    private void subscribe(ClientSession ready, StartPosition from) {
        owed = 0;
        ready.send(new Subscribe(ready, from, Math.max(0, config.creditBytes() - held)));
    }

    private final class Subscribe extends Request {
        private final ClientSession carrier;
        private final StartPosition from;
        private final long credit;

        Subscribe(ClientSession carrier, StartPosition from, long credit) {
            this.carrier = carrier;
            this.from = from;
            this.credit = credit;
        }

        @Override
        FrameType type() {
            return FrameType.SUBSCRIBE;
        }

        @Override
        void encode(PayloadWriter out) {
            new SubscribeRequest(partition, from, config.consumerName(), credit).encode(out);
        }

        /** Late, the server may still begin to deliver. */
        @Override
        boolean timeoutEndsConnection() {
            return true;
        }

        @Override
        void onResponse(ByteBuffer payload, boolean last) {
            SubscribeResponse answer = SubscribeResponse.decode(payload);
            if (ended) {
                unsubscribe(carrier, correlationId());
            } else {
                onSubscribed(carrier, correlationId(), answer);
            }
        }

        @Override
        void onFailure(PortaskException failure, boolean retriable) {
            onRefused(carrier, from, failure, retriable);
        }
    }

    private void onSubscribed(ClientSession carrier, int subscription, SubscribeResponse answer) {
        if (next != UNKNOWN && answer.position() < next) {
            unsubscribe(carrier, subscription);
            end(new PortaskException(
                    ErrorCode.OFFSET_OUT_OF_RANGE,
                    "Offset " + next + " of " + partition + " is gone: the partition now ends at "
                            + answer.endOffset()));
            return;
        }
        carrier.attach(subscription, this);
        session = carrier;
        id = subscription;
        next = answer.position();
        endOffset = answer.endOffset();
        if (owed > 0) {
            carrier.credit(subscription, owed);
            owed = 0;
        }
        if (position == UNKNOWN) {
            position = next;
            begun.complete(this);
        }
    }

    private void onRefused(ClientSession carrier, StartPosition from, PortaskException failure, boolean retriable) {
        if (ended) {
            return;
        }
        boolean trimmed = failure.code() == ErrorCode.OFFSET_OUT_OF_RANGE
                && next != UNKNOWN
                && from.kind() != StartPosition.Kind.EARLIEST;
        if (trimmed && carrier.isReady()) {
            subscribe(carrier, StartPosition.earliest());
        } else if (!retriable) {
            end(failure);
        } else if (carrier.isReady()) {
            retryLater(carrier);
        }
    }

    private void retryLater(ClientSession carrier) {
        loop.schedule(RETRY_MS, () -> {
            if (!ended && session == null && carrier.isReady()) {
                onReady(carrier);
            }
        });
    }

    @Override
    public void onDeliver(BatchesPayload offsets, ByteBuffer batches) {
        endOffset = offsets.endOffset();
        int size = batches.remaining();
        held += size;
        if (ended || offsets.nextOffset() <= next) {
            onReleased(size);
            return;
        }
        Chunk chunk = new Chunk(this, next, offsets.nextOffset(), queue.copy(batches), null);
        next = offsets.nextOffset();
        queue.add(chunk);
    }

    @Override
    public void onEnded(PortaskException failure, boolean retriable) {
        ClientSession carrier = session;
        session = null;
        if (!ended && retriable && carrier != null) {
            retryLater(carrier);
        } else {
            end(failure);
        }
    }

    /** Tells the application, after everything that arrived before. */
    private void end(PortaskException reason) {
        if (!ended) {
            ended = true;
            failure = reason;
            conductor.removeListener(this);
            begun.completeExceptionally(reason);
            queue.add(new Chunk(this, next, next, NOTHING, reason));
        }
    }

    /** Stops reading. Any thread. */
    void close() {
        loop.execute(() -> {
            ended = true;
            conductor.removeListener(this);
            ClientSession current = session;
            session = null;
            if (current != null && current.isReady()) {
                unsubscribe(current, id);
            }
            begun.completeExceptionally(new PortaskException(ErrorCode.CLOSED, "The consumer is closed"));
        });
    }

    private static void unsubscribe(ClientSession carrier, int subscription) {
        carrier.detach(subscription);
        carrier.send(new Call<>(
                FrameType.UNSUBSCRIBE, out -> UnsubscribePayload.encode(out, subscription), payload -> subscription));
    }
}
