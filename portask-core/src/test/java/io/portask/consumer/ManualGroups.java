package io.portask.consumer;

import io.portask.broker.Broker;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/** Groups of a broker whose time and timer the test moves, so that nothing happens by itself. */
final class ManualGroups implements AutoCloseable {
    static final Duration SESSION = Duration.ofSeconds(10);

    private static final class NoTimer implements GroupTimer {
        @Override
        public void wake() {}

        @Override
        public void close() {}
    }

    /** Runs its task on whichever thread wakes it, until the task wants no more now. */
    private static final class InlineTimer implements GroupTimer {
        private final LongSupplier task;
        private boolean running;
        private boolean woken;

        InlineTimer(LongSupplier task) {
            this.task = task;
        }

        @Override
        public synchronized void wake() {
            woken = true;
            if (running) {
                return;
            }
            running = true;
            while (woken) {
                woken = false;
                if (task.getAsLong() == 0) {
                    woken = true;
                }
            }
            running = false;
        }

        @Override
        public void close() {
            wake();
        }
    }

    final Broker broker;
    final Groups groups;
    private final AtomicLong nowMs = new AtomicLong(1_000_000);
    private final AtomicReference<GroupTimer> queueTimer = new AtomicReference<>(new NoTimer());

    /** The wall clock, which goes with the time. */
    final Clock clock = new Clock() {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(nowMs.get() - 995_000);
        }
    };

    ManualGroups(String store) {
        this(Broker.open(store));
    }

    ManualGroups(Broker broker) {
        this.broker = broker;
        this.groups = broker.service(
                Groups.class, each -> new Groups(each, nowMs::get, clock, ManualGroups::timer, this::queueTimer));
    }

    private static GroupTimer timer(LongSupplier task) {
        return new NoTimer();
    }

    private GroupTimer queueTimer(LongSupplier task) {
        InlineTimer timer = new InlineTimer(task);
        queueTimer.set(timer);
        return timer;
    }

    static GroupOptions options(String... topics) {
        return GroupOptions.of("g", topics).sessionTimeout(SESSION);
    }

    GroupConsumer join(String... topics) {
        return groups.join(options(topics));
    }

    /** Lets time pass, then runs the timer. */
    void pass(Duration time) {
        nowMs.addAndGet(time.toMillis());
        groups.onTime();
        queueTimer.get().wake();
    }

    /** As {@link #pass}, for work queues only. */
    void passForQueues(Duration time) {
        nowMs.addAndGet(time.toMillis());
        queueTimer.get().wake();
    }

    /** Polls each consumer in turn, as often as it takes until a round brings nothing. */
    static Map<GroupConsumer, List<String>> drain(GroupConsumer... consumers) {
        Map<GroupConsumer, List<String>> texts = new HashMap<>();
        boolean more = true;
        while (more) {
            more = false;
            for (GroupConsumer consumer : consumers) {
                List<String> taken = texts.computeIfAbsent(consumer, each -> new ArrayList<>());
                int before = taken.size();
                consumer.poll(Duration.ZERO).forEach(message -> taken.add(message.text()));
                more |= taken.size() > before;
            }
        }
        return texts;
    }

    /** Polls so often that all handovers are through. */
    static void settle(GroupConsumer... consumers) {
        for (int round = 0; round < 3; round++) {
            for (GroupConsumer consumer : consumers) {
                if (!consumer.poll(Duration.ZERO).isEmpty()) {
                    throw new AssertionError("There are messages, and the test did not expect any");
                }
            }
        }
    }

    @Override
    public void close() {
        broker.close();
    }
}
