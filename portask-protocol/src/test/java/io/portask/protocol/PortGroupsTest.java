package io.portask.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.broker.Broker;
import io.portask.broker.BrokerConfig;
import io.portask.consumer.AssignedPartition;
import io.portask.consumer.GroupConsumer;
import io.portask.consumer.GroupDescription;
import io.portask.consumer.GroupMemberListener;
import io.portask.consumer.GroupMode;
import io.portask.consumer.GroupOffset;
import io.portask.consumer.GroupOptions;
import io.portask.consumer.Groups;
import io.portask.consumer.OffsetReset;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.group.MemberState;
import io.portask.group.Subscription;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Members of ordered groups, and what operators do to groups. */
class PortGroupsTest extends PortSessionTestBase {
    private static final TopicPartition OTHERS = new TopicPartition("orders", 1);
    private static final int JOIN = 5;

    private Broker broker;

    private PortProtocol served() {
        broker = broker(BrokerConfig.defaults());
        broker.createTopic("orders", 2);
        return new PortProtocol(broker, PortConfig.defaults(), meters);
    }

    private static JoinRequest joining(String instanceId, int sessionTimeoutMs) {
        return new JoinRequest(
                "billing", Subscription.of("orders"), instanceId, sessionTimeoutMs, "sticky", StartPosition.earliest());
    }

    private static String join(TestPeer peer, int id, String instanceId) {
        peer.send(FrameType.JOIN, id, joining(instanceId, 3_600_000)::encode);
        return JoinResponse.decode(peer.answer(FrameType.JOIN, id)).memberId();
    }

    private static AssignmentPayload assignment(TestPeer peer, int id) {
        CollectedFrames.Frame frame = peer.await();
        assertThat(frame.type()).isEqualTo(FrameType.ASSIGNMENT);
        assertThat(frame.correlationId()).isEqualTo(id);
        return AssignmentPayload.decode(frame.payload());
    }

    private static List<TopicPartition> partitions(List<AssignedPartition> assigned) {
        return assigned.stream().map(AssignedPartition::partition).sorted().toList();
    }

    private static void commit(TestPeer peer, int id, AssignedPartition partition, long offset) {
        GroupOffset wanted = new GroupOffset(partition.partition(), partition.generation(), offset);
        peer.send(FrameType.ACK, id, AckRequest.ofMember("billing", JOIN, List.of(wanted))::encode);
    }

    private static void release(TestPeer peer, int id, TopicPartition... released) {
        peer.send(FrameType.MEMBER, id, new MemberRequest(JOIN, List.of(released))::encode);
        peer.answer(FrameType.MEMBER, id);
    }

    private GroupDescription describe() {
        return Groups.of(broker).describeAsync("billing").toCompletableFuture().join();
    }

    @Test
    void membersShareOutPartitionsAndHandThemOverInThreeSteps() {
        PortProtocol protocol = served();
        TestPeer first = TestPeer.open(protocol);
        join(first, JOIN, null);
        List<AssignedPartition> all = assignment(first, JOIN).assigned();
        assertThat(partitions(all)).containsExactly(ORDERS, OTHERS);
        assertThat(all).allSatisfy(each -> assertThat(each.startOffset()).isZero());

        TestPeer second = TestPeer.open(protocol);
        join(second, JOIN, null);
        second.assertSilent();
        List<TopicPartition> revoked = assignment(first, JOIN).revoked();
        assertThat(revoked).hasSize(1);
        AssignedPartition given = all.stream()
                .filter(each -> revoked.contains(each.partition()))
                .findFirst()
                .orElseThrow();
        commit(first, 6, given, 0);
        first.answer(FrameType.ACK, 6);
        release(first, 7, given.partition());
        AssignmentPayload got = assignment(second, JOIN);
        assertThat(partitions(got.assigned())).isEqualTo(revoked);
        assertThat(got.assigned().get(0).generation()).isGreaterThan(given.generation());

        commit(first, 8, given, 0);
        first.assertError(ErrorCode.STALE_GENERATION, 8);
        first.send(FrameType.ACK, 9, new AckRequest("billing", Map.of(ORDERS, 0L))::encode);
        first.assertError(ErrorCode.GROUP_MODE_MISMATCH, 9);
    }

