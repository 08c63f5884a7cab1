package io.portask.http.rest;

import io.portask.broker.Broker;
import io.portask.error.PortaskException;
import io.portask.http.exchange.PartlyPublishedException;
import io.portask.http.json.PublishRequest;
import io.portask.record.Durability;
import io.portask.record.Message;
import io.portask.record.PublishResult;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Publishes messages that arrive as lines of JSON, some at a time, in their order: one batch after the other, so that when one
 * fails what is published is what stood before it. That stays published, and the error says how many messages it were; of
 * the batch that failed, those for other partitions may be stored too. One thread feeds it.
 */
final class BulkPublish {
    private static final int BATCH_MESSAGES = 1_000;
    private static final int BATCH_BYTES = 256 << 10;
    private static final int MAX_LINE_BYTES = 1 << 30;

    private final Broker broker;
    private final String topic;
    private final Durability durability;
    private final LineBuffer line;
    private List<Message> batch = new ArrayList<>();
    private int batchBytes;

    // Below: guarded by this.

    private final BulkResult published;
    private final Deque<List<Message>> waiting = new ArrayDeque<>();
    private final CompletableFuture<RestAnswer> answer = new CompletableFuture<>();
    private CompletableFuture<@Nullable Void> relieved = CompletableFuture.completedFuture(null);
    private boolean inFlight;
    private boolean ended;
    private @Nullable Exception failure;

    BulkPublish(Broker broker, String topic, Durability durability) {
        this.broker = broker;
        this.topic = topic;
        this.durability = durability;
        this.line = new LineBuffer((int) Math.min(2L * broker.config().maxBatchBytes(), MAX_LINE_BYTES));
        this.published = new BulkResult(topic, durability);
    }

    /** The answer, once all is done. */
    CompletionStage<RestAnswer> answer() {
        return answer;
    }

    /** Takes a part of the lines. After a failure it takes nothing more. */
    void accept(ByteBuffer part) {
        try {
            while (!hasFailed() && line.fill(part)) {
                endLine();
            }
        } catch (PortaskException e) {
            failAtLine(e);
        }
    }

    /** There are no more lines. */
    void end() {
        try {
            if (!hasFailed()) {
                endLine();
                publishBatch();
            }
        } catch (PortaskException e) {
            failAtLine(e);
        }
        synchronized (this) {
            ended = true;
        }
        answerIfDone();
    }

    /** The rest of the lines will not come. */
    void abort(Exception reason) {
        synchronized (this) {
            failure = failure == null ? reason : failure;
        }
        answerIfDone();
    }

    synchronized boolean hasFailed() {
        return failure != null;
    }

    /** Completes when the next part may come. */
    synchronized CompletionStage<@Nullable Void> relieved() {
        return relieved;
    }

    private void endLine() {
        if (!line.isBlank()) {
            batch.add(PublishRequest.parseMessage(topic, line.bytes(), 0, line.size()));
            batchBytes += line.size();
        }
        line.next();
        if (batch.size() == BATCH_MESSAGES || batchBytes >= BATCH_BYTES) {
            publishBatch();
        }
    }

    /** What stands before the bad line is published. */
    private void failAtLine(PortaskException e) {
        publishBatch();
        abort(new PortaskException(e.code(), "Line " + line.number() + ": " + e.getMessage(), e));
    }

    private void publishBatch() {
        List<Message> messages = batch;
        batch = new ArrayList<>();
        batchBytes = 0;
        if (messages.isEmpty()) {
            return;
        }
        synchronized (this) {
            waiting.add(messages);
            if (inFlight && relieved.isDone()) {
                relieved = new CompletableFuture<>();
            }
        }
        publishNext();
    }

    private void publishNext() {
        List<Message> next;
        synchronized (this) {
            next = inFlight ? null : waiting.poll();
            inFlight |= next != null;
        }
        if (next != null) {
            broker.publishAllAsync(next, durability).whenComplete(this::onPublished);
        }
    }

    private void onPublished(@Nullable List<PublishResult> results, @Nullable Throwable error) {
        CompletableFuture<@Nullable Void> relief = null;
        synchronized (this) {
            inFlight = false;
            if (results != null) {
                published.add(results);
            } else if (error != null) {
                // It concerns lines before any bad one that was met since.
                failure = PortaskException.of(error);
                waiting.clear();
            }
            if (waiting.size() <= 1) {
                relief = relieved;
            }
        }
        publishNext();
        if (relief != null) {
            relief.complete(null);
        }
        answerIfDone();
    }

    private void answerIfDone() {
        Exception failed;
        RestAnswer whole = null;
        synchronized (this) {
            if (inFlight || !waiting.isEmpty() || (!ended && failure == null)) {
                return;
            }
            failed = failure == null ? null : new PartlyPublishedException(failure, published.messages());
            whole = failed == null ? RestAnswer.object(200, published::write) : null;
        }
        if (whole != null) {
            answer.complete(whole);
        } else if (failed != null) {
            answer.completeExceptionally(failed);
        }
    }
}
