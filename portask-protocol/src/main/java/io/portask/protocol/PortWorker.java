package io.portask.protocol;

import io.portask.consumer.Delivery;
import io.portask.consumer.GroupWorker;
import io.portask.consumer.GroupWorkerListener;
import io.portask.consumer.Settlement;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Header;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatchBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One worker of a work queue on a connection: asks the queue for what the client gave credit for, a little at a time and only while the client takes
 * bytes, and sends it. On the connection's thread, but for the listener's calls and {@link #joined}.
 */
final class PortWorker implements GroupWorkerListener {
    private static final Logger LOG = LoggerFactory.getLogger(PortWorker.class);
    /** More credit than this can only be a mistake. */
    private static final long MAX_CREDIT = 1L << 40;
    /** How many messages are asked for at a time at most. */
    private static final int MAX_PORTION = 100;
    /** About how many bytes these are, going by the last messages. */
    private static final int PORTION_BYTES = 1 << 20;
    /** About how large a frame becomes, unless one message is larger. */
    private static final int FRAME_BYTES = 256 << 10;

    private static final int BATCH_BYTES = 16 << 10;
    private static final int RECORD_BYTES = 64;
    private static final int MAX_OVERHEAD = 4 << 10;

    private final PortSession session;
    private final int id;
    private final int flags;
    private @Nullable RecordBatchBuilder batch;
    private @Nullable GroupWorker worker;
    /** What the client gave and the queue was not asked for. */
    private long credit;
    /** What the queue was asked for and did not give. */
    private int asked;

    /** How many messages are asked for at a time. */
    private int portion = 8;

    /** Set before {@link #ended} is looked at, so that either side has it leave. */
    private volatile @Nullable GroupWorker joined;

    private volatile boolean ended;

    PortWorker(PortSession session, int id, int flags) {
        this.session = session;
        this.id = id;
        this.flags = flags & FrameFlags.COMPRESSED;
    }

    /** The queue has taken it; where the connection is gone meanwhile it leaves again. */
    GroupWorker joined(GroupWorker taken) {
        joined = taken;
        if (ended) {
            taken.leaveAsync();
        }
        return taken;
    }

    void answer(int requestFlags, GroupWorker taken) {
        if (ended) {
            taken.leaveAsync();
            session.error(id, new PortaskException(ErrorCode.CLOSED, "The worker left before it began"));
            return;
        }
        worker = taken;
        new WorkResponse(taken.id(), taken.window()).encode(session.beginAnswer(FrameType.WORK, requestFlags, id));
        session.send();
        ask();
    }

    /** Null before the queue has taken it. */
    @Nullable
    GroupWorker worker() {
        return worker;
    }

    void addCredit(long messages) {
        if (messages > MAX_CREDIT - credit) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST,
                    "The worker's credit would be above " + MAX_CREDIT + " messages; it ends here");
        }
        credit += messages;
        ask();
    }

    /** Asks for more, where the client has credit and takes bytes. */
    void ask() {
        GroupWorker taken = worker;
        if (taken != null
                && !ended
                && credit > 0
                && asked <= portion / 2
                && session.connection().isWritable()) {
            int more = (int) Math.min(credit, portion - asked);
            credit -= more;
            asked += more;
            taken.request(more);
        }
    }

    @Override
    public void onDeliveries(List<Delivery> deliveries) {
        session.connection().execute(() -> {
            if (!ended) {
                asked -= deliveries.size();
                adapt(deliveries);
                send(deliveries);
                ask();
            }
        });
    }

    @Override
    public void onEnded(PortaskException reason) {
        session.connection().execute(() -> {
            if (!ended) {
                session.error(id, reason);
            }
        });
    }

    /** Large messages are asked for a few at a time. */
    private void adapt(List<Delivery> deliveries) {
        int largest = 1;
        for (Delivery delivery : deliveries) {
            largest = Math.max(largest, size(delivery));
        }
        portion = Math.max(1, Math.min(MAX_PORTION, PORTION_BYTES / largest));
    }

    private void send(List<Delivery> deliveries) {
        List<Delivery> frame = new ArrayList<>();
        int bytes = 0;
        for (Delivery delivery : deliveries) {
            int size = size(delivery);
            Delivery last = frame.isEmpty() ? null : frame.get(frame.size() - 1);
            if (last != null && (bytes + size > FRAME_BYTES || !DeliveriesPayload.follows(last, delivery))) {
                sendFrame(frame);
                bytes = 0;
            }
            if (size > session.context().maxFrameBytes() - MAX_OVERHEAD) {
                giveUp(delivery, size);
            } else {
                frame.add(delivery);
                bytes += size;
            }
        }
        if (!frame.isEmpty()) {
            sendFrame(frame);
        }
    }

    private void sendFrame(List<Delivery> frame) {
        RecordBatchBuilder builder = batch;
        if (builder == null) {
            builder = new RecordBatchBuilder(BATCH_BYTES);
            batch = builder;
        }
        DeliveriesPayload.encode(session.begin(FrameType.WORK, flags, id), frame, builder);
        session.send();
        frame.clear();
    }

    /** A message that was compressed with others can be larger by itself than a frame. */
    private void giveUp(Delivery delivery, int size) {
        LOG.warn(
                "Message {} of {} bytes fits into no frame; it is given up",
                delivery.message().id(),
                size);
        GroupWorker taken = worker;
        if (taken != null) {
            taken.settleAsync(List.of(Settlement.reject(delivery)));
            credit++;
        }
    }

    private static int size(Delivery delivery) {
        ReceivedMessage message = delivery.message();
        long size = (long) RECORD_BYTES + length(message.key()) + length(message.value());
        for (Header header : message.headers()) {
            size += RECORD_BYTES + 3L * header.name().length() + length(header.value());
        }
        return (int) Math.min(Integer.MAX_VALUE, size);
    }

    private static int length(byte @Nullable [] bytes) {
        return bytes == null ? 0 : bytes.length;
    }

    /** What it holds goes to others. */
    CompletionStage<@Nullable Void> end() {
        ended = true;
        if (batch != null) {
            batch.close();
        }
        GroupWorker taken = joined;
        return taken == null ? CompletableFuture.completedFuture(null) : taken.leaveAsync();
    }
}
