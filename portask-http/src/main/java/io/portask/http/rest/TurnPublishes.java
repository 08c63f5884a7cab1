package io.portask.http.rest;

import io.portask.broker.Broker;
import io.portask.http.exchange.StreamingExchange;
import io.portask.record.Durability;
import io.portask.record.Message;
import io.portask.record.PublishResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Single publishes that reach an event loop in one of its turns, appended together at the turn's end: as few batches as their
 * partitions need, and in the order in which they came. What is not such a publish {@link #settle settles} them first, so
 * that the requests of a connection take effect in their order. Any thread; each has its own.
 */
final class TurnPublishes {
    /** What is gathered at most. More gains nothing, and one partition would get all of it where messages have no key. */
    private static final int MAX_BYTES = 16 << 10;

    private final Broker broker;
    private final ThreadLocal<Gathered> gathered = ThreadLocal.withInitial(Gathered::new);

    TurnPublishes(Broker broker) {
        this.broker = broker;
    }

    /** On the exchange's loop. */
    CompletionStage<PublishResult> publish(StreamingExchange exchange, Message message, Durability durability) {
        return gathered.get().add(exchange, message, durability);
    }

    /** Appends what the calling thread has gathered. */
    void settle() {
        gathered.get().append();
    }

    private final class Gathered {
        private List<Message> messages = new ArrayList<>();
        private List<CompletableFuture<PublishResult>> results = new ArrayList<>();
        private Durability durability = Durability.NONE;
        private long bytes;

        CompletionStage<PublishResult> add(StreamingExchange exchange, Message message, Durability wanted) {
            if (wanted != durability) {
                append();
                durability = wanted;
            }
            if (messages.isEmpty()) {
                // The task of a connection that is closed does not run.
                exchange.onDone(outcome -> append());
            }
            exchange.connection().execute(this::append);
            CompletableFuture<PublishResult> result = new CompletableFuture<>();
            messages.add(message);
            results.add(result);
            byte[] value = message.value();
            bytes += value == null ? 0 : value.length;
            if (bytes >= MAX_BYTES) {
                append();
            }
            return result;
        }

        void append() {
            if (messages.isEmpty()) {
                return;
            }
            List<CompletableFuture<PublishResult>> waiting = results;
            List<CompletionStage<PublishResult>> published;
            List<Message> together = messages;
            messages = new ArrayList<>();
            results = new ArrayList<>();
            bytes = 0;
            published = broker.publishEachAsync(together, durability);
            for (int i = 0; i < waiting.size(); i++) {
                CompletableFuture<PublishResult> result = waiting.get(i);
                published.get(i).whenComplete((known, error) -> {
                    if (error == null) {
                        result.complete(known);
                    } else {
                        result.completeExceptionally(error);
                    }
                });
            }
        }
    }
}
