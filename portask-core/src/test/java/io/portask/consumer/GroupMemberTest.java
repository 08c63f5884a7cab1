package io.portask.consumer;

import static io.portask.consumer.RecordingMember.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.broker.Blocking;
import io.portask.broker.Broker;
import io.portask.error.ErrorCode;
import io.portask.group.RangeAssignor;
import io.portask.record.Message;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import io.portask.store.contract.HeldStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** What members are told, and when. */
class GroupMemberTest {
    private static final TopicPartition T0 = new TopicPartition("t", 0);
    private static final TopicPartition T1 = new TopicPartition("t", 1);

    private final HeldStore store = new HeldStore();

    private static GroupMember join(ManualGroups manual, GroupOptions options, GroupMemberListener listener) {
        return Blocking.await(manual.groups.joinAsync(options, listener));
    }

    private Broker brokerOnHeldStore() {
        Broker broker = Broker.builder().store(store.store()).build();
        broker.start();
        return broker;
    }

    @Test
    void theFirstMemberGetsAllAndBeginsWhereTheGroupCommitted() {
        try (ManualGroups manual = new ManualGroups("memory:")) {
            manual.broker.createTopic("t", 2);
            manual.broker.publishAll(List.of(
                    Message.of("t", "a").withPartition(1), Message.of("t", "b").withPartition(1)));
            manual.broker.commit("g", Map.of(T1, 1L));
            RecordingMember a = new RecordingMember();

            GroupMember member = join(manual, ManualGroups.options("t"), a);

            assertThat(a.takeTold()).containsExactly("assigned t:0@0", "assigned t:1@1");
            assertThat(member.assignment()).containsExactly(T0, T1);
        }
    }

    @Test
    void aPartitionGoesToTheNextOwnerOnceItWasReleased() {
        try (ManualGroups manual = new ManualGroups("memory:")) {
            manual.broker.createTopic("t", 2);
            RecordingMember a = new RecordingMember();
            RecordingMember b = new RecordingMember();
            GroupMember first = join(manual, ManualGroups.options("t"), a);
            a.takeTold();

            GroupMember second = join(manual, ManualGroups.options("t"), b);

            assertThat(a.takeTold()).hasSize(1).allMatch(told -> told.startsWith("revoked t:"));
            assertThat(b.takeTold()).isEmpty();
            TopicPartition moved = first.assignment().contains(T0) ? T1 : T0;
            Blocking.await(first.heartbeatAsync());
            assertThat(b.takeTold()).isEmpty();
            Blocking.await(first.releaseAsync(List.of(moved)));
            assertThat(b.takeTold()).containsExactly("assigned " + moved + "@0");
            assertThat(second.assignment()).containsExactly(moved);
            assertThat(a.takeTold()).isEmpty();
        }
    }

    @Test
    void aLateCommitIsRefused() {
        try (ManualGroups manual = new ManualGroups("memory:")) {
            manual.broker.createTopic("t", 1);
            manual.broker.publish(Message.of("t", "a"));
            RecordingMember a = new RecordingMember();
            RecordingMember b = new RecordingMember();
            GroupMember first = join(manual, ManualGroups.options("t"), a);
            join(manual, ManualGroups.options("t"), b);
            manual.pass(ManualGroups.SESSION.minusMillis(1));
            assertThat(a.takeTold()).containsExactly("assigned t:0@0");
            manual.pass(ManualGroups.SESSION);

            assertThat(a.takeTold()).containsExactly("fenced UNKNOWN_MEMBER");
            assertThat(failure(() -> Blocking.await(first.commitAsync(List.of(a.offset(T0, 1))))))
                    .isEqualTo(ErrorCode.UNKNOWN_MEMBER);
            assertThat(failure(() -> Blocking.await(first.heartbeatAsync()))).isEqualTo(ErrorCode.UNKNOWN_MEMBER);
            assertThat(manual.broker.committed("g")).isEmpty();
        }
    }

