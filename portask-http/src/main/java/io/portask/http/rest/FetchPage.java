package io.portask.http.rest;

import io.portask.http.exchange.StreamingExchange;
import io.portask.http.feed.Portion;
import io.portask.http.json.JsonBuffer;
import io.portask.http.json.MessageJson;
import io.portask.record.ReceivedMessage;
import io.portask.record.TopicPartition;
import io.portask.store.FetchResult;
import java.util.concurrent.CompletableFuture;

/**
 * The answer to one fetch, written message by message: as a whole, or in pieces between which a connection's thread gets to its
 * other work. One thread.
 */
final class FetchPage {
    /** An answer that has grown to this takes no further message, however well they were compressed. */
    private static final int MAX_JSON_BYTES = 4 << 20;

    /** What is written at a time; a single message may be more. */
    private static final int PIECE_BYTES = 128 << 10;

    private final int limit;
    private final Portion portion;
    private final CompletableFuture<RestAnswer> answer;
    private final JsonBuffer json = new JsonBuffer();
    private int taken;
    private int pieceEnd;
    private boolean full;

    /**
     * Takes the result over.
     *
     * @param wanted the first offset asked for
     * @param answer gets the page, or what is wrong with a message
     */
    FetchPage(
            TopicPartition partition,
            int limit,
            long wanted,
            FetchResult result,
            CompletableFuture<RestAnswer> answer) {
        this.limit = limit;
        this.answer = answer;
        portion = new Portion(result, partition, wanted);
        json.beginObject();
        json.name("topic").string(partition.topic());
        json.name("partition").number(partition.partition());
        json.name("startOffset").number(result.startOffset());
        json.name("endOffset").number(result.endOffset());
        json.name("messages").beginArray();
    }

    void writeWhole() {
        writePiece(Integer.MAX_VALUE);
    }

    /** On the exchange's thread, now or later. */
    void writeInPieces(StreamingExchange exchange) {
        if (exchange.isOnLoop()) {
            nextPiece(exchange);
        } else {
            exchange.onDone(gone -> portion.close());
            exchange.connection().execute(() -> nextPiece(exchange));
        }
    }

    private void nextPiece(StreamingExchange exchange) {
        boolean first = pieceEnd == 0;
        if (!writePiece(PIECE_BYTES)) {
            if (first) {
                // Of a client that is gone, no further piece is asked for.
                exchange.onDone(gone -> portion.close());
            }
            exchange.connection().execute(() -> nextPiece(exchange));
        }
    }

    /** Whether that was the last one. */
    private boolean writePiece(int maxBytes) {
        pieceEnd = (int) Math.min(Integer.MAX_VALUE, (long) json.size() + maxBytes);
        try {
            if (!portion.visit(this::take) && !full) {
                return false;
            }
        } catch (RuntimeException e) {
            portion.close();
            answer.completeExceptionally(e);
            return true;
        }
        portion.close();
        json.endArray();
        json.name("nextOffset").number(portion.next()).endObject();
        answer.complete(RestAnswer.bytes(200, RestAnswer.JSON, json.toByteArray()));
        return true;
    }

    private boolean take(ReceivedMessage message) {
        full = taken == limit || (taken > 0 && json.size() >= MAX_JSON_BYTES);
        if (full || json.size() >= pieceEnd) {
            return false;
        }
        if (!MessageJson.trySend(json, message)) {
            if (taken == 0) {
                throw MessageJson.tooLarge(message);
            }
            full = true;
            return false;
        }
        taken++;
        return true;
    }
}