    @Test
    void committedOffsetsAreWhereTheNextOwnerBegins() {
        PortProtocol protocol = served();
        TestPeer peer = TestPeer.open(protocol);
        peer.published(ORDERS, 2, TestBatches.batch(0, "k", "a", "b"));
        join(peer, JOIN, null);
        AssignedPartition orders = assignment(peer, JOIN).assigned().stream()
                .filter(each -> each.partition().equals(ORDERS))
                .findFirst()
                .orElseThrow();
        commit(peer, 6, orders, 1);
        peer.answer(FrameType.ACK, 6);
        peer.send(FrameType.LEAVE, 7, new LeaveRequest(JOIN, false)::encode);
        peer.answer(FrameType.LEAVE, 7);
        peer.assertSilent();
        commit(peer, 8, orders, 2);
        peer.assertError(ErrorCode.UNKNOWN_MEMBER, 8);
        join(peer, JOIN, null);
        assertThat(assignment(peer, JOIN).assigned())
                .anySatisfy(each -> assertThat(each)
                        .extracting(AssignedPartition::partition, AssignedPartition::startOffset)
                        .containsExactly(ORDERS, 1L));
    }

    @Test
    void aConnectionThatBreaksLeavesAndAStaticMembersPlaceIsKept() {
        PortProtocol protocol = served();
        TestPeer passing = TestPeer.open(protocol);
        join(passing, JOIN, null);
        TestPeer fixed = TestPeer.open(protocol);
        join(fixed, JOIN, "desk-1");
        passing.connection.close(new PortaskException(ErrorCode.CONNECTION_LOST, "gone"));
        assertThat(describe().members()).hasSize(1);
        assertThat(partitions(assignment(fixed, JOIN).assigned())).hasSize(2);
        fixed.connection.close(new PortaskException(ErrorCode.CONNECTION_LOST, "gone"));
        assertThat(describe().members()).singleElement().satisfies(member -> {
            assertThat(member.instanceId()).isEqualTo("desk-1");
            assertThat(member.state()).isEqualTo(MemberState.AWAY);
        });
        TestPeer back = TestPeer.open(protocol);
        join(back, JOIN, "desk-1");
        assertThat(partitions(assignment(back, JOIN).assigned())).containsExactly(ORDERS, OTHERS);
        TestPeer twin = TestPeer.open(protocol);
        join(twin, JOIN, "desk-1");
        back.assertError(ErrorCode.MEMBER_FENCED, JOIN);
        back.send(FrameType.MEMBER, 9, new MemberRequest(JOIN, List.of())::encode);
        back.assertError(ErrorCode.UNKNOWN_MEMBER, 9);
    }

    @Test
    void membersInProcessAndThroughPortShareAGroup() {
        PortProtocol protocol = served();
        TestPeer peer = TestPeer.open(protocol);
        join(peer, JOIN, null);
        assignment(peer, JOIN);
        try (GroupConsumer local = Groups.of(broker).join(GroupOptions.of("billing", "orders"))) {
            AssignmentPayload revoking = assignment(peer, JOIN);
            release(peer, 6, revoking.revoked().get(0));
            local.poll(Duration.ZERO);
            assertThat(local.assignment()).containsExactlyElementsOf(revoking.revoked());
        }
        assertThat(partitions(assignment(peer, JOIN).assigned())).hasSize(1);
    }

    @Test
    void aJoinThatIsAnsweredAfterTheConnectionBrokeLeavesAgain() {
        PortProtocol protocol = served();
        TestPeer peer = TestPeer.open(protocol);
        store.hold("listTopics");
        peer.send(FrameType.JOIN, JOIN, joining(null, 3_600_000)::encode);
        peer.assertSilent();
        peer.connection.close(new PortaskException(ErrorCode.CONNECTION_LOST, "gone"));
        store.hold("");
        store.release();
        Groups.of(broker)
                .joinAsync(GroupOptions.of("other", "orders"), new Silent())
                .toCompletableFuture()
                .join();
        assertThat(Groups.of(broker).listAsync().toCompletableFuture().join()).containsExactly("other");
    }

    /** Hears nothing. */
    private static final class Silent implements GroupMemberListener {
        @Override
        public void onAssigned(List<AssignedPartition> partitions) {}

        @Override
        public void onRevoked(Set<TopicPartition> partitions) {}

        @Override
        public void onFenced(PortaskException reason) {}
    }

    @Test
    void membershipsOfAConnectionAreBoundedAndNamedOnce() {
        TestPeer peer = TestPeer.open(served());
        for (int id = 10; id < 10 + Memberships.MAX; id++) {
            peer.send(
                    FrameType.JOIN,
                    id,
                    new JoinRequest("g" + id, Subscription.of("none.*"), null, 30_000, "range", StartPosition.latest())
                            ::encode);
            peer.answer(FrameType.JOIN, id);
        }
        peer.send(FrameType.JOIN, 200, joining(null, 30_000)::encode);
        peer.assertError(ErrorCode.OVERLOADED, 200);
        peer.send(FrameType.JOIN, 10, joining(null, 30_000)::encode);
        peer.assertError(ErrorCode.INVALID_REQUEST, 10);
        peer.subscribe(ORDERS, 11, 0);
        peer.assertError(ErrorCode.INVALID_REQUEST, 11);
        assertThat(Groups.of(broker).listAsync().toCompletableFuture().join()).hasSize(Memberships.MAX - 2);
    }

