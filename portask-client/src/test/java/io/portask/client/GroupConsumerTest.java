package io.portask.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.consumer.GroupDescription;
import io.portask.consumer.GroupOptions;
import io.portask.consumer.Groups;
import io.portask.consumer.OffsetReset;
import io.portask.consumer.RebalanceListener;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.group.MemberState;
import io.portask.record.Message;
import io.portask.record.ReceivedMessage;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class GroupConsumerTest {
    private static final TopicPartition T0 = new TopicPartition("t", 0);
    private static final TopicPartition T1 = new TopicPartition("t", 1);
    private static final Duration SHORT = Duration.ofMillis(10);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private TestServer server;
    private PortaskClient client;

    /** Remembers what it was told. */
    private static final class Told implements RebalanceListener {
        private final List<String> told = new ArrayList<>();

        @Override
        public void onAssigned(Set<TopicPartition> partitions) {
            partitions.forEach(partition -> told.add("assigned " + partition));
        }

        @Override
        public void onRevoked(Set<TopicPartition> partitions) {
            partitions.forEach(partition -> told.add("revoked " + partition));
        }

        @Override
        public void onLost(Set<TopicPartition> partitions) {
            partitions.forEach(partition -> told.add("lost " + partition));
        }
    }

    @BeforeEach
    void connect() {
        server = TestServer.memory();
        client = PortaskClient.connect(server.address());
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private GroupConsumer join(GroupConsumerConfig.Builder config) {
        return client.groupConsumer(config.build());
    }

    private static GroupConsumerConfig.Builder billing(String... topics) {
        return GroupConsumerConfig.of("billing", topics);
    }

    private void publish(int partition, String... texts) {
        for (String text : texts) {
            client.publish(Message.of("t", text).withPartition(partition));
        }
    }

    private static List<String> pollUntil(BooleanSupplier done, GroupConsumer... consumers) {
        List<String> texts = new ArrayList<>();
        while (!done.getAsBoolean()) {
            for (GroupConsumer consumer : consumers) {
                consumer.poll(SHORT).forEach(message -> texts.add(message.text()));
            }
        }
        return texts;
    }

    private static List<String> take(GroupConsumer consumer, int count) {
        List<String> texts = new ArrayList<>();
        while (texts.size() < count) {
            List<ReceivedMessage> messages = consumer.poll(PATIENCE);
            assertThat(messages).as("messages after %s", texts).isNotEmpty();
            messages.forEach(message -> texts.add(message.text()));
        }
        return texts;
    }

    private static ErrorCode failure(Runnable action) {
        try {
            action.run();
        } catch (PortaskException e) {
            return e.code();
        }
        throw new AssertionError("It did not fail");
    }

    @Test
    void membersShareOutThePartitionsAndOneThatLeavesHandsOver() {
        client.createTopic("t", 2);
        publish(0, "a", "b");
        publish(1, "c", "d");
        Told told = new Told();
        GroupConsumer first = client.groupConsumer(billing("t").build(), told);
        assertThat(take(first, 4)).containsExactlyInAnyOrder("a", "b", "c", "d");
        first.commit();
        try (GroupConsumer second = join(billing("t"))) {
            pollUntil(() -> second.assignment().size() == 1, first, second);
            TopicPartition moved = second.assignment().iterator().next();
            assertThat(first.assignment()).hasSize(1).doesNotContain(moved);
            assertThat(told.told).containsExactlyInAnyOrder("assigned " + T0, "assigned " + T1, "revoked " + moved);
            assertThat(failure(() -> first.commit(Map.of(moved, 1L)))).isEqualTo(ErrorCode.STALE_GENERATION);

            publish(moved.partition(), "e");
            publish(1 - moved.partition(), "f");
            assertThat(take(second, 1)).containsExactly("e");
            assertThat(take(first, 1)).containsExactly("f");
            first.close();
            assertThat(take(second, 1)).as("polled, and not committed").containsExactly("f");
            assertThat(second.assignment()).containsExactlyInAnyOrder(T0, T1);
        }
    }

    @Test
    void aMemberInTheServersProcessSharesTheGroup() {
        client.createTopic("t", 2);
        try (GroupConsumer here = join(billing("t"));
                io.portask.consumer.GroupConsumer there =
                        Groups.of(server.broker).join(GroupOptions.of("billing", "t"))) {
            pollUntil(
                    () -> {
                        there.poll(Duration.ZERO);
                        return there.assignment().size() == 1
                                && here.assignment().size() == 1;
                    },
                    here);
            Set<TopicPartition> all = new HashSet<>(here.assignment());
            all.addAll(there.assignment());
            assertThat(all).containsExactlyInAnyOrder(T0, T1);
            publish(here.assignment().iterator().next().partition(), "here");
            publish(there.assignment().iterator().next().partition(), "there");
            assertThat(take(here, 1)).containsExactly("here");
            assertThat(there.poll(PATIENCE)).extracting(ReceivedMessage::text).containsExactly("there");
        }
    }

    @Test
    void whoDoesNotPollIsFencedAndJoinsAgainWithItsNextPoll() {
        client.createTopic("t", 1);
        publish(0, "a");
        Told told = new Told();
        try (GroupConsumer stalls =
                client.groupConsumer(billing("t").sessionTimeoutMs(500).build(), told)) {
            assertThat(take(stalls, 1)).containsExactly("a");
            String memberId = stalls.memberId();
            GroupConsumer other = join(billing("t"));
            assertThat(take(other, 1)).containsExactly("a");
            assertThat(failure(stalls::commit)).isEqualTo(ErrorCode.UNKNOWN_MEMBER);
            other.commit();
            publish(0, "b");
            other.close();
            assertThat(take(stalls, 1)).containsExactly("b");
            assertThat(stalls.memberId()).isNotEqualTo(memberId);
            assertThat(told.told).contains("lost " + T0);
            stalls.commit();
            assertThat(server.broker.committed("billing")).containsExactly(Map.entry(T0, 2L));
        }
    }

    @Test
    void aConsumerThatWasReplacedSaysSoForGood() {
        client.createTopic("t", 1);
        try (GroupConsumer first = join(billing("t").instanceId("one"));
                GroupConsumer second = join(billing("t").instanceId("one"))) {
            assertThat(failure(() -> pollUntil(() -> false, first))).isEqualTo(ErrorCode.MEMBER_FENCED);
            assertThat(failure(first::commit)).isEqualTo(ErrorCode.MEMBER_FENCED);
            assertThat(failure(() -> first.poll(SHORT))).isEqualTo(ErrorCode.MEMBER_FENCED);
            publish(0, "a");
            assertThat(take(second, 1)).containsExactly("a");
        }
    }

    @Test
    void closingKeepsThePlaceOfAStaticMemberAndLeavingDoesNot() {
        client.createTopic("t", 1);
        GroupConsumer first = join(billing("t").instanceId("one"));
        pollUntil(() -> first.assignment().size() == 1, first);
        first.close();
        assertThat(client.groups().describe("billing").members())
                .singleElement()
                .returns("one", GroupDescription.Member::instanceId)
                .returns(MemberState.AWAY, GroupDescription.Member::state);
        GroupConsumer again = join(billing("t").instanceId("one"));
        pollUntil(() -> again.assignment().size() == 1, again);
        again.leave();
        assertThat(client.groups().list()).isEmpty();
    }

    @Test
    void automaticCommitsAreOfWhatEarlierPollsReturnedAndPatternsMeetTopicsThatComeLater() {
        try (GroupConsumer consumer = join(billing("orders.*").autoCommit(Duration.ZERO))) {
            client.createTopic("orders.eu", 1);
            TopicPartition orders = new TopicPartition("orders.eu", 0);
            client.publish(Message.of("orders.eu", "a"));
            assertThat(take(consumer, 1)).containsExactly("a");
            assertThat(server.broker.committed("billing")).isEmpty();
            consumer.poll(Duration.ZERO);
            assertThat(server.broker.committed("billing")).containsExactly(Map.entry(orders, 1L));
            client.publish(Message.of("orders.eu", "b"));
            assertThat(take(consumer, 1)).containsExactly("b");
            consumer.close();
            assertThat(server.broker.committed("billing")).containsExactly(Map.entry(orders, 2L));
        }
    }

    @Test
    void aTopicThatIsDeletedDoesNotHoldUpTheOthers() {
        client.createTopic("t", 1);
        client.createTopic("u", 1);
        publish(0, "a");
        try (GroupConsumer consumer = join(billing("t", "u").autoCommit(Duration.ZERO))) {
            assertThat(take(consumer, 1)).containsExactly("a");
            client.deleteTopic("t");
            client.publish(Message.of("u", "b"));
            assertThat(take(consumer, 1)).containsExactly("b");
            pollUntil(() -> consumer.assignment().equals(Set.of(new TopicPartition("u", 0))), consumer);
            consumer.poll(Duration.ZERO);
            assertThat(server.broker.committed("billing")).containsEntry(new TopicPartition("u", 0), 1L);
        }
    }

    @Test
    void closingAndWakingUpEndAPoll() {
        GroupConsumer consumer = join(billing("t"));
        consumer.wakeup();
        assertThat(consumer.poll(PATIENCE)).isEmpty();
        CompletableFuture<ErrorCode> ended =
                CompletableFuture.supplyAsync(() -> failure(() -> pollUntil(() -> false, consumer)));
        consumer.close();
        assertThat(ended.join()).isEqualTo(ErrorCode.CLOSED);
        assertThat(failure(consumer::commit)).isEqualTo(ErrorCode.CLOSED);
    }

    @Test
    void aMemberJoinsAgainAfterARestartOfTheServer(@TempDir Path directory) {
        TestServer lasting = TestServer.file(directory.toString(), 0);
        int port = lasting.port();
        Told told = new Told();
        try (PortaskClient quick = PortaskClient.connect(ClientConfig.builder()
                .server(lasting.address())
                .reconnectMinMs(1)
                .reconnectMaxMs(20)
                .build())) {
            quick.publish(Message.of("t", "a"));
            quick.publish(Message.of("t", "b"));
            try (GroupConsumer consumer =
                    quick.groupConsumer(billing("t").maxPollMessages(1).build(), told)) {
                assertThat(take(consumer, 1)).containsExactly("a");
                consumer.commit();
                assertThat(take(consumer, 1)).containsExactly("b");
                String memberId = consumer.memberId();
                lasting.close();
                lasting = TestServer.file(directory.toString(), port);
                assertThat(take(consumer, 1)).as("it was not committed").containsExactly("b");
                assertThat(told.told).containsExactly("assigned " + T0, "lost " + T0, "assigned " + T0);
                assertThat(consumer.memberId()).isNotEqualTo(memberId);
                consumer.commit();
                assertThat(lasting.broker.committed("billing")).containsExactly(Map.entry(T0, 2L));
            }
        } finally {
            lasting.close();
        }
    }

    @Test
    void operatorsSeeAndResetAndDeleteGroups() {
        client.createTopic("t", 1);
        publish(0, "a", "b", "c");
        ClientGroups groups = client.groups();
        try (GroupConsumer consumer = join(billing("t"))) {
            take(consumer, 3);
            consumer.commit(Map.of(T0, 2L));
            GroupDescription described = groups.describe("billing");
            assertThat(described.lag()).isEqualTo(1);
            assertThat(described.members())
                    .extracting(GroupDescription.Member::id)
                    .containsExactly(consumer.memberId());
            assertThat(failure(() -> groups.delete("billing"))).isEqualTo(ErrorCode.GROUP_MODE_MISMATCH);
            assertThat(failure(() -> groups.reset("billing", OffsetReset.by(-1, Set.of(T0)))))
                    .isEqualTo(ErrorCode.GROUP_MODE_MISMATCH);
        }
        OffsetReset oneBack = OffsetReset.by(-1, Set.of(T0));
        assertThat(groups.reset("billing", oneBack.dryRun(true))).containsExactly(Map.entry(T0, 1L));
        assertThat(groups.describe("billing").partitions().get(0).committed()).isEqualTo(2);
        assertThat(groups.reset("billing", oneBack)).containsExactly(Map.entry(T0, 1L));
        assertThat(groups.reset("billing", OffsetReset.to(StartPosition.latest(), Set.of(T0))))
                .containsExactly(Map.entry(T0, 3L));
        assertThat(groups.list()).containsExactly("billing");
        groups.delete("billing");
        assertThat(groups.list()).isEmpty();
        assertThat(failure(() -> groups.describe("billing"))).isEqualTo(ErrorCode.INVALID_REQUEST);
    }

    @Test
    void settingsOutOfRangeAreRefusedByName() {
        assertThat(failure(() -> billing().build())).isEqualTo(ErrorCode.INVALID_CONFIGURATION);
        assertThat(failure(() -> billing("t").sessionTimeoutMs(99).build())).isEqualTo(ErrorCode.INVALID_CONFIGURATION);
        assertThat(failure(() -> billing("t").from(StartPosition.offset(1)).build()))
                .isEqualTo(ErrorCode.INVALID_CONFIGURATION);
        assertThat(failure(() -> join(billing("t").assignor("none")))).isEqualTo(ErrorCode.INVALID_REQUEST);
    }
}
