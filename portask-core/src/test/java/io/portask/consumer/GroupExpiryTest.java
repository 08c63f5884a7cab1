package io.portask.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.broker.Blocking;
import io.portask.broker.Broker;
import io.portask.record.TopicPartition;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GroupExpiryTest {
    private static final TopicPartition T0 = new TopicPartition("t", 0);
    private static final Duration WEEK = Duration.ofDays(7);

    private static final class MovedClock extends Clock {
        private Instant now = Instant.EPOCH;

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    private final MovedClock clock = new MovedClock();

    private GroupExpiry expiry(Broker broker) {
        broker.createTopic("t", 1);
        broker.commit("g", Map.of(T0, 0L));
        return new GroupExpiry(broker, clock, broker::forgetConsumerAsync);
    }

    private void pass(GroupExpiry expiry, Duration time) {
        clock.now = clock.now.plus(time);
        Blocking.await(expiry.sweep());
    }

    @Test
    void aGroupIsForgottenAfterItsTime() {
        try (Broker broker = Broker.open("memory:")) {
            GroupExpiry expiry = expiry(broker);
            expiry.onEnded("g");
            pass(expiry, WEEK.minusMillis(1));
            assertThat(broker.committed("g")).isNotEmpty();
            pass(expiry, Duration.ofMillis(1));
            assertThat(broker.committed("g")).isEmpty();
        }
    }

    @Test
    void aCommitBeginsTheTimeAnew() {
        try (Broker broker = Broker.open("memory:")) {
            GroupExpiry expiry = expiry(broker);
            expiry.onEnded("g");
            broker.commit("g", Map.of(T0, 1L));
            pass(expiry, WEEK);
            pass(expiry, WEEK.minusMillis(1));
            assertThat(broker.committed("g")).isNotEmpty();
            pass(expiry, Duration.ofMillis(1));
            assertThat(broker.committed("g")).isEmpty();
        }
    }

    @Test
    void membersAndTheOwnerKeepAGroup() {
        try (Broker broker = Broker.open("memory:")) {
            GroupExpiry expiry = expiry(broker);
            expiry.onEnded("g");
            expiry.onJoined("g");
            pass(expiry, WEEK);
            expiry.onEnded("g");
            expiry.after(Duration.ZERO);
            pass(expiry, WEEK);
            assertThat(broker.committed("g")).isNotEmpty();
        }
    }

    @Test
    void whatNeverHadMembersHereIsKept() {
        try (Broker broker = Broker.open("memory:")) {
            pass(expiry(broker), WEEK.multipliedBy(2));
            assertThat(broker.committed("g")).isNotEmpty();
        }
    }
}