    @Test
    void whatAGroupDoesNotTakeIsRefused() {
        TestPeer peer = TestPeer.open(served());
        peer.send(FrameType.JOIN, 6, joining(null, 1)::encode);
        assertThat(peer.assertError(ErrorCode.INVALID_REQUEST, 6).text()).contains("sessionTimeout");
        peer.send(FrameType.ASSIGNMENT, 7, new AssignmentPayload(List.of(), List.of())::encode);
        peer.assertError(ErrorCode.INVALID_REQUEST, 7);
        join(peer, JOIN, null);
        AssignedPartition assigned = assignment(peer, JOIN).assigned().get(0);
        GroupOffset offset = new GroupOffset(assigned.partition(), assigned.generation(), 0);
        peer.send(FrameType.ACK, 8, AckRequest.ofMember("other", JOIN, List.of(offset))::encode);
        peer.assertError(ErrorCode.INVALID_REQUEST, 8);
    }

    @Test
    void assignmentsAndDescriptionsOfManyPartitionsComeInSeveralFrames() {
        PortProtocol protocol = served();
        broker.createTopic("wide." + "x".repeat(200), 1_000);
        TestPeer peer = TestPeer.open(protocol);
        peer.send(
                FrameType.JOIN,
                JOIN,
                new JoinRequest("g", Subscription.of("wide.*"), null, 30_000, "range", StartPosition.earliest())
                        ::encode);
        peer.answer(FrameType.JOIN, JOIN);
        List<AssignedPartition> assigned = new ArrayList<>();
        while (assigned.size() < 1_000) {
            AssignmentPayload part = assignment(peer, JOIN);
            assertThat(part.assigned()).hasSizeBetween(1, 400);
            assigned.addAll(part.assigned());
        }
        peer.send(FrameType.GROUPS, 6, GroupsRequest.describe("g")::encode);
        List<GroupDescription> frames = new ArrayList<>();
        boolean more = true;
        while (more) {
            CollectedFrames.Frame frame = peer.next();
            more = FrameFlags.has(frame.flags(), FrameFlags.MORE);
            frames.add(GroupsResponse.decodeDescription(frame.payload()));
        }
        assertThat(frames).hasSizeGreaterThan(2);
        GroupDescription described = GroupsResponse.merged(frames);
        assertThat(described)
                .isEqualTo(Groups.of(broker)
                        .describeAsync("g")
                        .toCompletableFuture()
                        .join());
    }

    @Test
    void operatorsListDescribeResetAndDelete() {
        TestPeer peer = TestPeer.open(served());
        peer.published(ORDERS, 2, TestBatches.batch(0, "k", "a", "b"));
        peer.send(FrameType.ACK, 3, new AckRequest("billing", Map.of(ORDERS, 2L))::encode);
        peer.answer(FrameType.ACK, 3);
        peer.send(FrameType.GROUPS, 4, GroupsRequest.list()::encode);
        assertThat(GroupsResponse.decodeNames(peer.answer(FrameType.GROUPS, 4))).containsExactly("billing");
        OffsetReset back = OffsetReset.by(-1, Set.of(ORDERS));
        peer.send(FrameType.GROUPS, 5, GroupsRequest.reset("billing", back.dryRun(true))::encode);
        assertThat(GroupsResponse.decodeOffsets(peer.answer(FrameType.GROUPS, 5)))
                .isEqualTo(Map.of(ORDERS, 1L));
        assertThat(describe().lag()).isZero();
        peer.send(FrameType.GROUPS, 6, GroupsRequest.reset("billing", back)::encode);
        peer.answer(FrameType.GROUPS, 6);
        peer.send(FrameType.GROUPS, 7, GroupsRequest.describe("billing")::encode);
        GroupDescription described = GroupsResponse.decodeDescription(peer.answer(FrameType.GROUPS, 7));
        assertThat(described.mode()).isEqualTo(GroupMode.OFFSETS);
        assertThat(described.lag()).isEqualTo(1);
        peer.send(FrameType.GROUPS, 8, GroupsRequest.delete("billing")::encode);
        assertThat(peer.answer(FrameType.GROUPS, 8).remaining()).isZero();
        peer.send(FrameType.GROUPS, 9, GroupsRequest.describe("billing")::encode);
        peer.assertError(ErrorCode.INVALID_REQUEST, 9);
    }
}
