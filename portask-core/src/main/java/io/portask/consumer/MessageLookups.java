package io.portask.consumer;

import io.portask.broker.BatchDecoder;
import io.portask.broker.Cursor;
import io.portask.error.PortaskException;
import io.portask.record.ReceivedMessage;
import io.portask.store.FetchResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads messages of one partition again, those that are near each other by one read. Belongs to the thread of the queues. */
final class MessageLookups implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MessageLookups.class);
    private static final int FETCH_BYTES = 256 << 10;

    private final QueueLoop loop;
    private final BatchDecoder decoder;
    private final Cursor cursor;

    /** Tells that {@link #turn} has something to do. */
    private final Runnable onChange;

    private final Consumer<PortaskException> onFailure;
    private final TreeMap<Long, List<Consumer<@Nullable ReceivedMessage>>> wanted = new TreeMap<>();
    private boolean reading;
    private boolean closed;
    private long retryAtMs;

    MessageLookups(
            QueueLoop loop,
            BatchDecoder decoder,
            Cursor cursor,
            Runnable onChange,
            Consumer<PortaskException> onFailure) {
        this.loop = loop;
        this.decoder = decoder;
        this.cursor = cursor;
        this.onChange = onChange;
        this.onFailure = onFailure;
    }

    /** @param then is given the message, or null if it is no more, in a later turn */
    void lookUp(long offset, Consumer<@Nullable ReceivedMessage> then) {
        wanted.computeIfAbsent(offset, none -> new ArrayList<>(1)).add(then);
    }

    /** @return when to call again at the latest */
    long turn(long nowMs) {
        if (wanted.isEmpty() || reading) {
            return Long.MAX_VALUE;
        }
        if (nowMs < retryAtMs) {
            return retryAtMs;
        }
        long first = wanted.firstKey();
        cursor.seek(first);
        reading = true;
        loop.ask(cursor.read(FETCH_BYTES), (result, error) -> {
            reading = false;
            if (result != null) {
                onRead(first, result);
            } else if (!closed && error != null) {
                retryAtMs = loop.nowMs() + QueueLoop.RETRY_MS;
                onFailure.accept(error);
            }
            onChange.run();
        });
        return Long.MAX_VALUE;
    }

    private void onRead(long first, FetchResult result) {
        Map<Long, ReceivedMessage> found = new HashMap<>();
        long end;
        try (result) {
            if (closed) {
                return;
            }
            BatchDecoder.Decoded decoded = decoder.decode(cursor.partition(), result, first);
            decoded.messages().forEach(message -> found.put(message.offset(), message));
            end = result.isEmpty() ? Long.MAX_VALUE : decoded.nextOffset();
        } catch (PortaskException e) {
            retryAtMs = loop.nowMs() + QueueLoop.RETRY_MS;
            onFailure.accept(e);
            return;
        }
        SortedMap<Long, List<Consumer<@Nullable ReceivedMessage>>> known = wanted.headMap(end);
        Map<Long, List<Consumer<@Nullable ReceivedMessage>>> answered = new TreeMap<>(known);
        known.clear();
        answered.forEach((offset, askers) -> {
            ReceivedMessage message = found.get(offset);
            askers.forEach(asker -> answer(asker, message));
        });
    }

    private static void answer(Consumer<@Nullable ReceivedMessage> asker, @Nullable ReceivedMessage message) {
        try {
            asker.accept(message);
        } catch (RuntimeException e) {
            LOG.error("A work queue failed on a message that it had looked up", e);
        }
    }

    /** What was looked up is answered as if it were no more. */
    @Override
    public void close() {
        closed = true;
        List<List<Consumer<@Nullable ReceivedMessage>>> unanswered = new ArrayList<>(wanted.values());
        wanted.clear();
        unanswered.forEach(askers -> askers.forEach(asker -> answer(asker, null)));
        cursor.close();
    }
}
