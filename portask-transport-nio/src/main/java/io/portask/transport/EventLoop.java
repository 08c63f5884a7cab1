package io.portask.transport;

import io.portask.error.PortaskException;
import io.portask.net.ConnectionInfo;
import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owns connections: selects, reads, runs timers and tasks, then sends what all of that has written. One thread calls {@link
 * #doWork()} and touches what the loop owns; others only {@link #execute}. A blocking loop sleeps in {@code select()}, any
 * other returns at once when there is nothing to do and leaves waiting to its runner's idle strategy.
 */
final class EventLoop implements Agent {
    private static final int MAX_TASKS_PER_ROUND = 4096;
    private static final int MAX_SPARE_QUEUES = 256;

    private static final Logger LOG = LoggerFactory.getLogger(EventLoop.class);

    private final String name;
    private final LoopContext context;
    private final boolean blocking;
    private final Selector selector;
    private final TaskQueue tasks;
    private final LoopTimers timers;
    private final BufferPool pool;
    private final InboundReader reader;
    private final Deque<NioConnection> dirty = new ArrayDeque<>();
    private final Deque<OutboundQueue> spareQueues = new ArrayDeque<>();
    private final Consumer<SelectionKey> onReady = this::onReady;
    private final CompletableFuture<@Nullable Void> drained = new CompletableFuture<>();
    private int connections;
    private long bytesIn;
    private long bytesOut;
    private boolean clockIsFresh;
    private boolean shuttingDown;
    private boolean stopping;
    private volatile @Nullable Thread thread;
    private volatile boolean closed;

    EventLoop(String name, LoopContext context, long maxBufferBytes, boolean blocking) throws IOException {
        this.name = name;
        this.context = context;
        this.blocking = blocking;
        selector = Selector.open();
        tasks = new TaskQueue(selector::wakeup);
        timers = new LoopTimers(context.clockMs().getAsLong());
        pool = new BufferPool(maxBufferBytes);
        reader = new InboundReader(pool, context.connection().maxFrameBytes());
    }

    @Override
    public String roleName() {
        return name;
    }

    @Override
    public void onStart() {
        thread = Thread.currentThread();
    }

    @Override
    public int doWork() throws IOException {
        try {
            return turn();
        } finally {
            ignoreInterrupt();
        }
    }

    private int turn() throws IOException {
        clockIsFresh = false;
        int work = select();
        ignoreInterrupt();
        refreshClock();
        work += timers.poll();
        work += tasks.run(MAX_TASKS_PER_ROUND);
        ignoreInterrupt();
        work += settleDirty();
        if (bytesIn + bytesOut > 0) {
            context.meters().bytes(bytesIn, bytesOut);
            bytesIn = 0;
            bytesOut = 0;
        }
        if (stopping) {
            throw new AgentTerminationException();
        }
        return work;
    }

    @Override
    public void onClose() {
        selectables().forEach(Selectable::onLoopClosed);
        context.meters().bytes(bytesIn, bytesOut);
        closed = true;
        tasks.run(Integer.MAX_VALUE);
        try {
            selector.close();
        } catch (IOException e) {
            LOG.warn("Closing the selector of {} failed", name, e);
        }
        drained.complete(null);
    }

    /**
     * Runs the task on the loop's thread, in the order of calls; after the loop was closed, at once on the caller's, where
     * it can but clean up. Any thread.
     */
    void execute(Runnable task) {
        tasks.add(task);
        if (closed) {
            tasks.run(Integer.MAX_VALUE);
        }
    }

    /** Whether nothing is owned any more, or will be. Any thread. */
    boolean closed() {
        return closed;
    }

    /** Whether no connection may be added. */
    boolean shuttingDown() {
        return closed || shuttingDown;
    }

    boolean isCurrentThread() {
        return Thread.currentThread() == thread;
    }

    /** Asks everything on the loop to finish. The stage completes when no connection is left. Any thread. */
    CompletableFuture<@Nullable Void> shutdown() {
        execute(() -> {
            if (!shuttingDown()) {
                shuttingDown = true;
                selectables().forEach(Selectable::onShutdown);
                completeIfDrained();
            }
        });
        return drained;
    }

    /** Lets {@link #doWork()} end the agent, whatever is left. Any thread. */
    void stop() {
        execute(() -> stopping = true);
    }

    /** What the connections look like now. Any thread. */
    CompletableFuture<List<ConnectionInfo>> connections() {
        CompletableFuture<List<ConnectionInfo>> infos = new CompletableFuture<>();
        execute(() -> infos.complete(open().stream().map(NioConnection::info).toList()));
        return infos;
    }

    /** Closes the connection with this id, if it is one of this loop's. Any thread. */
    CompletableFuture<Boolean> closeConnection(long id, PortaskException reason) {
        CompletableFuture<Boolean> closing = new CompletableFuture<>();
        execute(() -> {
            List<NioConnection> found =
                    open().stream().filter(connection -> connection.id() == id).toList();
            found.forEach(connection -> connection.close(reason));
            closing.complete(!found.isEmpty());
        });
        return closing;
    }

    private List<NioConnection> open() {
        List<NioConnection> open = new ArrayList<>();
        if (!closed) {
            for (Selectable selectable : selectables()) {
                if (selectable instanceof NioConnection connection) {
                    open.add(connection);
                }
            }
        }
        return open;
    }

    LoopContext context() {
        return context;
    }

    LoopTimers timers() {
        return timers;
    }

    InboundReader reader() {
        return reader;
    }

    SelectionKey register(SelectableChannel channel, int ops, Selectable selectable) throws IOException {
        return channel.register(selector, ops, selectable);
    }

    void opened() {
        connections++;
    }

    void closedOne() {
        connections--;
        context.open().decrementAndGet();
        completeIfDrained();
    }

    /** The connection wrote, closed or resumed outside of a read burst: it is settled at the end of this round. */
    void addDirty(NioConnection connection) {
        dirty.add(connection);
    }

    OutboundQueue borrowQueue() {
        OutboundQueue spare = spareQueues.poll();
        return spare == null ? new OutboundQueue(pool) : spare;
    }

    void giveBack(OutboundQueue queue) {
        queue.clear();
        if (spareQueues.size() < MAX_SPARE_QUEUES) {
            spareQueues.push(queue);
        }
    }

    void countIn(long bytes) {
        bytesIn += bytes;
    }

    void countOut(long bytes) {
        bytesOut += bytes;
    }

    private int select() throws IOException {
        if (!blocking || !dirty.isEmpty() || stopping || !tasks.prepareToSleep()) {
            return selector.selectNow(onReady);
        }
        try {
            long ms = timers.msUntilNext() - (context.clockMs().getAsLong() - timers.nowMs());
            if (timers.count() == 0) {
                return selector.select(onReady);
            }
            return ms <= 0 ? selector.selectNow(onReady) : selector.select(onReady, ms);
        } finally {
            tasks.awake();
        }
    }

    /**
     * An interrupt, perhaps a session's own, is nobody's way to stop a loop. Left alone it would keep {@code select()} from ever
     * blocking again, end the runner of a loop that does not block, and close the files that are sent from.
     */
    private void ignoreInterrupt() {
        if (Thread.interrupted()) {
            LOG.debug("{} was interrupted; ignored", name);
        }
    }

    private void onReady(SelectionKey key) {
        if (!key.isValid()) {
            return;
        }
        refreshClock();
        Selectable selectable = (Selectable) key.attachment();
        try {
            selectable.onReady(key.readyOps());
        } catch (RuntimeException | Error e) {
            LOG.error("{} failed on a ready channel, which is closed", name, e);
            selectable.onLoopClosed();
        }
    }

    private void refreshClock() {
        if (!clockIsFresh) {
            clockIsFresh = true;
            timers.advance(context.clockMs().getAsLong());
        }
    }

    private int settleDirty() {
        int count = dirty.size();
        for (int i = 0; i < count; i++) {
            dirty.remove().settle();
        }
        return count;
    }

    private void completeIfDrained() {
        if (shuttingDown && connections == 0) {
            drained.complete(null);
        }
    }

    private List<Selectable> selectables() {
        return selector.keys().stream()
                .filter(SelectionKey::isValid)
                .map(key -> (Selectable) key.attachment())
                .toList();
    }
}