    @Test
    void aCommitOfAnEarlierGrantIsRefused() {
        try (ManualGroups manual = new ManualGroups("memory:")) {
            manual.broker.createTopic("t", 1);
            manual.broker.publish(Message.of("t", "a"));
            RecordingMember a = new RecordingMember();
            GroupMember member = join(manual, ManualGroups.options("t"), a);
            GroupOffset early = a.offset(T0, 1);
            manual.broker.deleteTopic("t");
            manual.broker.createTopic("t", 1);
            manual.broker.publish(Message.of("t", "another"));
            manual.pass(Duration.ofSeconds(1));
            assertThat(a.takeTold()).containsExactly("assigned t:0@0", "revoked t:0");
            Blocking.await(member.releaseAsync(List.of(T0)));
            assertThat(a.takeTold()).containsExactly("assigned t:0@0");

            assertThat(failure(() -> Blocking.await(member.commitAsync(List.of(early)))))
                    .isEqualTo(ErrorCode.STALE_GENERATION);
            Blocking.await(member.commitAsync(List.of(a.offset(T0, 1))));
            assertThat(manual.broker.committed("g")).containsExactly(Map.entry(T0, 1L));
        }
    }

    @Test
    void theNextOwnerBeginsAfterTheCommitsThatAreUnderWay() {
        try (ManualGroups manual = new ManualGroups(brokerOnHeldStore())) {
            manual.broker.createTopic("t", 1);
            manual.broker.publish(Message.of("t", "a"));
            RecordingMember a = new RecordingMember();
            RecordingMember b = new RecordingMember();
            GroupMember first = join(manual, ManualGroups.options("t"), a);
            store.hold("commitOffsets");
            CompletionStage<Void> committed = first.commitAsync(List.of(a.offset(T0, 1)));
            join(manual, ManualGroups.options("t"), b);
            Blocking.await(first.leaveAsync());
            assertThat(b.takeTold()).isEmpty();

            store.release();

            Blocking.await(committed);
            assertThat(b.takeTold()).containsExactly("assigned t:0@1");
        }
    }

    @Test
    void whatCannotBeOpenedIsTriedAgain() {
        try (ManualGroups manual = new ManualGroups(brokerOnHeldStore())) {
            manual.broker.createTopic("t", 1);
            RecordingMember a = new RecordingMember();
            store.fail("committedOffsets", ErrorCode.STORE_UNAVAILABLE);
            join(manual, ManualGroups.options("t"), a);
            assertThat(a.takeTold()).isEmpty();

            store.fail("", ErrorCode.STORE_UNAVAILABLE);
            manual.pass(Duration.ofSeconds(1));
            assertThat(a.takeTold()).containsExactly("assigned t:0@0");
        }
    }

    @Test
    void whereAGroupBeginsIsRememberedUnlessItIsTheOldest() {
        try (ManualGroups manual = new ManualGroups("memory:")) {
            manual.broker.createTopic("t", 1);
            manual.broker.publish(Message.of("t", "old"));
            RecordingMember a = new RecordingMember();
            RecordingMember b = new RecordingMember();
            GroupOptions latest = ManualGroups.options("t").from(StartPosition.latest());
            GroupMember first = join(manual, latest, a);
            manual.broker.publish(Message.of("t", "new"));
            Blocking.await(first.leaveAsync());

            join(manual, latest, b);

            assertThat(a.takeTold()).containsExactly("assigned t:0@1");
            assertThat(b.takeTold()).containsExactly("assigned t:0@1");
        }
    }

    @Test
    void topicsThatComeLaterAreJoinedAndThoseThatGoAreRevoked() {
        try (ManualGroups manual = new ManualGroups("memory:")) {
            manual.broker.createTopic("logs.web", 1);
            RecordingMember a = new RecordingMember();
            GroupMember member = join(manual, ManualGroups.options("orders.*", "logs.>"), a);
            assertThat(a.takeTold()).containsExactly("assigned logs.web:0@0");

            manual.broker.createTopic("orders.eu", 2);
            manual.broker.createTopic("other", 1);
            manual.pass(Duration.ofSeconds(1));
            assertThat(a.takeTold()).containsExactly("assigned orders.eu:0@0", "assigned orders.eu:1@0");

            manual.broker.deleteTopic("logs.web");
            manual.pass(Duration.ofSeconds(1));
            assertThat(a.takeTold()).containsExactly("revoked logs.web:0");
            assertThat(member.assignment()).hasSize(2);
        }
    }

