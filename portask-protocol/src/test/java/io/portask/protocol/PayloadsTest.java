package io.portask.protocol;

import static io.portask.protocol.Frames.assertFails;
import static io.portask.protocol.Frames.payloadOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.consumer.AssignedPartition;
import io.portask.consumer.GroupMode;
import io.portask.consumer.GroupOffset;
import io.portask.consumer.OffsetReset;
import io.portask.consumer.QueueOptions;
import io.portask.consumer.Settlement;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.group.GroupState;
import io.portask.group.MemberState;
import io.portask.group.Subscription;
import io.portask.queue.DeliveryAnswer;
import io.portask.queue.QueueConfig;
import io.portask.record.Durability;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.PartitionInfo;
import io.portask.store.ScrubReport;
import io.portask.store.TopicConfig;
import io.portask.store.TopicDescription;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PayloadsTest {
    private static final TopicPartition ORDERS = new TopicPartition("orders", 3);

    /** A payload's two directions; reading must use every byte up to the end. */
    record Case(String name, Consumer<PayloadWriter> encoder, Function<ByteBuffer, Object> decoder, Object expected) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Case> exactPayloads() {
        HelloRequest hello = new HelloRequest(1, 3, "grüße", "s3cret");
        HelloRequest anonymous = new HelloRequest(1, 1, "", null);
        HelloResponse helloResponse =
                new HelloResponse(1, 1 << 20, 1 << 19, 30_000, Durability.WRITTEN, Durability.SYNCED, true, "n", "0.1");
        AppendResult appended = new AppendResult(5, 9, Durability.SYNCED, true);
        FetchRequest fetch = new FetchRequest(ORDERS, 17, 1 << 20, 1, 500);
        SubscribeRequest subscribe = new SubscribeRequest(ORDERS, StartPosition.committed(), "billing", 1 << 20);
        SubscribeRequest earliest = new SubscribeRequest(ORDERS, StartPosition.earliest(), null, 0);
        SubscribeRequest latest = new SubscribeRequest(ORDERS, StartPosition.latest(), null, 0);
        SubscribeRequest atOffset = new SubscribeRequest(ORDERS, StartPosition.offset(8), null, 1);
        SubscribeRequest atTime = new SubscribeRequest(ORDERS, StartPosition.timestamp(-5), "x", 1);
        SubscribeResponse subscribed = new SubscribeResponse(4, 2, 9);
        AckRequest ack = new AckRequest("billing", Map.of(ORDERS, 7L, new TopicPartition("a", 0), 1L));
        TopicsRequest configure = TopicsRequest.configure("a", new TopicConfig(1, TopicConfig.UNLIMITED, true, 0));
        TopicsRequest limit = TopicsRequest.configure("a", TopicConfig.DEFAULT.withRetentionMessages(9));
        OffsetsRequest offsets = new OffsetsRequest("billing", List.of(ORDERS, new TopicPartition("a", 0)));
        List<TopicDescription> topics = List.of(
                new TopicDescription("a", List.of(new PartitionInfo(0, 1, 2, 3), new PartitionInfo(1, 4, 5, 6))),
                new TopicDescription("b", List.of()));
        ScrubRequest scrub = new ScrubRequest(ORDERS);
        ScrubReport scrubbed = new ScrubReport(
                9, 900, List.of(new ScrubReport.Problem(1, 2, "bad"), new ScrubReport.Problem(4, 4, "")));
        JoinRequest join =
                new JoinRequest("g", Subscription.of("a", "b.>"), "i-1", 500, "range", StartPosition.timestamp(9));
        AssignmentPayload assignment = new AssignmentPayload(
                List.of(new AssignedPartition(ORDERS, 4, 9)), List.of(new TopicPartition("a", 1)));
        MemberRequest beat = new MemberRequest(9, List.of(ORDERS));
        LeaveRequest leave = new LeaveRequest(9, true);
        QueueConfig queueConfig = QueueConfig.builder()
                .ackTimeoutMs(500)
                .maxDeliveries(QueueConfig.UNLIMITED)
                .retryDelayMs(1, 2)
                .retryJitterPercent(3)
                .maxInFlight(4)
                .maxUnsettled(5)
                .deadLetterTopic("dead")
                .deadLetterExpired(true)
                .build();
        WorkRequest work = new WorkRequest(QueueOptions.of("g", "a", "b.>")
                .config(queueConfig)
                .from(StartPosition.timestamp(9))
                .window(6));
        WorkRequest plainWork = new WorkRequest(QueueOptions.of("g", "a")
                .config(QueueConfig.builder().deadLetterTopic(null).build()));
        WorkResponse working = new WorkResponse("7", 6);
        SettleRequest settle = new SettleRequest(
                -9,
                List.of(
                        new Settlement(ORDERS, 4, 1, Settlement.Kind.ACK, 0),
                        new Settlement(ORDERS, 5, 2, Settlement.Kind.NACK, -1),
                        new Settlement(new TopicPartition("a", 1), 6, 3, Settlement.Kind.EXTEND, 77),
                        new Settlement(ORDERS, 7, 4, Settlement.Kind.REJECT, 0)));
        SettleResponse settled = new SettleResponse(List.of(DeliveryAnswer.values()));
        GroupsRequest reset = GroupsRequest.reset("g", OffsetReset.to(StartPosition.latest(), Set.of(ORDERS)));
        ErrorPayload error = ErrorPayload.of(new PortaskException(ErrorCode.SLOW_PEER, "too slow"));
        return List.of(
                new Case("hello", hello::encode, HelloRequest::decode, hello),
                new Case("anonymous hello", anonymous::encode, HelloRequest::decode, anonymous),
                new Case("hello response", helloResponse::encode, HelloResponse::decode, helloResponse),
                new Case(
                        "publish response",
                        o -> PublishResponse.encode(o, appended),
                        PublishResponse::decode,
                        appended),
                new Case("fetch", fetch::encode, FetchRequest::decode, fetch),
                new Case("subscribe committed", subscribe::encode, SubscribeRequest::decode, subscribe),
                new Case("subscribe earliest", earliest::encode, SubscribeRequest::decode, earliest),
                new Case("subscribe latest", latest::encode, SubscribeRequest::decode, latest),
                new Case("subscribe offset", atOffset::encode, SubscribeRequest::decode, atOffset),
                new Case("subscribe timestamp", atTime::encode, SubscribeRequest::decode, atTime),
                new Case("subscribe response", subscribed::encode, SubscribeResponse::decode, subscribed),
                new Case("credit", o -> CreditPayload.encode(o, 99), CreditPayload::decode, 99L),
                new Case("unsubscribe", o -> UnsubscribePayload.encode(o, -1), UnsubscribePayload::decode, -1),
                new Case("ack", ack::encode, AckRequest::decode, ack),
                new Case("join", join::encode, JoinRequest::decode, join),
                new Case("join response", new JoinResponse("m")::encode, JoinResponse::decode, new JoinResponse("m")),
                new Case("assignment", assignment::encode, AssignmentPayload::decode, assignment),
                new Case("member", beat::encode, MemberRequest::decode, beat),
                new Case("leave", leave::encode, LeaveRequest::decode, leave),
                new Case("work", work::encode, WorkRequest::decode, work),
                new Case("work without dead letters", plainWork::encode, WorkRequest::decode, plainWork),
                new Case("work response", working::encode, WorkResponse::decode, working),
                new Case("settle", settle::encode, SettleRequest::decode, settle),
                new Case("settle response", settled::encode, SettleResponse::decode, settled),
                new Case("groups list", GroupsRequest.list()::encode, GroupsRequest::decode, GroupsRequest.list()),
                new Case("groups reset", reset::encode, GroupsRequest::decode, reset),
                new Case(
                        "group names",
                        o -> GroupsResponse.encodeNames(o, List.of("a", "b")),
                        GroupsResponse::decodeNames,
                        List.of("a", "b")),
                new Case(
                        "group description",
                        o -> GroupsResponse.encodeDescription(o, GoldenFrames.BILLING),
                        payload -> GroupsResponse.merged(List.of(GroupsResponse.decodeDescription(payload))),
                        GoldenFrames.BILLING),
                new Case(
                        "reset offsets",
                        o -> GroupsResponse.encodeOffsets(o, List.of(Map.entry(ORDERS, 5L))),
                        GroupsResponse::decodeOffsets,
                        Map.of(ORDERS, 5L)),
                new Case("offsets", offsets::encode, OffsetsRequest::decode, offsets),
                new Case("list", TopicsRequest.list()::encode, TopicsRequest::decode, TopicsRequest.list()),
                new Case(
                        "create",
                        TopicsRequest.create("a", 4, TopicConfig.DEFAULT)::encode,
                        TopicsRequest::decode,
                        TopicsRequest.create("a", 4, TopicConfig.DEFAULT)),
                new Case("configure", configure::encode, TopicsRequest::decode, configure),
                new Case("configure a limit", limit::encode, TopicsRequest::decode, limit),
                new Case("delete", TopicsRequest.delete("a")::encode, TopicsRequest::decode, TopicsRequest.delete("a")),
                new Case("ensure", TopicsRequest.ensure("a")::encode, TopicsRequest::decode, TopicsRequest.ensure("a")),
                new Case(
                        "describe",
                        TopicsRequest.describe("a")::encode,
                        TopicsRequest::decode,
                        TopicsRequest.describe("a")),
                new Case("topics response", o -> TopicsResponse.encode(o, topics), TopicsResponse::decode, topics),
                new Case("scrub", scrub::encode, ScrubRequest::decode, scrub),
                new Case("scrub response", o -> ScrubResponse.encode(o, scrubbed), ScrubResponse::decode, scrubbed),
                new Case("heartbeat", o -> HeartbeatPayload.encode(o, -7), HeartbeatPayload::decode, -7L),
                new Case("error", error::encode, ErrorPayload::decode, error));
    }

    @ParameterizedTest
    @MethodSource("exactPayloads")
    void payloadComesOutAsItWentIn(Case payload) {
        assertThat(payload.decoder.apply(payloadOf(payload.encoder))).isEqualTo(payload.expected);
    }

    @ParameterizedTest
    @MethodSource("exactPayloads")
    void everyCutIsRefusedByName(Case payload) {
        ByteBuffer whole = payloadOf(payload.encoder);
        for (int size = 0; size < whole.limit(); size++) {
            ByteBuffer cut = whole.slice(0, size);
            assertFails(
                    ErrorCode.INVALID_REQUEST,
                    () -> assertThat(payload.decoder.apply(cut)).isNull());
        }
    }

    @ParameterizedTest
    @MethodSource("exactPayloads")
    void bytesBehindTheLastFieldAreRefused(Case payload) {
        ByteBuffer longer = payloadOf(payload.encoder.andThen(out -> out.u8(0)));
        assertFails(
                ErrorCode.INVALID_REQUEST,
                () -> assertThat(payload.decoder.apply(longer)).isNull());
    }

    @Test
    void publishLeavesThePositionAtTheBatches() {
        ByteBuffer payload = payloadOf(out -> {
            PublishRequest.encode(out, ORDERS, Durability.WRITTEN);
            out.i64(77);
        });
        PublishRequest request = new PublishRequest().wrap(payload);
        assertThat(request.partition()).isEqualTo(ORDERS);
        assertThat(request.durability()).isEqualTo(Durability.WRITTEN);
        assertThat(payload.getLong()).isEqualTo(77);
    }

    @Test
    void publishToTheSamePartitionMakesNoNewName() {
        PublishRequest request = new PublishRequest();
        Consumer<PayloadWriter> encoder = out -> {
            PublishRequest.encode(out, ORDERS, null);
            out.u8(1);
        };
        TopicPartition first = request.wrap(payloadOf(encoder)).partition();
        assertThat(request.wrap(payloadOf(encoder)).partition()).isSameAs(first);
        assertThat(request.durability()).isNull();
    }

    @Test
    void publishWithoutABatchIsRefused() {
        ByteBuffer payload = payloadOf(out -> PublishRequest.encode(out, ORDERS, null));
        assertFails(ErrorCode.INVALID_REQUEST, () -> new PublishRequest().wrap(payload));
    }

    @Test
    void unknownDurabilityIsRefused() {
        ByteBuffer payload = payloadOf(out -> out.string("a").i32(0).u8(3).u8(0));
        assertFails(ErrorCode.INVALID_REQUEST, () -> new PublishRequest().wrap(payload));
    }

    @Test
    void negativePartitionIsRefused() {
        ByteBuffer payload = payloadOf(out -> out.string("a").i32(-1).u8(0).u8(0));
        assertThat(assertFails(ErrorCode.INVALID_REQUEST, () -> new PublishRequest().wrap(payload)))
                .hasMessageContaining("partition");
    }

    @Test
    void badTopicNameIsRefusedByItsOwnCode() {
        ByteBuffer payload = payloadOf(out -> out.string("a/b").i32(0).u8(0).u8(0));
        assertFails(ErrorCode.INVALID_TOPIC_NAME, () -> new PublishRequest().wrap(payload));
        ByteBuffer tooLong =
                payloadOf(out -> out.string("x".repeat(250)).i32(0).u8(0).u8(0));
        assertFails(ErrorCode.INVALID_TOPIC_NAME, () -> new PublishRequest().wrap(tooLong));
    }

    @Test
    void nullWhereAStringIsNeededIsRefused() {
        ByteBuffer payload =
                payloadOf(out -> out.u8(1).u8(1).nullableString(null).nullableString(null));
        assertFails(ErrorCode.INVALID_REQUEST, () -> HelloRequest.decode(payload));
    }

    @Test
    void stringThatIsNotUtf8IsRefused() {
        ByteBuffer payload = payloadOf(out -> out.u8(1).u8(1).u16(1).u8(0xC3).nullableString(null));
        assertThat(assertFails(ErrorCode.INVALID_REQUEST, () -> HelloRequest.decode(payload)))
                .hasMessageContaining("UTF-8");
        ByteBuffer replacement = payloadOf(new HelloRequest(1, 1, "\uFFFD", null)::encode);
        assertThat(HelloRequest.decode(replacement).clientName()).isEqualTo("\uFFFD");
    }

    @Test
    void versionsInTheWrongOrderAreRefused() {
        ByteBuffer payload = payloadOf(new HelloRequest(2, 1, "c", null)::encode);
        assertFails(ErrorCode.INVALID_REQUEST, () -> HelloRequest.decode(payload));
    }

    @Test
    void countBeyondTheBytesThatFollowIsRefusedBeforeAnythingIsAllocated() {
        ByteBuffer ack = payloadOf(out -> out.string("c").i32(-1));
        assertThat(assertFails(ErrorCode.INVALID_REQUEST, () -> AckRequest.decode(ack)))
                .hasMessageContaining("4294967295");
        ByteBuffer offsets = payloadOf(out -> out.string("c").i32(Integer.MAX_VALUE));
        assertFails(ErrorCode.INVALID_REQUEST, () -> OffsetsRequest.decode(offsets));
        ByteBuffer topics = payloadOf(out -> out.i32(1).string("t").i32(1_000_000));
        assertFails(ErrorCode.INVALID_REQUEST, () -> TopicsResponse.decode(topics));
    }

    @Test
    void partitionNamedTwiceInOneAckIsRefused() {
        ByteBuffer ack = payloadOf(out -> out.string("c")
                .i32(2)
                .string("t")
                .i32(0)
                .i64(1)
                .string("t")
                .i32(0)
                .i64(2));
        assertFails(ErrorCode.INVALID_REQUEST, () -> AckRequest.decode(ack));
    }

    @Test
    void committedStartNeedsAConsumer() {
        ByteBuffer payload = payloadOf(new SubscribeRequest(ORDERS, StartPosition.committed(), null, 1)::encode);
        assertFails(ErrorCode.INVALID_REQUEST, () -> SubscribeRequest.decode(payload));
    }

    @Test
    void unknownStartKindIsRefused() {
        ByteBuffer payload = payloadOf(
                out -> out.string("t").i32(0).u8(5).i64(0).nullableString(null).i64(1));
        assertFails(ErrorCode.INVALID_REQUEST, () -> SubscribeRequest.decode(payload));
    }

    @Test
    void negativeStartOffsetIsRefused() {
        ByteBuffer payload = payloadOf(
                out -> out.string("t").i32(0).u8(2).i64(-1).nullableString(null).i64(1));
        assertFails(ErrorCode.INVALID_REQUEST, () -> SubscribeRequest.decode(payload));
    }

    @Test
    void creditOfNothingIsRefused() {
        assertFails(ErrorCode.INVALID_REQUEST, () -> CreditPayload.decode(payloadOf(out -> out.i64(0))));
        assertFails(ErrorCode.INVALID_REQUEST, () -> CreditPayload.decode(payloadOf(out -> out.i64(-1))));
    }

    @Test
    void topicsRequestsTakeOnlyWhatTheirOperationUses() {
        assertFails(
                ErrorCode.INVALID_REQUEST,
                () -> TopicsRequest.decode(
                        payloadOf(out -> out.u8(5).string("t").i32(0))));
        assertFails(
                ErrorCode.INVALID_REQUEST,
                () -> TopicsRequest.decode(
                        payloadOf(out -> out.u8(0).string("t").i32(0))));
        assertFails(
                ErrorCode.INVALID_REQUEST,
                () -> TopicsRequest.decode(payloadOf(out -> out.u8(1).string("").i32(0))));
        assertFails(
                ErrorCode.INVALID_REQUEST,
                () -> TopicsRequest.decode(
                        payloadOf(out -> out.u8(3).string("t").i32(1))));
        assertFails(
                ErrorCode.INVALID_REQUEST,
                () -> TopicsRequest.decode(
                        payloadOf(out -> out.u8(2).string("t").i32(-1))));
    }

    @Test
    void offsetsResponseHoldsAsManyAsWereAskedFor() {
        ByteBuffer payload = payloadOf(out -> OffsetsResponse.encode(out, List.of(1L, -1L), Long::longValue));
        assertThat(OffsetsResponse.decode(payload.duplicate(), 2)).containsExactly(1, -1);
        assertFails(ErrorCode.INVALID_REQUEST, () -> OffsetsResponse.decode(payload.duplicate(), 3));
        assertFails(ErrorCode.INVALID_REQUEST, () -> OffsetsResponse.decode(payload.duplicate(), 1));
    }

    @Test
    void batchesPayloadLeavesThePositionAtTheBatches() {
        ByteBuffer payload = payloadOf(out -> {
            BatchesPayload.encode(out, 1, 9, 5);
            out.u8(42);
        });
        BatchesPayload batches = new BatchesPayload().wrap(payload);
        assertThat(List.of(batches.startOffset(), batches.endOffset(), batches.nextOffset()))
                .containsExactly(1L, 9L, 5L);
        assertThat(payload.remaining()).isEqualTo(1);
    }

    @Test
    void unsignedNumbersBeyondAnIntAreReadAsTheLargest() {
        ByteBuffer payload = payloadOf(new FetchRequest(ORDERS, 0, -1, -1, -1)::encode);
        assertThat(FetchRequest.decode(payload).maxBytes()).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void errorOfANewerVersionKeepsItsBits() {
        ErrorPayload error = ErrorPayload.decode(payloadOf(new ErrorPayload(999, true, true, "new")::encode));
        assertThat(error.code()).isEqualTo(ErrorCode.INTERNAL_ERROR);
        assertThat(error.retriable()).isTrue();
        assertThat(error.fatal()).isTrue();
        assertThat(error.toException()).hasMessage("new");
    }

    @Test
    void longErrorTextIsShortened() {
        ErrorPayload error = ErrorPayload.of(new PortaskException(ErrorCode.INTERNAL_ERROR, "é".repeat(100_000)));
        assertThat(ErrorPayload.decode(payloadOf(error::encode)).text())
                .hasSize(1024)
                .endsWith("...");
    }

    @Test
    void tokenIsNotPrinted() {
        assertThat(new HelloRequest(1, 1, "c", "s3cret").toString()).doesNotContain("s3cret");
    }

    @Test
    void modesAndStatesOfGroupsAllHaveANumber() {
        assertThat(SettleRequest.KINDS).containsExactly(Settlement.Kind.values());
        assertThat(SettleResponse.ANSWERS).containsExactly(DeliveryAnswer.values());
        assertThat(GroupsResponse.MODES).containsExactly(GroupMode.values());
        assertThat(GroupsResponse.STATES).containsExactly(GroupState.values());
        assertThat(GroupsResponse.MEMBER_STATES).containsExactly(MemberState.values());
    }

    /** Cut behind the offsets it is that of a consumer; frames are not cut there, as their checksums tell. */
    @Test
    void acksOfMembersNameGenerations() {
        AckRequest ack = AckRequest.ofMember("g", 9, List.of(new GroupOffset(ORDERS, 4, 12)));
        ByteBuffer whole = payloadOf(ack::encode);
        assertThat(AckRequest.decode(whole.duplicate())).isEqualTo(ack);
        for (int cut = 1; cut < Integer.BYTES + Long.BYTES; cut++) {
            ByteBuffer shorter = whole.slice(0, whole.limit() - cut);
            assertFails(ErrorCode.INVALID_REQUEST, () -> AckRequest.decode(shorter));
        }
    }

    @Test
    void joinsNameAModeAnAssignorAndFewEnoughTopics() {
        JoinRequest join = new JoinRequest("g", Subscription.of("a"), null, 500, "fair", StartPosition.earliest());
        assertFails(ErrorCode.INVALID_REQUEST, join::options);
        ByteBuffer queue = CollectedFrames.copy(payloadOf(join::encode)).put(3, (byte) 1);
        assertFails(ErrorCode.INVALID_REQUEST, () -> JoinRequest.decode(queue));
        ByteBuffer many = payloadOf(out -> {
            out.string("g").u8(0).i32(101);
            for (int i = 0; i < 101; i++) {
                out.string("t" + i);
            }
        });
        assertThat(assertFails(ErrorCode.INVALID_REQUEST, () -> JoinRequest.decode(many)))
                .hasMessageContaining("topics of Join has 101 names and patterns; allowed are 100");
    }
}
