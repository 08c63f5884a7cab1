package io.portask.transport;

import java.util.concurrent.TimeUnit;
import org.agrona.DeadlineTimerWheel;
import org.agrona.collections.Long2ObjectHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The timers of one loop, on its thread: a timer wheel, and who waits for each of its timers. Also knows how long the loop
 * may sleep, which the wheel does not tell: {@link #earliestMs} is never later than the first deadline.
 */
final class LoopTimers {
    /** Names no timer. */
    static final long NONE = DeadlineTimerWheel.NULL_DEADLINE;

    /** What waits for a timer. What it throws is logged and touches no other timer. */
    interface Task {
        void onTimer();
    }

    private static final long TICK_MS = 8;
    private static final int TICKS_PER_WHEEL = 256;
    private static final int INITIAL_TIMERS_PER_TICK = 8;
    /** Beyond this number the next deadline is not searched: it is near anyway. */
    private static final int MAX_SEARCHED_TIMERS = 512;

    private static final Logger LOG = LoggerFactory.getLogger(LoopTimers.class);

    private final DeadlineTimerWheel wheel;
    private final Long2ObjectHashMap<Task> tasks = new Long2ObjectHashMap<>();
    private final DeadlineTimerWheel.TimerHandler onExpiry = this::onExpiry;
    private final DeadlineTimerWheel.TimerConsumer onSearch = this::onSearch;
    private long nowMs;
    private long earliestMs = Long.MAX_VALUE;

    LoopTimers(long nowMs) {
        this.nowMs = nowMs;
        wheel = new DeadlineTimerWheel(TimeUnit.MILLISECONDS, nowMs, TICK_MS, TICKS_PER_WHEEL, INITIAL_TIMERS_PER_TICK);
    }

    /** Time as the last {@link #advance} told it, so that all that happens in one round happens at once. */
    long nowMs() {
        return nowMs;
    }

    void advance(long toMs) {
        nowMs = toMs;
    }

    /** @return names the timer until it fires or is cancelled; the name may be used again after that */
    long schedule(long delayMs, Task task) {
        long deadlineMs = delayMs > Long.MAX_VALUE - nowMs - 1 ? Long.MAX_VALUE - 1 : nowMs + Math.max(0, delayMs);
        long id = wheel.scheduleTimer(deadlineMs);
        tasks.put(id, task);
        earliestMs = Math.min(earliestMs, deadlineMs);
        return id;
    }

    void cancel(long id) {
        if (id != NONE && wheel.cancelTimer(id)) {
            tasks.remove(id);
        }
    }

    /** Runs what is due. */
    int poll() {
        if (nowMs < earliestMs) {
            wheel.currentTickTime(nowMs);
            return 0;
        }
        wheel.currentTickTime(earliestMs);
        earliestMs = Long.MAX_VALUE;
        int expired = 0;
        do {
            expired += wheel.poll(nowMs, onExpiry, Integer.MAX_VALUE);
        } while (wheel.currentTickTime() <= nowMs);
        if (wheel.timerCount() > MAX_SEARCHED_TIMERS) {
            earliestMs = Math.min(earliestMs, nowMs + TICK_MS);
        } else {
            wheel.forEach(onSearch);
        }
        return expired;
    }

    /** How long nothing is due; {@link Long#MAX_VALUE} if there is no timer. */
    long msUntilNext() {
        return earliestMs == Long.MAX_VALUE ? Long.MAX_VALUE : Math.max(0, earliestMs - nowMs);
    }

    long count() {
        return wheel.timerCount();
    }

    private boolean onExpiry(TimeUnit unit, long now, long id) {
        Task task = tasks.remove(id);
        if (task != null) {
            try {
                task.onTimer();
            } catch (RuntimeException | Error e) {
                LOG.error("What waited for a timer failed", e);
            }
        }
        return true;
    }

    private void onSearch(long deadlineMs, long id) {
        earliestMs = Math.min(earliestMs, deadlineMs);
    }
}