    @Test
    void nobodyElseCommitsUnderTheNameOfAGroupWithMembers() {
        try (ManualGroups manual = new ManualGroups("memory:")) {
            manual.broker.createTopic("t", 1);
            GroupMember member = join(manual, ManualGroups.options("t"), new RecordingMember());

            assertThat(failure(() -> manual.broker.commit("g", Map.of(T0, 0L))))
                    .isEqualTo(ErrorCode.GROUP_MODE_MISMATCH);
            assertThat(failure(() -> Blocking.await(manual.broker.forgetConsumerAsync("g"))))
                    .isEqualTo(ErrorCode.GROUP_MODE_MISMATCH);
            manual.broker.commit("another", Map.of(T0, 0L));
            Blocking.await(member.leaveAsync());
            manual.broker.commit("g", Map.of(T0, 0L));
        }
    }

    @Test
    void aNameThatIsClaimedOtherwiseIsNoGroup() {
        try (ManualGroups manual = new ManualGroups("memory:")) {
            manual.broker.claimConsumer("g");
            assertThat(failure(() -> join(manual, ManualGroups.options("t"), new RecordingMember())))
                    .isEqualTo(ErrorCode.GROUP_MODE_MISMATCH);
        }
    }

    @Test
    void membersOfAGroupHaveTheSameAssignor() {
        try (ManualGroups manual = new ManualGroups("memory:")) {
            join(manual, ManualGroups.options("t"), new RecordingMember());
            assertThat(failure(() -> join(
                            manual, ManualGroups.options("t").assignor(new RangeAssignor()), new RecordingMember())))
                    .isEqualTo(ErrorCode.INVALID_REQUEST);
        }
    }

    @Test
    void aRefusedFirstJoinLeavesNoGroupBehind() {
        try (ManualGroups manual = new ManualGroups("memory:")) {
            manual.broker.createTopic("t", 1);
            assertThat(failure(() ->
                            join(manual, ManualGroups.options("t").instanceId("x".repeat(250)), new RecordingMember())))
                    .isEqualTo(ErrorCode.INVALID_REQUEST);
            manual.broker.commit("g", Map.of(T0, 0L));
        }
    }

    @Test
    void aStaticMemberComesBackToItsPartitions() {
        try (ManualGroups manual = new ManualGroups("memory:")) {
            manual.broker.createTopic("t", 2);
            RecordingMember a = new RecordingMember();
            RecordingMember b = new RecordingMember();
            GroupMember first = join(manual, ManualGroups.options("t").instanceId("one"), a);
            join(manual, ManualGroups.options("t"), b);
            Blocking.await(first.releaseAsync(List.of(T0, T1)));
            String kept = first.assignment().iterator().next().toString();
            b.takeTold();

            Blocking.await(first.stepOutAsync());
            RecordingMember again = new RecordingMember();
            join(manual, ManualGroups.options("t").instanceId("one"), again);

            assertThat(again.takeTold()).containsExactly("assigned " + kept + "@0");
            assertThat(b.takeTold()).isEmpty();
        }
    }

    @Test
    void aDynamicMemberHasNoPlaceToStepOutFromAndStays() {
        try (ManualGroups manual = new ManualGroups("memory:")) {
            manual.broker.createTopic("t", 1);
            GroupMember member = join(manual, ManualGroups.options("t"), new RecordingMember());

            assertThat(failure(() -> Blocking.await(member.stepOutAsync()))).isEqualTo(ErrorCode.INVALID_REQUEST);
            assertThat(member.assignment()).containsExactly(T0);
            Blocking.await(member.heartbeatAsync());
        }
    }

    @Test
    void aSecondMemberWithTheInstanceIdFencesTheFirst() {
        try (ManualGroups manual = new ManualGroups("memory:")) {
            manual.broker.createTopic("t", 1);
            RecordingMember a = new RecordingMember();
            RecordingMember b = new RecordingMember();
            GroupMember first = join(manual, ManualGroups.options("t").instanceId("one"), a);
            a.takeTold();
            join(manual, ManualGroups.options("t").instanceId("one"), b);

            assertThat(a.takeTold()).containsExactly("fenced MEMBER_FENCED");
            assertThat(b.takeTold()).containsExactly("assigned t:0@0");
            assertThat(failure(() -> Blocking.await(first.heartbeatAsync()))).isEqualTo(ErrorCode.MEMBER_FENCED);
        }
    }

    @Test
    void membersAreToldThatTheBrokerCloses() {
        RecordingMember a = new RecordingMember();
        try (ManualGroups manual = new ManualGroups("memory:")) {
            manual.broker.createTopic("t", 1);
            join(manual, ManualGroups.options("t"), a);
            a.takeTold();
        }
        assertThat(a.takeTold()).containsExactly("fenced CLOSED");
    }
}
