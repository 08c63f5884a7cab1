package io.portask.http.rest;

import com.sun.net.httpserver.HttpExchange;
import io.portask.broker.Broker;
import io.portask.broker.Cursor;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.exchange.StreamingExchange;
import io.portask.http.json.JsonBuffer;
import io.portask.http.json.MessageJson;
import io.portask.net.Connection;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import io.portask.store.FetchResult;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Reads some messages of a partition, and waits for the first one where that is wanted. Holds no thread while it waits. */
final class Fetches {
    static final int DEFAULT_LIMIT = 100;
    static final int MAX_LIMIT = 10_000;
    static final int MAX_WAIT_MS = 60_000;

    /** What one answer reads at most, unless a single batch is larger. */
    private static final int MAX_BYTES = 1 << 20;

    private final Broker broker;

    Fetches(Broker broker) {
        this.broker = broker;
    }

    /** As {@link StartPosition#parse}, without the committed position, for nobody says whose. */
    static StartPosition start(String text) {
        StartPosition position = StartPosition.parse(text);
        if (position.kind() == StartPosition.Kind.COMMITTED) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST,
                    "A fetch has no consumer; ask for its offsets, or use the topic's stream with a group");
        }
        return position;
    }

    CompletionStage<RestAnswer> fetch(
            HttpExchange exchange, TopicPartition partition, StartPosition from, int limit, int maxWaitMs) {
        Waiting waiting = new Waiting(partition, limit, maxWaitMs, StreamingExchange.of(exchange));
        // A topic that is only read is not created, whatever the broker does for those that are published to.
        broker.describeTopicAsync(partition.topic())
                .thenCompose(topic -> broker.openCursor(partition, from, null, waiting::onMoreData))
                .whenComplete(waiting::onOpened);
        return waiting.answer;
    }

    /** One fetch. Steps follow each other; only the end of the waiting may come from two sides. */
    private static final class Waiting {
        private final TopicPartition partition;
        private final int limit;
        private final int maxWaitMs;
        private final @Nullable StreamingExchange exchange;
        private final CompletableFuture<RestAnswer> answer = new CompletableFuture<>();
        private final AtomicBoolean last = new AtomicBoolean();
        private volatile @Nullable Cursor cursor;
        private volatile Connection.@Nullable Timer timer;

        Waiting(TopicPartition partition, int limit, int maxWaitMs, @Nullable StreamingExchange exchange) {
            this.partition = partition;
            this.limit = limit;
            this.maxWaitMs = maxWaitMs;
            this.exchange = exchange;
        }

        void onOpened(@Nullable Cursor opened, @Nullable Throwable error) {
            if (opened == null) {
                answer.completeExceptionally(PortaskException.of(error == null ? new IllegalStateException() : error));
                return;
            }
            cursor = opened;
            read(opened, maxWaitMs == 0);
        }

        private void read(Cursor from, boolean lastTime) {
            long wanted = from.position();
            from.read(MAX_BYTES).whenComplete((result, error) -> {
                if (error != null) {
                    from.close();
                    answer.completeExceptionally(PortaskException.of(error));
                } else if (result.isEmpty() && !lastTime) {
                    result.close();
                    await(from);
                } else {
                    finish(from, wanted, result);
                }
            });
        }

        private void await(Cursor at) {
            StreamingExchange known = exchange;
            if (known == null) {
                CompletableFuture.delayedExecutor(maxWaitMs, TimeUnit.MILLISECONDS)
                        .execute(this::onMoreData);
            } else {
                known.connection().execute(() -> timer = known.connection().schedule(maxWaitMs, this::onMoreData));
                known.onDone(outcome -> onMoreData());
            }
            if (!at.arm()) {
                onMoreData();
            }
        }

        /** There is more, or the time is over, or the client gone: whichever comes first. */
        void onMoreData() {
            Cursor at = cursor;
            if (at == null || !last.compareAndSet(false, true)) {
                return;
            }
            StreamingExchange known = exchange;
            if (known == null) {
                read(at, true);
            } else {
                known.connection().execute(() -> {
                    Connection.Timer set = timer;
                    if (set != null) {
                        set.cancel();
                    }
                    read(at, true);
                });
            }
        }

        private void finish(Cursor from, long wanted, FetchResult result) {
            try (from) {
                answer.complete(RestAnswer.object(200, json -> write(json, wanted, result)));
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
        }

        private void write(JsonBuffer json, long wanted, FetchResult result) {
            json.name("topic").string(partition.topic());
            json.name("partition").number(partition.partition());
            json.name("startOffset").number(result.startOffset());
            json.name("endOffset").number(result.endOffset());
            json.name("messages").beginArray();
            int[] taken = new int[1];
            long next = StoredMessages.visit(result, partition, wanted, message -> {
                if (taken[0] == limit) {
                    return false;
                }
                taken[0]++;
                MessageJson.write(json, message);
                return true;
            });
            json.endArray();
            json.name("nextOffset").number(next);
        }
    }
}
