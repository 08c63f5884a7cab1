package io.portask.consumer;

import static io.portask.consumer.RecordingMember.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.broker.Blocking;
import io.portask.error.ErrorCode;
import io.portask.group.GroupState;
import io.portask.group.MemberState;
import io.portask.record.Message;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Groups as operators see them. */
class GroupOverviewTest {
    private static final TopicPartition T0 = new TopicPartition("t", 0);
    private static final TopicPartition T1 = new TopicPartition("t", 1);

    private static ManualGroups withMessages() {
        ManualGroups manual = new ManualGroups("memory:");
        manual.broker.createTopic("t", 2);
        for (int i = 0; i < 10; i++) {
            manual.broker.publish(Message.of("t", "m" + i).withPartition(0).withTimestamp(100 + i));
        }
        return manual;
    }

    private static GroupDescription describe(ManualGroups manual) {
        return Blocking.await(manual.groups.describeAsync("g"));
    }

    private static Map<TopicPartition, Long> reset(ManualGroups manual, OffsetReset reset) {
        return Blocking.await(manual.groups.resetAsync("g", reset));
    }

    @Test
    void aGroupWithMembersIsDescribed() {
        try (ManualGroups manual = withMessages()) {
            GroupConsumer a = manual.groups.join(ManualGroups.options("t").instanceId("one"));
            ManualGroups.drain(a);
            a.commit(Map.of(T0, 4L));

            GroupDescription description = describe(manual);

            assertThat(description.mode()).isEqualTo(GroupMode.ORDERED);
            assertThat(description.state()).isEqualTo(GroupState.STABLE);
            assertThat(description.generation()).isPositive();
            assertThat(description.members())
                    .containsExactly(
                            new GroupDescription.Member(a.memberId(), "one", MemberState.STABLE, Set.of(T0, T1)));
            assertThat(description.partitions())
                    .containsExactly(
                            new GroupDescription.Partition(T0, a.memberId(), 4L, 0, 10),
                            new GroupDescription.Partition(T1, a.memberId(), null, 0, 0));
            assertThat(description.lag()).isEqualTo(6);
        }
    }

    @Test
    void aGroupWithoutMembersHasItsOffsets() {
        try (ManualGroups manual = withMessages()) {
            manual.broker.commit("g", Map.of(T0, 3L));
            GroupDescription description = describe(manual);
            assertThat(description.mode()).isEqualTo(GroupMode.OFFSETS);
            assertThat(description.lag()).isEqualTo(7);
            manual.broker.trim(T0, 5);
            assertThat(describe(manual).lag()).isEqualTo(5);
            manual.broker.deleteTopic("t");
            assertThat(failure(() -> describe(manual))).isEqualTo(ErrorCode.INVALID_REQUEST);
        }
    }

    @Test
    void allGroupsAreListed() {
        try (ManualGroups manual = withMessages()) {
            manual.broker.commit("h", Map.of(T0, 3L));
            manual.join("t");
            assertThat(Blocking.await(manual.groups.listAsync())).containsExactly("g", "h");
            assertThat(failure(() -> Blocking.await(manual.groups.describeAsync("i"))))
                    .isEqualTo(ErrorCode.INVALID_REQUEST);
        }
    }

    @Test
    void aGroupIsDeletedOnceItHasNoMembers() {
        try (ManualGroups manual = withMessages()) {
            GroupConsumer a = manual.join("t");
            ManualGroups.drain(a);
            a.commit();
            assertThat(failure(() -> Blocking.await(manual.groups.deleteAsync("g"))))
                    .isEqualTo(ErrorCode.GROUP_MODE_MISMATCH);
            a.close();
            Blocking.await(manual.groups.deleteAsync("g"));
            assertThat(Blocking.await(manual.groups.listAsync())).isEmpty();
        }
    }

    @Test
    void aGroupIsResetToAnyPosition() {
        try (ManualGroups manual = withMessages()) {
            Set<TopicPartition> both = Set.of(T0, T1);
            assertThat(reset(manual, OffsetReset.to(StartPosition.latest(), both)))
                    .isEqualTo(Map.of(T0, 10L, T1, 0L));
            assertThat(reset(manual, OffsetReset.by(-3, both))).isEqualTo(Map.of(T0, 7L, T1, 0L));
            assertThat(reset(manual, OffsetReset.by(Long.MAX_VALUE, both))).isEqualTo(Map.of(T0, 10L, T1, 0L));
            assertThat(reset(manual, OffsetReset.to(StartPosition.timestamp(104), Set.of(T0))))
                    .isEqualTo(Map.of(T0, 4L));
            assertThat(reset(manual, OffsetReset.to(StartPosition.offset(99), both)))
                    .isEqualTo(Map.of(T0, 10L, T1, 0L));
            assertThat(reset(
                            manual,
                            OffsetReset.to(StartPosition.earliest(), both).dryRun(true)))
                    .isEqualTo(Map.of(T0, 0L, T1, 0L));
            assertThat(manual.broker.committed("g")).isEqualTo(Map.of(T0, 10L, T1, 0L));
            assertThat(failure(() -> reset(
                            manual, OffsetReset.to(StartPosition.earliest(), Set.of(new TopicPartition("t", 2))))))
                    .isEqualTo(ErrorCode.UNKNOWN_PARTITION);
        }
    }

    @Test
    void whatMembersReadIsNotResetAndTheRestIs() {
        try (ManualGroups manual = withMessages()) {
            manual.broker.createTopic("u", 1);
            manual.join("t");
            assertThat(failure(() -> reset(manual, OffsetReset.to(StartPosition.latest(), Set.of(T0)))))
                    .isEqualTo(ErrorCode.GROUP_MODE_MISMATCH);
            TopicPartition other = new TopicPartition("u", 0);
            assertThat(reset(manual, OffsetReset.to(StartPosition.latest(), Set.of(other))))
                    .containsEntry(other, 0L);
        }
    }
}
