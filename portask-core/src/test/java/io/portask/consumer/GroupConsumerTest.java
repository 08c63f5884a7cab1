package io.portask.consumer;

import static io.portask.consumer.RecordingMember.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.broker.Broker;
import io.portask.error.ErrorCode;
import io.portask.record.Message;
import io.portask.record.ReceivedMessage;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import io.portask.store.contract.HeldStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members that poll. */
class GroupConsumerTest {
    private static final TopicPartition T0 = new TopicPartition("t", 0);

    private static void publish(ManualGroups manual, int partitions, int each) {
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < partitions * each; i++) {
            messages.add(Message.of("t", "m" + i).withPartition(i % partitions));
        }
        manual.broker.publishAll(messages);
    }

    @Test
    void membersShareOutTheMessages() {
        try (ManualGroups manual = new ManualGroups("memory:")) {
            manual.broker.createTopic("t", 4);
            GroupConsumer a = manual.join("t");
            GroupConsumer b = manual.join("t");
            ManualGroups.settle(a, b);
            publish(manual, 4, 10);

            Map<GroupConsumer, List<String>> texts = ManualGroups.drain(a, b);

            assertThat(texts.get(a)).hasSize(20).doesNotContainAnyElementsOf(texts.get(b));
            assertThat(texts.get(b)).hasSize(20);
        }
    }

    @Test
    void whatWasNotCommittedComesToTheNextOwner() {
        try (ManualGroups manual = new ManualGroups("memory:")) {
            manual.broker.createTopic("t", 1);
            publish(manual, 1, 3);
            GroupConsumer a = manual.join("t");
            assertThat(ManualGroups.drain(a).get(a)).hasSize(3);
            a.commit(Map.of(T0, 2L));
            a.close();

            GroupConsumer b = manual.join("t");
            assertThat(ManualGroups.drain(b).get(b)).containsExactly("m2");
            assertThat(b.positions()).containsExactly(Map.entry(T0, 3L));
        }
    }

    @Test
    void aRevokedPartitionIsGivenUpWithTheNextPollAfterItsCommit() {
        try (ManualGroups manual = new ManualGroups("memory:")) {
            manual.broker.createTopic("t", 2);
            publish(manual, 2, 1);
            List<String> rebalances = new ArrayList<>();
            GroupConsumer[] a = new GroupConsumer[1];
            a[0] = manual.groups.join(ManualGroups.options("t"), new RebalanceListener() {
                @Override
                public void onAssigned(Set<TopicPartition> partitions) {
                    rebalances.add("assigned " + partitions.size());
                }

                @Override
                public void onRevoked(Set<TopicPartition> partitions) {
                    rebalances.add("revoked " + partitions.size());
                    a[0].commit();
                }
            });
            assertThat(ManualGroups.drain(a[0]).get(a[0])).hasSize(2);

            GroupConsumer b = manual.join("t");
            assertThat(a[0].assignment()).hasSize(1);
            assertThat(b.poll(Duration.ZERO)).isEmpty();
            assertThat(b.assignment()).isEmpty();
            assertThat(a[0].poll(Duration.ZERO)).isEmpty();
            assertThat(b.poll(Duration.ZERO)).isEmpty();

            assertThat(rebalances).containsExactly("assigned 2", "revoked 1");
            assertThat(b.assignment()).hasSize(1).doesNotContainAnyElementsOf(a[0].assignment());
        }
    }

    @Test
    void committingGivesUpToo() {
        try (ManualGroups manual = new ManualGroups("memory:")) {
            manual.broker.createTopic("t", 2);
            GroupConsumer a = manual.join("t");
            ManualGroups.settle(a);
            GroupConsumer b = manual.join("t");
            a.commit();
            ManualGroups.settle(b);
            assertThat(b.assignment()).hasSize(1);
        }
    }

    @Test
    void aRevokedPartitionIsNotPolledAnyMore() {
        try (ManualGroups manual = new ManualGroups("memory:")) {
            manual.broker.createTopic("t", 2);
            GroupConsumer a = manual.join("t");
            ManualGroups.settle(a);
            GroupConsumer b = manual.join("t");
            publish(manual, 2, 5);
            Set<TopicPartition> kept = a.assignment();
            while (true) {
                List<ReceivedMessage> polled = a.poll(Duration.ZERO);
                if (polled.isEmpty()) {
                    break;
                }
                assertThat(kept).contains(new TopicPartition("t", polled.get(0).partition()));
            }
            assertThat(ManualGroups.drain(b).get(b)).hasSize(5);
        }
    }

    @Test
    void whoStallsIsFencedWhileOthersGoOnAndJoinsAgainWithItsNextPoll() {
        try (ManualGroups manual = new ManualGroups("memory:")) {
            manual.broker.createTopic("t", 2);
            List<TopicPartition> lost = new ArrayList<>();
            GroupConsumer stalls = manual.groups.join(ManualGroups.options("t"), new RebalanceListener() {
                @Override
                public void onLost(Set<TopicPartition> partitions) {
                    lost.addAll(partitions);
                }
            });
            GroupConsumer lives = manual.join("t");
            ManualGroups.settle(stalls, lives);
            publish(manual, 2, 1);
            assertThat(stalls.poll(Duration.ZERO)).hasSize(1);
            String before = stalls.memberId();
            for (int i = 0; i < 4; i++) {
                manual.pass(ManualGroups.SESSION.dividedBy(3));
                lives.poll(Duration.ZERO).forEach(message -> {});
            }
            ManualGroups.drain(lives);

            assertThat(lives.assignment()).hasSize(2);
            assertThat(failure(stalls::commit)).isEqualTo(ErrorCode.UNKNOWN_MEMBER);
            lives.commit();
            assertThat(lives.positions().values()).containsExactly(1L, 1L);
            ManualGroups.settle(stalls, lives, stalls);
            assertThat(lost).hasSize(1);
            assertThat(stalls.memberId()).isNotEqualTo(before);
            assertThat(stalls.assignment()).hasSize(1);
        }
    }

    @Test
    void aConsumerThatWasReplacedSaysSo() {
        try (ManualGroups manual = new ManualGroups("memory:")) {
            manual.broker.createTopic("t", 1);
            GroupConsumer a = manual.groups.join(ManualGroups.options("t").instanceId("one"));
            manual.groups.join(ManualGroups.options("t").instanceId("one"));

            assertThat(failure(() -> a.poll(Duration.ZERO))).isEqualTo(ErrorCode.MEMBER_FENCED);
            assertThat(failure(a::commit)).isEqualTo(ErrorCode.MEMBER_FENCED);
            a.close();
            assertThat(failure(() -> a.poll(Duration.ZERO))).isEqualTo(ErrorCode.CLOSED);
        }
    }

    @Test
    void closingKeepsThePlaceOfAStaticMemberAndLeavingDoesNot() {
        try (ManualGroups manual = new ManualGroups("memory:")) {
            manual.broker.createTopic("t", 2);
            GroupConsumer other = manual.join("t");
            GroupConsumer a = manual.groups.join(ManualGroups.options("t").instanceId("one"));
            ManualGroups.settle(other, a);
            a.close();
            ManualGroups.settle(other);
            assertThat(other.assignment()).hasSize(1);

            GroupConsumer again = manual.groups.join(ManualGroups.options("t").instanceId("one"));
            ManualGroups.settle(again);
            assertThat(again.assignment()).hasSize(1);
            again.leave();
            ManualGroups.settle(other);
            assertThat(other.assignment()).hasSize(2);
        }
    }

    @Test
    void automaticCommitsAreOfWhatEarlierPollsReturned() {
        try (ManualGroups manual = new ManualGroups("memory:")) {
            manual.broker.createTopic("t", 1);
            publish(manual, 1, 2);
            GroupConsumer a = manual.groups.join(ManualGroups.options("t").autoCommit(Duration.ofSeconds(1)));
            assertThat(a.poll(Duration.ZERO)).hasSize(2);
            a.poll(Duration.ZERO);
            assertThat(manual.broker.committed("g")).isEmpty();
            manual.pass(Duration.ofSeconds(1));
            publish(manual, 1, 1);
            assertThat(a.poll(Duration.ZERO)).hasSize(1);
            assertThat(manual.broker.committed("g")).containsExactly(Map.entry(T0, 2L));
            a.close();
            assertThat(manual.broker.committed("g")).containsExactly(Map.entry(T0, 3L));
        }
    }

    @Test
    void topicsMayGoAndComeWhileTheyArePolled() {
        try (ManualGroups manual = new ManualGroups("memory:")) {
            manual.broker.createTopic("t", 1);
            publish(manual, 1, 3);
            GroupConsumer a = manual.join("*");
            assertThat(ManualGroups.drain(a).get(a)).hasSize(3);
            manual.broker.deleteTopic("t");
            assertThat(a.poll(Duration.ZERO)).isEmpty();
            manual.broker.createTopic("t", 1);
            manual.broker.publish(Message.of("t", "another"));
            manual.pass(Duration.ofSeconds(1));
            assertThat(a.poll(Duration.ZERO)).extracting(ReceivedMessage::text).containsExactly("another");
        }
    }

    @Test
    void aTopicThatIsDeletedDoesNotHoldUpAutomaticCommits() {
        try (ManualGroups manual = new ManualGroups("memory:")) {
            manual.broker.createTopic("t", 1);
            manual.broker.createTopic("u", 1);
            publish(manual, 1, 3);
            manual.broker.publish(Message.of("u", "other"));
            GroupConsumer a = manual.groups.join(ManualGroups.options("t", "u").autoCommit(Duration.ofSeconds(1)));
            assertThat(ManualGroups.drain(a).get(a)).hasSize(4);

            manual.broker.deleteTopic("u");
            manual.pass(Duration.ofSeconds(2));
            assertThat(a.poll(Duration.ZERO)).isEmpty();

            assertThat(manual.broker.committed("g")).containsExactly(Map.entry(T0, 3L));
            assertThat(a.assignment()).containsExactly(T0);
        }
    }

    @Test
    void aConsumerWhoseLastCommitFailsLeavesAllTheSame() {
        HeldStore held = new HeldStore();
        Broker broker = Broker.builder().store(held.store()).build();
        broker.start();
        try (ManualGroups manual = new ManualGroups(broker)) {
            manual.broker.createTopic("t", 1);
            publish(manual, 1, 1);
            GroupConsumer a = manual.groups.join(ManualGroups.options("t").autoCommit(Duration.ofSeconds(1)));
            assertThat(a.poll(Duration.ZERO)).hasSize(1);
            held.fail("commitOffsets", ErrorCode.STORE_UNAVAILABLE);
            assertThat(failure(a::close)).isEqualTo(ErrorCode.STORE_UNAVAILABLE);

            GroupConsumer b = manual.join("t");
            assertThat(b.poll(Duration.ZERO)).hasSize(1);
        }
    }

    @Test
    void aGroupGoesOnWhereItWasAfterARestart(@TempDir Path directory) {
        String store = "file:" + directory;
        try (ManualGroups manual = new ManualGroups(store)) {
            manual.broker.createTopic("t", 2);
            publish(manual, 2, 3);
            GroupConsumer a = manual.join("t");
            assertThat(ManualGroups.drain(a).get(a)).hasSize(6);
            a.commit();
        }
        try (ManualGroups manual = new ManualGroups(store)) {
            publish(manual, 2, 1);
            GroupConsumer a = manual.join("t");
            assertThat(ManualGroups.drain(a).get(a)).containsExactlyInAnyOrder("m0", "m1");
        }
    }

    @Test
    void aConsumerMayCloseAfterItsBroker() {
        GroupConsumer a;
        try (ManualGroups manual = new ManualGroups("memory:")) {
            manual.broker.createTopic("t", 1);
            publish(manual, 1, 1);
            a = manual.groups.join(ManualGroups.options("t").autoCommit(Duration.ofSeconds(1)));
            assertThat(a.poll(Duration.ZERO)).hasSize(1);
        }
        assertThat(failure(() -> a.poll(Duration.ZERO))).isEqualTo(ErrorCode.CLOSED);
        a.close();
    }

    @Test
    void theThreadIsThereOnlyWhileAGroupHasMembers() {
        try (Broker broker = Broker.open("memory:")) {
            broker.createTopic("t", 1);
            assertThat(groupThreads()).isEmpty();
            GroupConsumer a = Groups.of(broker).join(GroupOptions.of("g", "t"));
            assertThat(groupThreads()).hasSize(1).allMatch(Thread::isDaemon);
            a.close();
            Groups.of(broker).close();
            assertThat(groupThreads()).isEmpty();
        }
    }

    private static List<Thread> groupThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(GroupThread.NAME))
                .toList();
    }

    @Test
    void optionsOutOfRangeAreRefusedByName() {
        assertThat(failure(() -> GroupOptions.of("g"))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(failure(() -> GroupOptions.of("g", "t").sessionTimeout(Duration.ofMillis(99))))
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(failure(() -> GroupOptions.of("g", "t").from(StartPosition.offset(3))))
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(failure(() -> GroupOptions.of("g", "t").maxFetchBytes(0))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(failure(() -> GroupOptions.of("g", "t").autoCommit(Duration.ofMillis(-1))))
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(failure(() -> GroupOptions.of("g", "t", "a.>.b"))).isEqualTo(ErrorCode.INVALID_TOPIC_NAME);
    }
}
