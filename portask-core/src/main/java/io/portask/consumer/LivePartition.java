package io.portask.consumer;

import io.portask.broker.BatchDecoder;
import io.portask.broker.Cursor;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.queue.DeadLetterIntent;
import io.portask.queue.DeliveryAnswer;
import io.portask.queue.MessageTimes;
import io.portask.queue.QueuePartition;
import io.portask.record.Header;
import io.portask.record.ReceivedMessage;
import io.portask.record.TopicPartition;
import io.portask.store.FetchResult;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A partition that a work queue is at: reads its messages ahead, up to a bound, hands out what was taken of it, and brings given-up messages to
 * the dead-letter topic. Belongs to the thread of the queues.
 */
final class LivePartition {
    private static final Logger LOG = LoggerFactory.getLogger(LivePartition.class);
    private static final int FETCH_BYTES = 256 << 10;
    private static final int CACHE_BYTES = 4 << 20;
    private static final int MESSAGE_OVERHEAD = 200;
    private static final int HEADER_OVERHEAD = 64;
    private static final long NOT_BLOCKED = -1;

    private record Awaited(long position, Confirmation confirmation) {}

    private record LookedUp(GroupWorker worker, int attempt) {}

    final TopicPartition partition;
    final QueuePartition core;

    /** The newest low that was committed. */
    long committed;

    private final LiveQueue queue;
    private final QueueLoop loop;
    private final int maxUnsettled;
    private final @Nullable String deadLetterTopic;
    private final BatchDecoder decoder;
    private final Cursor reader;
    private final MessageLookups lookups;
    private final QueueMeters.Counted counted;

    /** What was read and may be handed out now. */
    private final Map<Long, ReceivedMessage> cache = new HashMap<>();

    /** What was taken by workers and is read again for them. */
    private final Map<Long, LookedUp> looked = new HashMap<>();

    private final ArrayDeque<Awaited> awaited = new ArrayDeque<>();
    private long cacheBytes;
    private boolean reading;
    private boolean atEnd;
    private long blockedAt = NOT_BLOCKED;
    private long readAtMs;
    private long buryAtMs;
    private boolean burying;
    private int failures;
    private boolean closed;

    LivePartition(LiveQueue queue, QueuePartition core, QueueOpener.Opened opened, QueueServices services) {
        this.queue = queue;
        this.loop = services.loop();
        this.core = core;
        this.partition = opened.partition();
        this.committed = opened.start();
        this.maxUnsettled = queue.options.config().maxUnsettled();
        this.deadLetterTopic = queue.options.config().deadLetterTopicOf(partition.topic());
        this.decoder = services.decoder();
        this.reader = opened.reader();
        this.lookups = new MessageLookups(loop, decoder, opened.again(), queue::touch, this::onLookupFailed);
        this.counted = services.meters().new Counted(core.counters());
        reader.seek(core.next());
    }

    /** There is more to read, or the topic is gone. */
    void onMoreData() {
        atEnd = false;
    }

    /**
     * Reads once, if there is room.
     *
     * @return whether something was met at once, so that there may be more
     */
    boolean read(long nowMs) {
        if (!wantsToRead(nowMs)) {
            return false;
        }
        long wanted = reader.position();
        CompletableFuture<FetchResult> fetch = reader.read(FETCH_BYTES).toCompletableFuture();
        if (!fetch.isDone()) {
            reading = true;
            loop.ask(fetch, (result, error) -> {
                reading = false;
                if (result != null) {
                    onRead(result, wanted);
                } else if (error != null) {
                    onReadFailed(error);
                }
                queue.touch();
            });
            return false;
        }
        try {
            return onRead(fetch.join(), wanted);
        } catch (CompletionException e) {
            onReadFailed(PortaskException.of(e));
            return false;
        }
    }

    private boolean wantsToRead(long nowMs) {
        return !closed
                && !reading
                && !atEnd
                && nowMs >= readAtMs
                && core.position() - core.storedPosition() < maxUnsettled
                && !isBlocked()
                && hasRoom();
    }

