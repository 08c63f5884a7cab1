package io.portask.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GroupCoordinatorTest {
    private static final GroupConfig CONFIG = new GroupConfig(1_000, 5_000, 3, 2, 10);
    private static final TopicPartition T0 = new TopicPartition("t", 0);
    private static final TopicPartition T1 = new TopicPartition("t", 1);

    private final GroupCoordinator group = new GroupCoordinator(CONFIG, new StickyAssignor(), 100);

    @BeforeEach
    void topics() {
        group.onTopics(Map.of("t", 2), 0);
    }

    @Test
    void theFirstMemberOwnsAllAtOnceAboveTheFloorOfGenerations() {
        MemberAssignment all = join("a", null, 1, 0);
        assertThat(all.state()).isEqualTo(MemberState.STABLE);
        assertThat(all.grants()).containsExactly(new PartitionGrant(T0, 101), new PartitionGrant(T1, 101));
        assertThat(group.stats().state()).isEqualTo(GroupState.STABLE);
    }

    @Test
    void aPartitionGoesToTheNextOwnerOnceTheFormerOneConfirmed() {
        join("a", null, 1, 0);
        GroupUpdate joined = group.join(new JoinRequest("b", null, Subscription.of("t"), 1), 10);
        assertThat(joined.answer().orElseThrow().state()).isEqualTo(MemberState.WAITING);
        MemberAssignment told = joined.changed().get(0);
        assertThat(told.memberId()).isEqualTo("a");
        assertThat(told.state()).isEqualTo(MemberState.REVOKING);
        TopicPartition kept = told.grants().get(0).partition();
        TopicPartition moved = kept.equals(T0) ? T1 : T0;

        assertThat(heartbeat("a", 2, told, Set.of(T0, T1), 20).changed()).isEmpty();
        group.checkCommit("a", 101, moved);
        assertThat(group.owner(moved)).contains("a");

        GroupUpdate confirmed = heartbeat("a", 3, told, Set.of(kept), 30);
        assertThat(confirmed.changed())
                .containsExactly(
                        new MemberAssignment("b", 102, 1, MemberState.STABLE, List.of(new PartitionGrant(moved, 102))));
        refuses(ErrorCode.STALE_GENERATION, () -> group.checkCommit("a", 101, moved));
        refuses(ErrorCode.STALE_GENERATION, () -> group.checkCommit("b", 101, moved));
        group.checkCommit("b", 102, moved);
        group.checkCommit("a", 101, kept);
        assertThat(group.stats()).isEqualTo(new GroupStats(GroupState.STABLE, 102, 2, 2, 2, 1, 0));
    }

    @Test
    void aHeartbeatFromBeforeTheRevocationConfirmsNothing() {
        MemberAssignment before = join("a", null, 1, 0);
        join("b", null, 1, 0);
        assertThat(heartbeat("a", 2, before, Set.of(), 0).changed()).isEmpty();
    }

    @Test
    void silenceForTheSessionTimeoutFences() {
        join("a", null, 1, 0);
        assertThat(group.nextDeadline()).isEqualTo(1_000);
        assertThat(group.onTime(999).departures()).isEmpty();
        assertThat(group.onTime(1_000).departures())
                .containsExactly(new Departure("a", null, MemberEvent.SESSION_EXPIRED));
        refuses(ErrorCode.UNKNOWN_MEMBER, () -> group.checkCommit("a", 101, T0));
        refuses(ErrorCode.UNKNOWN_MEMBER, () -> join("a", null, 2, 1_000));
        assertThat(group.stats().state()).isEqualTo(GroupState.EMPTY);
        assertThat(group.nextDeadline()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void whoDoesNotGiveUpAPartitionIsFencedAfterTheHandoverTimeout() {
        MemberAssignment before = join("a", null, 1, 0);
        MemberAssignment waiting = join("b", null, 1, 0);
        for (int at = 500; at < 5_000; at += 500) {
            heartbeat("a", 1 + at, before, Set.of(T0, T1), at);
            heartbeat("b", 1 + at, waiting, Set.of(), at);
            assertThat(group.onTime(at).departures()).isEmpty();
        }
        assertThat(group.nextDeadline()).isLessThanOrEqualTo(5_000);
        assertThat(group.onTime(5_000).departures())
                .containsExactly(new Departure("a", null, MemberEvent.HANDOVER_EXPIRED));
        assertThat(group.owner(T0)).contains("b");
        assertThat(group.owner(T1)).contains("b");
    }

    @Test
    void aStaticMemberThatComesBackGetsItsPartitionsWithoutARebalance() {
        join("a", "i", 1, 0);
        join("b", "j", 1, 0);
        settle("a", "b");
        Set<TopicPartition> owned = partitions("a");
        group.stepOut("a", 100);
        assertThat(owned)
                .allSatisfy(partition -> assertThat(group.owner(partition)).isEmpty());
        refuses(ErrorCode.UNKNOWN_MEMBER, () -> heartbeat("a", 50, assignment("b"), Set.of(), 100));
        refuses(ErrorCode.UNKNOWN_MEMBER, () -> group.checkCommit("a", 102, T0));
        long rebalances = group.stats().rebalances();

        GroupUpdate back = group.join(new JoinRequest("c", "i", Subscription.of("t"), 1), 900);
        assertThat(back.changed()).isEmpty();
        assertThat(partitions("c")).isEqualTo(owned);
        assertThat(group.stats().rebalances()).isEqualTo(rebalances);
        assertThat(group.stats().state()).isEqualTo(GroupState.STABLE);
    }

    @Test
    void thePlaceOfAStaticMemberIsKeptForTheSessionTimeout() {
        join("a", "i", 1, 0);
        join("b", null, 1, 0);
        settle("a", "b");
        group.stepOut("a", 100);
        heartbeat("b", 60, assignment("b"), partitions("b"), 1_000);
        assertThat(group.onTime(1_100).departures())
                .containsExactly(new Departure("a", "i", MemberEvent.SESSION_EXPIRED));
        assertThat(partitions("b")).containsExactlyInAnyOrder(T0, T1);
    }

    @Test
    void aSecondMemberWithTheInstanceIdFencesTheFirst() {
        MemberAssignment first = join("a", "i", 1, 0);
        GroupUpdate second = group.join(new JoinRequest("b", "i", Subscription.of("t"), 1), 0);
        assertThat(second.departures()).containsExactly(new Departure("a", "i", MemberEvent.REPLACED));
        assertThat(partitions("b")).containsExactlyInAnyOrder(T0, T1);
        refuses(ErrorCode.MEMBER_FENCED, () -> heartbeat("a", 2, first, Set.of(T0, T1), 0));
        refuses(ErrorCode.MEMBER_FENCED, () -> group.checkCommit("a", 101, T0));
        refuses(ErrorCode.MEMBER_FENCED, () -> join("a", "i", 3, 0));
        assertThat(group.stats().membersFenced()).isEqualTo(1);
    }

    @Test
    void anOldRequestChangesNothing() {
        group.join(new JoinRequest("a", null, Subscription.of("u"), 1), 0);
        group.join(new JoinRequest("a", null, Subscription.of("t"), 2), 0);
        assertThat(partitions("a")).hasSize(2);
        group.join(new JoinRequest("a", null, Subscription.of("u"), 1), 500);
        assertThat(partitions("a")).hasSize(2);
        heartbeat("a", 2, assignment("a"), partitions("a"), 900);
        assertThat(group.onTime(1_000).departures()).hasSize(1);
    }

    @Test
    void aJoinThatWasOvertakenByALeaveBringsNobodyBack() {
        group.leave("a", 0);
        refuses(ErrorCode.UNKNOWN_MEMBER, () -> join("a", null, 1, 0));
    }

    @Test
    void aHeartbeatForAnEarlierCoordinatorIsOfNoMember() {
        MemberAssignment before = join("a", null, 1, 0);
        GroupCoordinator next = new GroupCoordinator(CONFIG, new StickyAssignor(), 200);
        next.join(new JoinRequest("a", null, Subscription.of("t"), 1), 0);
        refuses(
                ErrorCode.UNKNOWN_MEMBER,
                () -> next.heartbeat(
                        new HeartbeatRequest("a", 9, before.generation(), before.revision(), Set.of()), 0));
    }

    @Test
    void aRevisionThatWasNeverMadeIsRefused() {
        MemberAssignment last = join("a", null, 1, 0);
        refuses(
                ErrorCode.INVALID_REQUEST,
                () -> group.heartbeat(
                        new HeartbeatRequest("a", 2, last.generation(), last.revision() + 1, Set.of()), 0));
    }

    @Test
    void aTopicThatIsMadeAnewIsGrantedAnew() {
        join("a", null, 1, 0);
        group.onTopics(Map.of(), 1);
        assertThat(partitions("a")).isEmpty();
        refuses(ErrorCode.STALE_GENERATION, () -> group.checkCommit("a", 101, T0));
        group.onTopics(Map.of("t", 1), 2);
        assertThat(assignment("a").grants()).containsExactly(new PartitionGrant(T0, 103));
        refuses(ErrorCode.STALE_GENERATION, () -> group.checkCommit("a", 101, T0));
    }

    @Test
    void aTopicThatIsMadeAnewIsNotOfWhoHadToGiveItUpBefore() {
        join("a", null, 1, 0);
        group.join(new JoinRequest("a", null, Subscription.of("u"), 2), 0);
        group.checkCommit("a", 101, T0);
        group.onTopics(Map.of(), 1);
        group.onTopics(Map.of("t", 2), 2);
        refuses(ErrorCode.STALE_GENERATION, () -> group.checkCommit("a", 101, T0));
        assertThat(assignment("a").state()).isEqualTo(MemberState.STABLE);
    }

    @Test
    void topicsThatMatchAPatternAreJoinedAndGrow() {
        group.join(new JoinRequest("a", null, Subscription.of("logs.>"), 1), 0);
        assertThat(group.onTopics(Map.of("logs.web", 1, "t", 2), 0).changed()).hasSize(1);
        group.onTopics(Map.of("logs.web", 3, "t", 2), 0);
        assertThat(partitions("a")).hasSize(3);
        long generation = group.stats().generation();
        group.onTopics(Map.of("logs.web", 3, "t", 9), 0);
        assertThat(group.stats().generation()).isEqualTo(generation);
    }

    @Test
    void whatNobodySubscribesToAnyMoreIsGivenUpFirst() {
        join("a", null, 1, 0);
        group.join(new JoinRequest("a", null, Subscription.of("u"), 2), 0);
        group.join(new JoinRequest("b", null, Subscription.of("t"), 1), 0);
        assertThat(group.owner(T0)).contains("a");
        heartbeat("a", 3, assignment("a"), Set.of(), 0);
        assertThat(partitions("b")).containsExactlyInAnyOrder(T0, T1);
    }

    @Test
    void boundsHaveNamedErrors() {
        refuses(ErrorCode.INVALID_REQUEST, () -> join("", null, 1, 0));
        refuses(ErrorCode.INVALID_REQUEST, () -> join("x".repeat(11), null, 1, 0));
        refuses(ErrorCode.INVALID_REQUEST, () -> join("a\n", null, 1, 0));
        refuses(ErrorCode.INVALID_REQUEST, () -> join("a", "x".repeat(11), 1, 0));
        refuses(
                ErrorCode.INVALID_REQUEST,
                () -> group.join(new JoinRequest("a", null, Subscription.of("t", "u", "v"), 1), 0));
        join("a", null, 1, 0);
        refuses(ErrorCode.INVALID_REQUEST, () -> join("a", "i", 2, 0));
        refuses(ErrorCode.INVALID_REQUEST, () -> group.stepOut("a", 0));
        join("b", null, 1, 0);
        join("c", "k", 1, 0);
        refuses(ErrorCode.OVERLOADED, () -> join("d", null, 1, 0));
        join("d", "k", 1, 0);
        refuses(ErrorCode.INVALID_CONFIGURATION, () -> CONFIG.withMaxMembers(0));
    }

    private MemberAssignment join(String id, String instanceId, long sequence, long nowMs) {
        return group.join(new JoinRequest(id, instanceId, Subscription.of("t"), sequence), nowMs)
                .answer()
                .orElseThrow();
    }

    private GroupUpdate heartbeat(
            String id, long sequence, MemberAssignment followed, Set<TopicPartition> owned, long nowMs) {
        return group.heartbeat(
                new HeartbeatRequest(id, sequence, followed.generation(), followed.revision(), owned), nowMs);
    }

    /** All do what they were told. */
    private void settle(String... ids) {
        for (int round = 0; round < 2; round++) {
            for (String id : ids) {
                heartbeat(id, 10 + round, assignment(id), partitions(id), 0);
            }
        }
        assertThat(group.stats().state()).isEqualTo(GroupState.STABLE);
    }

    private MemberAssignment assignment(String id) {
        Optional<MemberAssignment> found = group.assignments().stream()
                .filter(each -> each.memberId().equals(id))
                .findFirst();
        return found.orElseThrow();
    }

    private Set<TopicPartition> partitions(String id) {
        return assignment(id).grants().stream()
                .map(PartitionGrant::partition)
                .collect(Collectors.toCollection(HashSet::new));
    }

    private static void refuses(ErrorCode code, ThrowingCallable call) {
        PortaskException error = Assertions.catchThrowableOfType(PortaskException.class, call);
        assertThat(error).isNotNull();
        assertThat(error.code()).isEqualTo(code);
    }
}
