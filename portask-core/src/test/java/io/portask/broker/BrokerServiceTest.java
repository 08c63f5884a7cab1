package io.portask.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Message;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BrokerServiceTest {
    private final List<String> closed = new ArrayList<>();

    @Test
    void aServiceIsMadeOnceForEachBroker() {
        try (Broker broker = Broker.open("memory:");
                Broker other = Broker.open("memory:")) {
            First first = broker.service(First.class, First::new);

            assertThat(broker.service(First.class, First::new)).isSameAs(first);
            assertThat(other.service(First.class, First::new)).isNotSameAs(first);
        }
    }

    @Test
    void servicesEndNewestFirstWhileTheBrokerStillAnswers() {
        try (Broker broker = Broker.open("memory:")) {
            broker.service(First.class, First::new);
            broker.service(Second.class, Second::new);

            broker.close();
            broker.close();

            assertThat(closed).containsExactly("second", "first stored t:0:0");
            assertThatThrownBy(() -> broker.service(Third.class, Third::new))
                    .isInstanceOfSatisfying(
                            PortaskException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CLOSED));
        }
    }

    private final class First implements AutoCloseable {
        private final Broker broker;

        First(Broker broker) {
            this.broker = broker;
        }

        @Override
        public void close() {
            closed.add("first stored " + broker.publish(Message.of("t", "last")).id());
        }
    }

    private final class Second implements AutoCloseable {
        Second(Broker broker) {
            assertThat(broker.listTopics()).isEmpty();
        }

        @Override
        public void close() {
            closed.add("second");
            throw new IllegalStateException("Does not close cleanly");
        }
    }

    private record Third(Broker broker) implements AutoCloseable {
        @Override
        public void close() {}
    }
}