    private boolean isBlocked() {
        if (blockedAt != NOT_BLOCKED) {
            long room = maxUnsettled - (blockedAt - core.low());
            if (core.low() == core.high() || room >= Math.max(1, maxUnsettled / 4) || (room > 0 && core.ready() == 0)) {
                blockedAt = NOT_BLOCKED;
            }
        }
        return blockedAt != NOT_BLOCKED;
    }

    private boolean hasRoom() {
        if (cacheBytes >= CACHE_BYTES && cache.size() > core.ready()) {
            cache.keySet().removeIf(offset -> !core.isReady(offset));
            cacheBytes = cache.values().stream().mapToLong(LivePartition::size).sum();
        }
        return cacheBytes < CACHE_BYTES;
    }

    private boolean onRead(FetchResult result, long wanted) {
        try (result) {
            if (closed) {
                return false;
            }
            failures = 0;
            if (result.startOffset() > core.low()) {
                core.trim(result.startOffset());
            }
            if (result.isEmpty()) {
                core.skipTo(reader.position());
                atEnd = reader.arm();
                return !atEnd;
            }
            BatchDecoder.Decoded decoded = decoder.decode(partition, result, wanted);
            reader.seek(decoded.nextOffset());
            offer(decoded);
            return true;
        } catch (PortaskException e) {
            reader.seek(wanted);
            onReadFailed(e);
            return false;
        }
    }

    private void offer(BatchDecoder.Decoded decoded) {
        long now = loop.nowMs();
        for (ReceivedMessage message : decoded.messages()) {
            MessageTimes times = MessageTimes.of(message.headers(), message.timestamp());
            long offset = message.offset();
            if (!core.offer(offset, times.dueMs(), times.expiresAtMs(), now)) {
                blockedAt = offset;
                reader.seek(offset);
                return;
            }
            if (core.isReady(offset) && cache.put(offset, message) == null) {
                cacheBytes += size(message);
            }
        }
        core.skipTo(decoded.nextOffset());
    }

    private void onReadFailed(PortaskException error) {
        if (closed) {
            return;
        }
        if (error.code() == ErrorCode.UNKNOWN_TOPIC || error.code() == ErrorCode.UNKNOWN_PARTITION) {
            queue.onGone(this);
        } else {
            readAtMs = loop.nowMs() + QueueLoop.RETRY_MS;
            onFailure("read", error);
        }
    }

    /** Tells the log the first time, and then once a minute. */
    private void onFailure(String what, PortaskException error) {
        if (failures++ % 60 == 0) {
            LOG.warn("Group '{}' cannot {} {}; it tries again every second", queue.name, what, partition, error);
        }
    }

    /** A message was taken by a worker, who gets it with its content: at once if that is at hand. */
    void deliver(GroupWorker worker, long offset, int attempt) {
        ReceivedMessage message = cache.remove(offset);
        if (message == null) {
            int withdrawals = worker.withdrawals;
            looked.put(offset, new LookedUp(worker, attempt));
            lookups.lookUp(offset, found -> deliverAgain(worker, offset, attempt, withdrawals, found));
        } else {
            cacheBytes -= size(message);
            queue.tell(worker, Delivery.of(message, attempt));
        }
    }

    private void deliverAgain(
            GroupWorker worker, long offset, int attempt, int withdrawals, @Nullable ReceivedMessage found) {
        looked.remove(offset, new LookedUp(worker, attempt));
        if (found == null || closed) {
            if (!closed) {
                core.remove(offset);
            }
            queue.requestAgain(worker, withdrawals);
            return;
        }
        long timeoutMs = queue.options.config().ackTimeoutMs();
        if (core.extend(worker.member, offset, attempt, timeoutMs, loop.nowMs()) == DeliveryAnswer.ACCEPTED) {
            queue.tell(worker, Delivery.of(found, attempt));
        } else {
            queue.requestAgain(worker, withdrawals);
        }
    }

