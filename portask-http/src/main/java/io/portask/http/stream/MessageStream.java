package io.portask.http.stream;

import io.portask.broker.Broker;
import io.portask.broker.Cursor;
import io.portask.broker.ReadTurns;
import io.portask.error.PortaskException;
import io.portask.http.exchange.Problem;
import io.portask.http.feed.FeedSink;
import io.portask.http.feed.PortionBudget;
import io.portask.http.feed.TopicFeed;
import io.portask.http.json.JsonBuffer;
import io.portask.record.ReceivedMessage;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One client that follows a topic. On one thread, but for {@link #open}. Nothing is read while the client takes nothing; one
 * that is slow or idle costs its cursors.
 */
final class MessageStream implements FeedSink {
    private static final ThreadLocal<JsonBuffer> BUFFER = ThreadLocal.withInitial(JsonBuffer::new);

    private enum State {
        OPENING,
        OPEN,
        ENDED
    }

    private final StreamRequest request;
    private final ReadTurns turns;
    private final TopicFeed feed;
    private State state = State.OPENING;
    private @Nullable Outlet outlet;
    private @Nullable StreamPositions positions;
    /** Nothing was sent since the last heartbeat was due. */
    private boolean quiet;

    /** @param thread runs tasks on the stream's thread, one after the other, until the client is gone */
    MessageStream(StreamRequest request, Executor thread) {
        this.request = request;
        this.turns = new ReadTurns(this::maySend);
        this.feed = new TopicFeed(turns, thread, this, PortionBudget.NONE);
    }

    private void transitionTo(State next) {
        if (next.compareTo(state) <= 0) {
            throw new IllegalStateException("A stream that is " + state + " cannot become " + next);
        }
        state = next;
    }

    /** Finds where to start. A topic that is only read is not created. Any thread. */
    CompletionStage<List<Cursor>> open(Broker broker) {
        return broker.describeTopicAsync(request.topic())
                .thenCompose(topic -> feed.open(
                        broker,
                        topic.name(),
                        request.partitions(topic.partitions().size()),
                        request::start,
                        request.group()));
    }

    void begin(List<Cursor> cursors, Outlet to) {
        transitionTo(State.OPEN);
        outlet = to;
        StreamPositions start = new StreamPositions(cursors);
        positions = start;
        write(out -> request.format().begin(out, start));
        feed.begin(cursors);
        turns.pump();
    }

    @Override
    public boolean hasCredit() {
        return true;
    }

    @Override
    public boolean maySend() {
        Outlet to = outlet;
        return state == State.OPEN && to != null && to.isWritable();
    }

    @Override
    public void send(ReceivedMessage message) {
        StreamPositions known = positions;
        if (known != null) {
            known.advance(message.partition(), message.offset() + 1);
            try {
                write(out -> request.format().message(out, known, message));
            } catch (PortaskException e) {
                // It would be the same again: who comes back goes on behind the message.
                end(e, known);
            }
        }
    }

    /** The client takes more. */
    void onWritable() {
        turns.pump();
    }

    /** Called from time to time: sends something if nothing was sent lately. */
    void heartbeat() {
        if (quiet && maySend()) {
            write(request.format()::heartbeat);
        }
        quiet = true;
    }

    @Override
    public void fail(PortaskException error) {
        end(error);
    }

    /** Says why, and ends the response. No effect on one that has ended. */
    void end(PortaskException reason) {
        end(reason, null);
    }

    private void end(PortaskException reason, @Nullable StreamPositions behind) {
        Outlet to = outlet;
        if (state == State.OPEN && to != null) {
            write(out -> request.format().error(out, Problem.of(reason), behind));
            onGone();
            to.end();
        }
    }

    /** The client is gone, or is not to be told anything. */
    void onGone() {
        if (state != State.ENDED) {
            transitionTo(State.ENDED);
            feed.end();
            turns.clear();
        }
    }

    private void write(Consumer<JsonBuffer> text) {
        Outlet to = outlet;
        if (to != null) {
            quiet = false;
            JsonBuffer out = BUFFER.get().reset();
            text.accept(out);
            if (out.size() > 0) {
                to.write(out.view());
            }
        }
    }
}
