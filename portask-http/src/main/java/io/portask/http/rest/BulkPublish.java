package io.portask.http.rest;

import io.portask.broker.Broker;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.json.DurabilityWords;
import io.portask.http.json.JsonBuffer;
import io.portask.http.json.PublishRequest;
import io.portask.record.Durability;
import io.portask.record.Message;
import io.portask.record.PublishResult;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Publishes messages that arrive as lines of JSON, some at a time, in their order. What was published before a bad line stays
 * published, and the error says how many that were. One thread feeds it.
 */
final class BulkPublish {
    private static final int BATCH_MESSAGES = 1_000;
    private static final int BATCH_BYTES = 256 << 10;

    /** The feeder should wait while this much is on its way to the store. */
    private static final int MAX_IN_FLIGHT_BYTES = 4 * BATCH_BYTES;

    /** What one partition got. */
    private static final class Share {
        private long firstOffset = Long.MAX_VALUE;
        private long lastOffset = -1;
        private long messages;

        void add(PublishResult result) {
            firstOffset = Math.min(firstOffset, result.offset());
            lastOffset = Math.max(lastOffset, result.offset());
            messages++;
        }
    }

    private final Broker broker;
    private final String topic;
    private final Durability durability;
    private final int maxLineBytes;

    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private List<Message> batch = new ArrayList<>();
    private int batchBytes;
    private long lineNumber = 1;

    // Below: guarded by this.

    private final Map<Integer, Share> shares = new TreeMap<>();
    private final CompletableFuture<RestAnswer> answer = new CompletableFuture<>();
    private CompletableFuture<@Nullable Void> relieved = CompletableFuture.completedFuture(null);
    private long published;
    private int inFlightBytes;
    private int inFlight;
    private boolean ended;
    private @Nullable PortaskException failure;

    BulkPublish(Broker broker, String topic, Durability durability) {
        this.broker = broker;
        this.topic = topic;
        this.durability = durability;
        this.maxLineBytes = 2 * broker.config().maxBatchBytes();
    }

    /** The answer, once all is done. */
    CompletionStage<RestAnswer> answer() {
        return answer;
    }

    /** Takes a part of the lines. After a failure it takes nothing more. */
    void accept(ByteBuffer part) {
        try {
            while (part.hasRemaining() && !hasFailed()) {
                int from = part.position();
                int to = from;
                while (to < part.limit() && part.get(to) != '\n') {
                    to++;
                }
                append(part, to - from);
                if (part.hasRemaining()) {
                    part.get();
                    endLine();
                }
            }
        } catch (PortaskException e) {
            failAtLine(e);
        }
    }

    private void append(ByteBuffer part, int bytes) {
        if (bytes > maxLineBytes - line.size()) {
            throw new PortaskException(ErrorCode.BATCH_TOO_LARGE, "A line has up to " + maxLineBytes + " bytes");
        }
        byte[] piece = new byte[bytes];
        part.get(piece);
        line.writeBytes(piece);
    }

    /** What stands before the bad line is published. */
    private void failAtLine(PortaskException e) {
        long bad = lineNumber;
        publishBatch();
        fail(new PortaskException(e.code(), "Line " + bad + ": " + e.getMessage(), e));
    }

    /** There are no more lines. */
    void end() {
        try {
            endLine();
            publishBatch();
        } catch (PortaskException e) {
            failAtLine(e);
        }
        synchronized (this) {
            ended = true;
        }
        answerIfDone();
    }

    /** The rest of the lines will not come. */
    void abort(PortaskException reason) {
        fail(reason);
    }

    synchronized boolean hasFailed() {
        return failure != null;
    }

    /** Completes when the next part may come. */
    synchronized CompletionStage<@Nullable Void> relieved() {
        return relieved;
    }

    private void endLine() {
        byte[] json = line.toByteArray();
        line.reset();
        if (new String(json, StandardCharsets.ISO_8859_1).isBlank()) {
            lineNumber++;
            return;
        }
        batch.add(PublishRequest.parseMessage(topic, json, 0, json.length));
        lineNumber++;
        batchBytes += json.length;
        if (batch.size() == BATCH_MESSAGES || batchBytes >= BATCH_BYTES) {
            publishBatch();
        }
    }

    private void publishBatch() {
        List<Message> messages = batch;
        int bytes = batchBytes;
        batch = new ArrayList<>();
        batchBytes = 0;
        if (messages.isEmpty()) {
            return;
        }
        synchronized (this) {
            inFlight++;
            inFlightBytes += bytes;
            if (inFlightBytes > MAX_IN_FLIGHT_BYTES && relieved.isDone()) {
                relieved = new CompletableFuture<>();
            }
        }
        broker.publishAllAsync(messages, durability)
                .whenComplete((results, error) -> onPublished(bytes, results, error));
    }

    private void onPublished(int bytes, @Nullable List<PublishResult> results, @Nullable Throwable error) {
        CompletableFuture<@Nullable Void> relief = null;
        synchronized (this) {
            inFlight--;
            inFlightBytes -= bytes;
            if (results != null) {
                published += results.size();
                for (PublishResult result : results) {
                    shares.computeIfAbsent(result.id().partition(), partition -> new Share())
                            .add(result);
                }
            } else if (failure == null && error != null) {
                failure = PortaskException.of(error);
            }
            if (inFlightBytes <= MAX_IN_FLIGHT_BYTES / 2 || failure != null) {
                relief = relieved;
            }
        }
        if (relief != null) {
            relief.complete(null);
        }
        answerIfDone();
    }

    private void fail(PortaskException reason) {
        synchronized (this) {
            failure = failure == null ? reason : failure;
        }
        answerIfDone();
    }

    private void answerIfDone() {
        PortaskException failed;
        RestAnswer whole;
        synchronized (this) {
            if (inFlight > 0 || (!ended && failure == null)) {
                return;
            }
            failed = failure == null ? null : withCount(failure);
            whole = RestAnswer.object(200, this::write);
        }
        if (failed == null) {
            answer.complete(whole);
        } else {
            answer.completeExceptionally(failed);
        }
    }

    private PortaskException withCount(PortaskException reason) {
        return new PortaskException(
                reason.code(), reason.getMessage() + " (" + published + " messages before it were published)", reason);
    }

    private void write(JsonBuffer json) {
        json.name("topic").string(topic);
        json.name("messages").number(published);
        json.name("ack").string(DurabilityWords.word(durability));
        json.name("partitions").beginArray();
        shares.forEach((partition, share) -> {
            json.beginObject();
            json.name("partition").number(partition);
            json.name("firstOffset").number(share.firstOffset);
            json.name("lastOffset").number(share.lastOffset);
            json.name("messages").number(share.messages);
            json.endObject();
        });
        json.endArray();
    }
}