    /** What cannot be read now is not its worker's fault: the delivery has more time. */
    private void onLookupFailed(PortaskException error) {
        long moreMs = Math.max(queue.options.config().ackTimeoutMs(), 2 * QueueLoop.RETRY_MS);
        looked.forEach((offset, to) -> core.extend(to.worker.member, offset, to.attempt, moreMs, loop.nowMs()));
        onFailure("read", error);
    }

    DeliveryAnswer settle(GroupWorker worker, Settlement settlement, long nowMs) {
        long offset = settlement.offset();
        int attempt = settlement.attempt();
        return switch (settlement.kind()) {
            case ACK -> core.ack(worker.member, offset, attempt);
            case NACK -> core.nack(worker.member, offset, attempt, settlement.timeMs(), nowMs);
            case REJECT -> core.reject(worker.member, offset, attempt, nowMs);
            case EXTEND -> core.extend(worker.member, offset, attempt, settlement.timeMs(), nowMs);
        };
    }

    /** The answers are told when what happened here so far is stored. */
    void await(Confirmation confirmation) {
        if (core.storedPosition() >= core.position()) {
            return;
        }
        Awaited last = awaited.peekLast();
        if (last == null || last.confirmation != confirmation || last.position != core.position()) {
            confirmation.await();
            awaited.add(new Awaited(core.position(), confirmation));
        }
    }

    /** The journal has taken something. */
    void onStored() {
        Awaited first = awaited.peek();
        while (first != null && first.position <= core.storedPosition()) {
            awaited.remove();
            first.confirmation.stored();
            first = awaited.peek();
        }
    }

    void failAwaited(PortaskException error) {
        awaited.forEach(each -> each.confirmation.failed(error));
        awaited.clear();
    }

    /**
     * Looks up what is to be delivered again, and carries out what is to go to the dead-letter topic.
     *
     * @return when to call again at the latest
     */
    long turn(long nowMs) {
        long next = Long.MAX_VALUE;
        if (!burying && nowMs >= buryAtMs) {
            DeadLetterIntent intent = core.pollDeadLetter();
            while (intent != null && deadLetterTopic == null) {
                core.deadLetterDiscarded();
                intent = core.pollDeadLetter();
            }
            if (intent != null) {
                begin(intent, deadLetterTopic);
            }
        } else if (!burying) {
            next = buryAtMs;
        }
        counted.update();
        next = Math.min(next, lookups.turn(nowMs));
        return nowMs < readAtMs ? Math.min(next, readAtMs) : next;
    }

    private void begin(DeadLetterIntent intent, @Nullable String topic) {
        if (topic != null) {
            burying = true;
            lookups.lookUp(intent.offset(), original -> bury(intent, original, topic));
        }
    }

    private void bury(DeadLetterIntent intent, @Nullable ReceivedMessage original, String topic) {
        if (closed) {
            return;
        }
        loop.ask(queue.deadLetters().write(intent, original, topic, loop.nowMs()), (stored, error) -> {
            burying = false;
            if (error == null) {
                core.deadLetterStored();
                failures = 0;
            } else {
                core.deadLetterFailed();
                buryAtMs = loop.nowMs() + QueueLoop.RETRY_MS;
                onFailure("bring given-up messages to " + topic + " from", error);
            }
            queue.touch();
        });
    }

    /** Whether all that happened is stored and nothing is under way, but for what failed and is tried again later. */
    boolean isSettled() {
        return awaited.isEmpty()
                && !burying
                && core.storedPosition() == core.position()
                && (!core.isGivingUp() || loop.nowMs() < buryAtMs);
    }

    /** Whether the topic is gone. */
    boolean isDeleted() {
        return reader.isDeleted();
    }

    /** Reads no more; what is under way comes to nothing. */
    void close() {
        closed = true;
        counted.update();
        reader.close();
        lookups.close();
        cache.clear();
    }

    private static long size(ReceivedMessage message) {
        long size = (long) MESSAGE_OVERHEAD + length(message.key()) + length(message.value());
        for (Header header : message.headers()) {
            size += HEADER_OVERHEAD + header.name().length() + length(header.value());
        }
        return size;
    }

    private static int length(byte @Nullable [] bytes) {
        return bytes == null ? 0 : bytes.length;
    }
}
