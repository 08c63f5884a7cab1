package io.portask.transport;

import io.portask.error.PortaskException;
import io.portask.net.ConnectionInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.NoOpIdleStrategy;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loops of one server or connector and their threads. A loop is stopped by a task, never by an interrupt: an interrupt would
 * close the files that a session's store is writing.
 */
final class EventLoopGroup {
    private static final long JOIN_MS = 2_000;
    private static final long ERROR_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final Logger LOG = LoggerFactory.getLogger(EventLoopGroup.class);

    private final LoopConfig config;
    private final List<EventLoop> loops = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicInteger next = new AtomicInteger();

    /** Opens the selectors; no thread runs before {@link #start()}. */
    EventLoopGroup(String name, LoopConfig config, LoopContext context) throws IOException {
        this.config = config;
        try {
            for (int i = 0; i < config.eventLoops(); i++) {
                loops.add(new EventLoop(
                        name + "-" + i,
                        context,
                        config.maxBufferBytes() / config.eventLoops(),
                        config.idleStrategy() == null));
            }
        } catch (IOException e) {
            loops.forEach(EventLoop::onClose);
            throw e;
        }
    }

    void start() {
        for (EventLoop loop : loops) {
            AgentRunner runner = new AgentRunner(
                    config.idleStrategy() == null
                            ? NoOpIdleStrategy.INSTANCE
                            : config.idleStrategy().get(),
                    error -> onError(loop, error),
                    null,
                    loop);
            threads.add(AgentRunner.startOnThread(runner, this::thread));
        }
    }

    EventLoop first() {
        return loops.get(0);
    }

    /** Takes turns. Any thread. */
    EventLoop next() {
        return loops.get(Math.floorMod(next.getAndIncrement(), loops.size()));
    }

    boolean isCurrentThread() {
        return loops.stream().anyMatch(EventLoop::isCurrentThread);
    }

    /** What the connections of all loops look like now. Any thread. */
    CompletionStage<List<ConnectionInfo>> connections() {
        CompletableFuture<List<ConnectionInfo>> all = CompletableFuture.completedFuture(List.of());
        for (EventLoop loop : loops) {
            all = all.thenCombine(loop.connections(), (left, right) -> {
                List<ConnectionInfo> joined = new ArrayList<>(left);
                joined.addAll(right);
                return joined;
            });
        }
        return all;
    }

    /** Any thread. */
    CompletionStage<Boolean> closeConnection(long id, PortaskException reason) {
        CompletableFuture<Boolean> any = CompletableFuture.completedFuture(false);
        for (EventLoop loop : loops) {
            any = any.thenCombine(loop.closeConnection(id, reason), Boolean::logicalOr);
        }
        return any;
    }

    /** Lets sessions finish within the configured time, then ends the loops with what is left on them. Not on a loop's thread. */
    void close() {
        if (threads.isEmpty()) {
            loops.forEach(EventLoop::onClose);
            return;
        }
        CompletableFuture<?>[] drained = loops.stream().map(EventLoop::shutdown).toArray(CompletableFuture<?>[]::new);
        boolean interrupted = awaitQuietly(CompletableFuture.allOf(drained));
        loops.forEach(EventLoop::stop);
        for (Thread thread : threads) {
            interrupted |= joinQuietly(thread);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean awaitQuietly(CompletableFuture<@Nullable Void> drained) {
        try {
            drained.get(config.shutdownTimeoutMs(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.info("Connections that did not finish within {} ms are cut off", config.shutdownTimeoutMs());
        } catch (ExecutionException | CompletionException e) {
            LOG.error("Waiting for connections to finish failed", e);
        } catch (InterruptedException e) {
            return true;
        }
        return false;
    }

    private static boolean joinQuietly(Thread thread) {
        try {
            thread.join(JOIN_MS);
        } catch (InterruptedException e) {
            return true;
        }
        if (thread.isAlive()) {
            LOG.error("{} is stuck in a session's call and was left behind", thread.getName());
        }
        return false;
    }

    private Thread thread(Runnable runnable) {
        Thread thread = new Thread(runnable);
        thread.setDaemon(config.daemon());
        return thread;
    }

    private static void onError(EventLoop loop, Throwable error) {
        if (!(error instanceof AgentTerminationException)) {
            LOG.error("{} failed and goes on", loop.roleName(), error);
            LockSupport.parkNanos(ERROR_PAUSE_NS);
        }
    }
}
