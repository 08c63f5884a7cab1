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
import io.portask.store.MessageStore;
import io.portask.store.MessageStores;
import io.portask.store.StoreContext;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** What members are told, and when. */
class GroupMemberTest {
    private static final TopicPartition T0 = new TopicPartition("t", 0);
    private static final TopicPartition T1 = new TopicPartition("t", 1);

    private final Deque<CompletableFuture<Void>> heldCommits = new ArrayDeque<>();
    private boolean holdCommits;

    private static GroupMember join(ManualGroups manual, GroupOptions options, GroupMemberListener listener) {
        return Blocking.await(manual.groups.joinAsync(options, listener));
    }

    /** A memory store whose commits end when the test says so. */
    private Broker brokerThatHoldsCommits() {
        MessageStore memory = MessageStores.create(
                "memory:",
                new StoreContext(new io.micrometer.core.instrument.simple.SimpleMeterRegistry(), Clock.systemUTC()));
        MessageStore store = (MessageStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {MessageStore.class}, (proxy, method, arguments) -> {
                    try {
                        if (holdCommits && method.getName().equals("commitOffsets")) {
                            CompletableFuture<Void> held = new CompletableFuture<>();
                            heldCommits.add(held);
                            return held.thenCompose(nothing -> invoke(memory, method, arguments));
                        }
                        return method.invoke(memory, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        Broker broker = Broker.builder().store(store).build();
        broker.start();
        return broker;
    }

    @SuppressWarnings("unchecked")
    private static CompletionStage<Void> invoke(
            MessageStore store, java.lang.reflect.Method method, Object[] arguments) {
        try {
            return (CompletionStage<Void>) method.invoke(store, arguments);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
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
            manual.pass(java.time.Duration.ofSeconds(1));
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
        try (ManualGroups manual = new ManualGroups(brokerThatHoldsCommits())) {
            manual.broker.createTopic("t", 1);
            manual.broker.publish(Message.of("t", "a"));
            RecordingMember a = new RecordingMember();
            RecordingMember b = new RecordingMember();
            GroupMember first = join(manual, ManualGroups.options("t"), a);
            holdCommits = true;
            CompletionStage<Void> committed = first.commitAsync(List.of(a.offset(T0, 1)));
            join(manual, ManualGroups.options("t"), b);
            Blocking.await(first.leaveAsync());
            assertThat(b.takeTold()).isEmpty();

            heldCommits.remove().complete(null);

            Blocking.await(committed);
            assertThat(b.takeTold()).containsExactly("assigned t:0@1");
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
            manual.pass(java.time.Duration.ofSeconds(1));
            assertThat(a.takeTold()).containsExactly("assigned orders.eu:0@0", "assigned orders.eu:1@0");

            manual.broker.deleteTopic("logs.web");
            manual.pass(java.time.Duration.ofSeconds(1));
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
