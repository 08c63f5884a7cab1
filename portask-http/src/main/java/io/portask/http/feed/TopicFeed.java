package io.portask.http.feed;

import io.portask.broker.Broker;
import io.portask.broker.Cursor;
import io.portask.broker.ReadTurns;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What one client gets of some partitions of a topic. On its thread, but for {@link #open}. */
public final class TopicFeed {
    private final ReadTurns turns;
    private final Executor thread;
    private final FeedSink sink;
    private final PortionBudget budget;
    private final List<PartitionFeed> feeds = new ArrayList<>(1);
    private boolean ended;

    /**
     * @param thread runs tasks on the client's thread, one after the other, until the client is gone
     * @param budget for what was read and waits for credit
     */
    public TopicFeed(ReadTurns turns, Executor thread, FeedSink sink, PortionBudget budget) {
        this.turns = turns;
        this.thread = thread;
        this.sink = sink;
        this.budget = budget;
    }

    /**
     * Finds where to start; {@link #begin} goes on from there. Any thread.
     *
     * @param from where to start in a partition
     * @param group whose committed positions count; null without one
     */
    public CompletionStage<List<Cursor>> open(
            Broker broker,
            String topic,
            IntStream partitions,
            IntFunction<StartPosition> from,
            @Nullable String group) {
        List<CompletableFuture<Cursor>> cursors = partitions
                .mapToObj(number -> broker.openCursor(
                                new TopicPartition(topic, number),
                                from.apply(number),
                                group,
                                () -> thread.execute(() -> onWake(number)))
                        .toCompletableFuture())
                .toList();
        return CompletableFuture.allOf(cursors.toArray(CompletableFuture<?>[]::new))
                .thenApply(
                        opened -> cursors.stream().map(CompletableFuture::join).toList());
    }

    public void begin(List<Cursor> cursors) {
        for (Cursor cursor : cursors) {
            feeds.add(new PartitionFeed(this, turns, sink, thread, budget, cursor));
        }
        proceed();
    }

    /** The client wants more; turns begin with {@link ReadTurns#pump}. */
    public void proceed() {
        feeds.forEach(PartitionFeed::continueIfAble);
    }

    public int partitions() {
        return feeds.size();
    }

    boolean isEnded() {
        return ended;
    }

    void onWake(int partition) {
        for (PartitionFeed feed : feeds) {
            if (feed.partition() == partition) {
                feed.onWake();
            }
        }
    }

    /** Closes all cursors; nothing is sent or read from now on. */
    public void end() {
        ended = true;
        feeds.forEach(PartitionFeed::end);
    }
}
