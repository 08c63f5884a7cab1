package io.portask.http.stream;

import io.portask.http.exchange.Problem;
import io.portask.http.json.ContentType;
import io.portask.http.json.JsonBuffer;
import io.portask.http.json.MessageJson;
import io.portask.record.ReceivedMessage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a stream looks like. */
enum StreamFormat {
    /** Server-Sent Events, as the HTML standard has them: what a browser's {@code EventSource} reads. */
    EVENTS("text/event-stream") {
        @Override
        void begin(JsonBuffer out, StreamPositions positions) {
            id(out, positions);
            out.plain("\n");
        }

        @Override
        void message(JsonBuffer out, StreamPositions positions, ReceivedMessage message) {
            id(out, positions);
            out.plain("data: ");
            MessageJson.send(out, message);
            out.plain("\n\n");
        }

        @Override
        void heartbeat(JsonBuffer out) {
            out.plain(":\n\n");
        }

        @Override
        void error(JsonBuffer out, Problem problem, @Nullable StreamPositions behind) {
            if (behind != null) {
                id(out, behind);
            }
            out.plain("event: error\ndata: ").json(problem.json()).plain("\n\n");
        }

        private void id(JsonBuffer out, StreamPositions positions) {
            out.plain("id: ");
            positions.write(out);
            out.plain("\n");
        }
    },
    /** Each line is one JSON document; an empty line is a heartbeat. */
    LINES("application/x-ndjson") {
        @Override
        void begin(JsonBuffer out, StreamPositions positions) {}

        @Override
        void message(JsonBuffer out, StreamPositions positions, ReceivedMessage message) {
            MessageJson.send(out, message);
            out.endLine();
        }

        @Override
        void heartbeat(JsonBuffer out) {
            out.plain("\n");
        }

        @Override
        void error(JsonBuffer out, Problem problem, @Nullable StreamPositions behind) {
            out.beginObject().name("error").json(problem.json()).endObject().endLine();
        }
    };

    private final String contentType;

    StreamFormat(String contentType) {
        this.contentType = contentType;
    }

    /** Lines for who names them before events in {@code Accept}, else events. */
    static StreamFormat of(@Nullable List<String> accept) {
        if (accept != null) {
            for (String range : String.join(",", accept).split(",", -1)) {
                String type = ContentType.essence(range);
                if (ContentType.isLines(type)) {
                    return LINES;
                }
                if (type.equals(EVENTS.contentType)) {
                    return EVENTS;
                }
            }
        }
        return EVENTS;
    }

    String contentType() {
        return contentType;
    }

    /** Comes first, and tells where the client is. */
    abstract void begin(JsonBuffer out, StreamPositions positions);

    /** @param positions with the message taken */
    abstract void message(JsonBuffer out, StreamPositions positions, ReceivedMessage message);

    /** Shows each side that the other is still there. */
    abstract void heartbeat(JsonBuffer out);

    /**
     * Why the stream ends.
     *
     * @param behind where the client shall go on, if that is news
     */
    abstract void error(JsonBuffer out, Problem problem, @Nullable StreamPositions behind);
}
