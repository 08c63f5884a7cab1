package io.portask.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TaskQueueTest {
    private final AtomicInteger wakeups = new AtomicInteger();
    private final TaskQueue tasks = new TaskQueue(wakeups::incrementAndGet);

    @Test
    void aSleepingLoopIsWokenOnceForManyTasks() {
        assertThat(tasks.prepareToSleep()).isTrue();
        for (int i = 0; i < 10; i++) {
            tasks.add(() -> {});
        }
        assertThat(wakeups).hasValue(1);
    }

    @Test
    void aLoopThatIsAwakeIsNotWoken() {
        tasks.add(() -> {});
        assertThat(wakeups).hasValue(0);
    }

    @Test
    void aLoopWithTasksDoesNotSleep() {
        tasks.add(() -> {});
        assertThat(tasks.prepareToSleep()).isFalse();
        assertThat(tasks.run(10)).isEqualTo(1);
        assertThat(tasks.prepareToSleep()).isTrue();
    }

    @Test
    void tasksRunInTheirOrderAndOneThatFailsHoldsNobodyUp() {
        List<Integer> ran = new ArrayList<>();
        tasks.add(() -> ran.add(1));
        tasks.add(() -> {
            throw new IllegalStateException("on purpose");
        });
        tasks.add(() -> ran.add(2));
        tasks.add(() -> ran.add(3));
        assertThat(tasks.run(3)).isEqualTo(3);
        assertThat(ran).containsExactly(1, 2);
        assertThat(tasks.run(3)).isEqualTo(1);
        assertThat(ran).containsExactly(1, 2, 3);
    }
}
