package io.portask.http.rest;

import com.sun.net.httpserver.HttpExchange;
import io.portask.broker.Broker;
import io.portask.broker.Cursor;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.exchange.StreamingExchange;
import io.portask.net.Connection;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import io.portask.store.FetchResult;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
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
                .thenCompose(topic -> broker.openCursor(partition, from, null, waiting::wake))
                .whenComplete(waiting::onOpened);
        return waiting.answer;
    }

    /** One fetch. Steps follow each other; only the end of the waiting may come from several sides. */
    private static final class Waiting {
        private final TopicPartition partition;
        private final int limit;
        private final int maxWaitMs;
        private final @Nullable StreamingExchange exchange;
        private final CompletableFuture<RestAnswer> answer = new CompletableFuture<>();
        private final CompletableFuture<@Nullable Void> woken = new CompletableFuture<>();

        Waiting(TopicPartition partition, int limit, int maxWaitMs, @Nullable StreamingExchange exchange) {
            this.partition = partition;
            this.limit = limit;
            this.maxWaitMs = maxWaitMs;
            this.exchange = exchange;
        }

        void onOpened(@Nullable Cursor opened, @Nullable Throwable error) {
            if (opened != null) {
                read(opened, maxWaitMs == 0);
            } else if (error != null) {
                answer.completeExceptionally(error);
            }
        }

        private void read(Cursor from, boolean lastTime) {
            long wanted = from.position();
            from.read(MAX_BYTES).whenComplete((result, error) -> {
                if (error != null) {
                    from.close();
                    answer.completeExceptionally(error);
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
                CompletionStage<@Nullable Void> timed = woken.completeOnTimeout(null, maxWaitMs, TimeUnit.MILLISECONDS);
                timed.thenRunAsync(() -> read(at, true));
            } else {
                awaitOn(known, at);
            }
            if (!at.arm()) {
                wake();
            }
        }

        private void awaitOn(StreamingExchange known, Cursor at) {
            Connection connection = known.connection();
            CompletionStage<@Nullable Void> wakeUp = woken;
            connection.execute(() -> {
                Connection.Timer timer = connection.schedule(maxWaitMs, this::wake);
                wakeUp.thenRun(() -> connection.execute(() -> {
                    timer.cancel();
                    read(at, true);
                }));
            });
            known.onShutdown(this::wake);
            // A client that is gone wakes nobody, and no cursor may wait for what it will not read.
            known.onDone(outcome -> at.close());
        }

        /** There is more, the time is over, or the server stops: whichever comes first. */
        void wake() {
            woken.complete(null);
        }

        private void finish(Cursor from, long wanted, FetchResult result) {
            from.close();
            FetchPage page = new FetchPage(partition, limit, wanted, result, answer);
            StreamingExchange known = exchange;
            if (known == null) {
                page.writeWhole();
            } else {
                page.writeInPieces(known);
            }
        }
    }
}
