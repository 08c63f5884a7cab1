package io.portask.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LoopTimersTest {
    private final LoopTimers timers = new LoopTimers(0);

    @Test
    void timersFireNeitherEarlyNorLaterThanTheirDeadlineWhateverTheClockDoes() {
        long seed = 42;
        Random random = new Random(seed);
        Map<Integer, Long> pending = new HashMap<>();
        Map<Integer, Long> ids = new HashMap<>();
        List<Integer> wrong = new ArrayList<>();
        long[] now = {0};
        for (int round = 0; round < 20_000; round++) {
            int name = round;
            if (random.nextInt(3) > 0) {
                long delay = random.nextInt(10) == 0 ? random.nextInt(100_000) : random.nextInt(50);
                pending.put(name, now[0] + delay);
                ids.put(name, timers.schedule(delay, () -> {
                    Long deadline = pending.remove(name);
                    if (deadline == null || deadline > now[0]) {
                        wrong.add(name);
                    }
                    if (random.nextInt(4) == 0) {
                        int child = -name - 1;
                        pending.put(child, now[0] + 3);
                        timers.schedule(3, () -> pending.remove(child));
                    }
                }));
            }
            if (random.nextInt(4) == 0) {
                int victim = random.nextInt(round + 1);
                if (pending.remove(victim) != null) {
                    timers.cancel(ids.get(victim));
                }
            }
            now[0] += random.nextInt(50) == 0 ? random.nextInt(20_000) : random.nextInt(4);
            timers.advance(now[0]);
            timers.poll();
            assertThat(wrong).as("seed %d, round %d", seed, round).isEmpty();
            assertThat(pending.values())
                    .as("overdue; seed %d, round %d", seed, round)
                    .allMatch(deadline -> deadline > now[0] || timers.msUntilNext() == 0);
            assertThat(timers.count()).isEqualTo(pending.size());
        }
    }

    @Test
    void theLoopMaySleepUntilTheFirstDeadline() {
        assertThat(timers.msUntilNext()).isEqualTo(Long.MAX_VALUE);
        timers.schedule(30_000, () -> {});
        timers.schedule(20_000, () -> {});
        assertThat(timers.msUntilNext()).isEqualTo(20_000);
        timers.advance(20_000);
        assertThat(timers.poll()).isEqualTo(1);
        assertThat(timers.msUntilNext()).isEqualTo(10_000);
        timers.advance(30_000);
        assertThat(timers.poll()).isEqualTo(1);
        assertThat(timers.msUntilNext()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aCancelledTimerDoesNotFireAndCancellingNoneIsHarmless() {
        long id = timers.schedule(5, () -> {
            throw new AssertionError("fired");
        });
        timers.cancel(id);
        timers.cancel(LoopTimers.NONE);
        timers.advance(100);
        assertThat(timers.poll()).isZero();
    }

    @Test
    void aDelayBeyondTheEndOfTimeIsNever() {
        timers.schedule(Long.MAX_VALUE, () -> {
            throw new AssertionError("fired");
        });
        timers.advance(1_000_000_000);
        assertThat(timers.poll()).isZero();
    }

    @Test
    void oneThatThrowsHoldsNoOtherTimerUp() {
        List<String> fired = new ArrayList<>();
        timers.schedule(5, () -> {
            throw new IllegalStateException("on purpose");
        });
        timers.schedule(5, () -> fired.add("same time"));
        timers.schedule(50, () -> fired.add("later"));
        timers.advance(10);
        assertThat(timers.poll()).isEqualTo(2);
        timers.advance(50);
        assertThat(timers.poll()).isEqualTo(1);
        assertThat(fired).containsExactly("same time", "later");
    }
}
