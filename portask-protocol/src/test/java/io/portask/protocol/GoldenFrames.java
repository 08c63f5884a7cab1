package io.portask.protocol;

import io.portask.consumer.AssignedPartition;
import io.portask.consumer.Delivery;
import io.portask.consumer.GroupDescription;
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
import io.portask.record.Durability;
import io.portask.record.MessageId;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatchBuilder;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.PartitionInfo;
import io.portask.store.ScrubReport;
import io.portask.store.TopicConfig;
import io.portask.store.TopicDescription;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The exchange that the specification shows and the golden files hold, made anew by the codec. In its order. */
final class GoldenFrames {
    static final int CREDIT = 1 << 20;
    static final TopicPartition ORDERS = new TopicPartition("orders", 0);
    static final int SUBSCRIPTION = 5;
    static final int MEMBERSHIP = 14;
    private static final int WORKER = 22;
    static final TopicPartition EU = new TopicPartition("orders.eu", 0);
    static final GroupDescription BILLING = new GroupDescription(
            "billing",
            GroupMode.ORDERED,
            GroupState.STABLE,
            7,
            List.of(new GroupDescription.Member("m-1", null, MemberState.STABLE, Set.of(EU))),
            List.of(new GroupDescription.Partition(EU, "m-1", 3L, 0, 5)));
    /** The bytes 0 to 31. */
    static final PortKeys KEYS = PortKeys.parse(List.of("demo:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="));

    static final HelloResponse HELLO = new HelloResponse(
            1, 4_259_840, 4_194_304, 30_000, Durability.NONE, Durability.NONE, false, "portask", "0.1.0");

    /** The bytes 1 to 16. */
    private static final byte[] SALT = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

    private static final String HELLO_FIRST = "The first frame must be Hello";

    /** Made once: the cipher refuses to use the same nonce twice. */
    private static final Map<String, ByteBuffer> ALL = make();

    private GoldenFrames() {}

    static Map<String, ByteBuffer> all() {
        return ALL;
    }

    private static Map<String, ByteBuffer> make() {
        int answer = FrameFlags.RESPONSE;
        ByteBuffer batch = TestBatches.batch(0, "k", "hello", "world");
        int size = batch.limit();
        Map<String, ByteBuffer> frames = new LinkedHashMap<>();
        put(frames, "hello-request", FrameType.HELLO, 0, 1, new HelloRequest(1, 1, "demo", "s3cret")::encode);
        put(frames, "hello-response", FrameType.HELLO, answer, 1, HELLO::encode);
        put(
                frames,
                "topics-create-request",
                FrameType.TOPICS,
                0,
                2,
                TopicsRequest.create("orders", 1, TopicConfig.DEFAULT)::encode);
        put(
                frames,
                "topics-configure-request",
                FrameType.TOPICS,
                0,
                13,
                TopicsRequest.configure("orders", TopicConfig.DEFAULT.withRetentionMs(3_600_000))::encode);
        put(frames, "topics-create-response", FrameType.TOPICS, answer, 2, topic(0, 0));
        put(frames, "publish-request", FrameType.PUBLISH, 0, 3, out -> {
            PublishRequest.encode(out, ORDERS, null);
            out.bytes(batch);
        });
        put(
                frames,
                "publish-response",
                FrameType.PUBLISH,
                answer,
                3,
                out -> PublishResponse.encode(out, new AppendResult(0, 2, Durability.NONE, false)));
        put(frames, "fetch-request", FrameType.FETCH, 0, 4, new FetchRequest(ORDERS, 0, 65_536, 1, 500)::encode);
        put(frames, "fetch-response", FrameType.FETCH, answer, 4, batches(batch));
        put(
                frames,
                "subscribe-request",
                FrameType.SUBSCRIBE,
                0,
                SUBSCRIPTION,
                new SubscribeRequest(ORDERS, StartPosition.committed(), "billing", CREDIT)::encode);
        put(
                frames,
                "subscribe-response",
                FrameType.SUBSCRIBE,
                answer,
                SUBSCRIPTION,
                new SubscribeResponse(0, 0, 2)::encode);
        put(frames, "deliver", FrameType.DELIVER, 0, SUBSCRIPTION, batches(batch));
        put(frames, "credit", FrameType.CREDIT, 0, SUBSCRIPTION, out -> CreditPayload.encode(out, size));
        put(frames, "ack-request", FrameType.ACK, 0, 6, new AckRequest("billing", Map.of(ORDERS, 2L))::encode);
        put(frames, "ack-response", FrameType.ACK, answer, 6, out -> {});
        put(frames, "offsets-request", FrameType.OFFSETS, 0, 7, new OffsetsRequest("billing", List.of(ORDERS))::encode);
        put(frames, "offsets-response", FrameType.OFFSETS, answer, 7, out -> out.i64(2));
        put(
                frames,
                "heartbeat-request",
                FrameType.HEARTBEAT,
                0,
                8,
                out -> HeartbeatPayload.encode(out, 0x1122334455667788L));
        put(
                frames,
                "heartbeat-response",
                FrameType.HEARTBEAT,
                answer,
                8,
                out -> HeartbeatPayload.encode(out, 0x1122334455667788L));
        put(
                frames,
                "unsubscribe-request",
                FrameType.UNSUBSCRIBE,
                0,
                9,
                out -> UnsubscribePayload.encode(out, SUBSCRIPTION));
        put(frames, "unsubscribe-response", FrameType.UNSUBSCRIBE, answer, 9, out -> {});
        put(frames, "topics-list-request", FrameType.TOPICS, 0, 10, TopicsRequest.list()::encode);
        put(frames, "topics-list-response", FrameType.TOPICS, answer, 10, topic(2, size));
        put(frames, "scrub-request", FrameType.SCRUB, 0, 13, new ScrubRequest(ORDERS)::encode);
        put(
                frames,
                "scrub-response",
                FrameType.SCRUB,
                answer,
                13,
                out -> ScrubResponse.encode(
                        out, new ScrubReport(1, size, List.of(new ScrubReport.Problem(2, 4, "wrong checksum")))));
        put(
                frames,
                "fetch-beyond-the-end-request",
                FrameType.FETCH,
                0,
                11,
                new FetchRequest(ORDERS, 99, 65_536, 1, 0)::encode);
        put(frames, "error", FrameType.ERROR, answer, 11, error(ErrorCode.OFFSET_OUT_OF_RANGE, OUT_OF_RANGE));
        put(frames, "topics-delete-request", FrameType.TOPICS, 0, 12, TopicsRequest.delete("orders")::encode);
        put(
                frames,
                "topics-delete-response",
                FrameType.TOPICS,
                answer,
                12,
                out -> TopicsResponse.encode(out, List.of()));
        putGroups(frames);
        put(frames, "error-fatal", FrameType.ERROR, answer, 0, error(ErrorCode.HELLO_REQUIRED, HELLO_FIRST));
        put(frames, "compressed", FrameType.TOPICS, answer | FrameFlags.COMPRESSED, 10, manyPartitions());
        frames.put(
                "encrypted",
                Frames.frame(
                        FrameType.HEARTBEAT, 0, 8, sealer(), out -> HeartbeatPayload.encode(out, 0x1122334455667788L)));
        return frames;
    }

    private static void putGroups(Map<String, ByteBuffer> frames) {
        int answer = FrameFlags.RESPONSE;
        JoinRequest join = new JoinRequest(
                "billing", Subscription.of("orders.*"), null, 30_000, "sticky", StartPosition.earliest());
        put(frames, "join-request", FrameType.JOIN, 0, MEMBERSHIP, join::encode);
        put(frames, "join-response", FrameType.JOIN, answer, MEMBERSHIP, new JoinResponse("m-1")::encode);
        put(
                frames,
                "assignment",
                FrameType.ASSIGNMENT,
                0,
                MEMBERSHIP,
                new AssignmentPayload(List.of(new AssignedPartition(EU, 7, 2)), List.of())::encode);
        put(
                frames,
                "ack-of-a-member-request",
                FrameType.ACK,
                0,
                15,
                AckRequest.ofMember("billing", MEMBERSHIP, List.of(new GroupOffset(EU, 7, 3)))::encode);
        put(
                frames,
                "assignment-revoking",
                FrameType.ASSIGNMENT,
                0,
                MEMBERSHIP,
                new AssignmentPayload(List.of(), List.of(EU))::encode);
        put(frames, "member-request", FrameType.MEMBER, 0, 16, new MemberRequest(MEMBERSHIP, List.of(EU))::encode);
        put(frames, "member-response", FrameType.MEMBER, answer, 16, out -> {});
        put(frames, "leave-request", FrameType.LEAVE, 0, 17, new LeaveRequest(MEMBERSHIP, false)::encode);
        put(frames, "leave-response", FrameType.LEAVE, answer, 17, out -> {});
        WorkRequest work = new WorkRequest(QueueOptions.of("billing", "orders.*"));
        put(frames, "work-request", FrameType.WORK, 0, WORKER, work::encode);
        put(frames, "work-response", FrameType.WORK, answer, WORKER, new WorkResponse("1", 1000)::encode);
        put(frames, "work-credit", FrameType.CREDIT, 0, WORKER, out -> CreditPayload.encode(out, 10));
        ReceivedMessage message = new ReceivedMessage(
                new MessageId(EU.topic(), EU.partition(), 2),
                1_000,
                null,
                "hi".getBytes(StandardCharsets.UTF_8),
                List.of());
        put(
                frames,
                "work-deliveries",
                FrameType.WORK,
                0,
                WORKER,
                out -> DeliveriesPayload.encode(
                        out, List.of(new Delivery(message, 1, null)), new RecordBatchBuilder(64)));
        Settlement nack = new Settlement(EU, 2, 1, Settlement.Kind.NACK, 500);
        put(frames, "settle-request", FrameType.SETTLE, 0, 23, new SettleRequest(WORKER, List.of(nack))::encode);
        put(
                frames,
                "settle-response",
                FrameType.SETTLE,
                answer,
                23,
                new SettleResponse(List.of(DeliveryAnswer.ACCEPTED))::encode);
        put(frames, "groups-list-request", FrameType.GROUPS, 0, 18, GroupsRequest.list()::encode);
        put(
                frames,
                "groups-list-response",
                FrameType.GROUPS,
                answer,
                18,
                out -> GroupsResponse.encodeNames(out, List.of("billing")));
        put(frames, "groups-describe-request", FrameType.GROUPS, 0, 19, GroupsRequest.describe("billing")::encode);
        put(
                frames,
                "groups-describe-response",
                FrameType.GROUPS,
                answer,
                19,
                out -> GroupsResponse.encodeDescription(out, BILLING));
        OffsetReset reset = OffsetReset.by(-1, Set.of(EU)).dryRun(true);
        put(frames, "groups-reset-request", FrameType.GROUPS, 0, 20, GroupsRequest.reset("billing", reset)::encode);
        put(
                frames,
                "groups-reset-response",
                FrameType.GROUPS,
                answer,
                20,
                out -> GroupsResponse.encodeOffsets(out, List.of(Map.entry(EU, 2L))));
        put(frames, "groups-delete-request", FrameType.GROUPS, 0, 21, GroupsRequest.delete("billing")::encode);
    }

    private static final String OUT_OF_RANGE = "Offset 99 of orders:0 is out of range; valid is 0 to 2";

    private static FrameSealer sealer() {
        return FrameSealer.create(KEYS, "demo", SALT, 0);
    }

    private static Consumer<PayloadWriter> topic(long end, long size) {
        TopicDescription orders = new TopicDescription("orders", List.of(new PartitionInfo(0, 0, end, size)));
        return out -> TopicsResponse.encode(out, List.of(orders));
    }

    static Consumer<PayloadWriter> manyPartitions() {
        PartitionInfo empty = new PartitionInfo(0, 0, 0, 0);
        return out -> TopicsResponse.encode(
                out, List.of(new TopicDescription("events", List.of(empty, empty, empty, empty))));
    }

    private static Consumer<PayloadWriter> batches(ByteBuffer batch) {
        return out -> {
            BatchesPayload.encode(out, 0, 2, 2);
            out.bytes(batch);
        };
    }

    private static Consumer<PayloadWriter> error(ErrorCode code, String text) {
        return ErrorPayload.of(new PortaskException(code, text))::encode;
    }

    private static void put(
            Map<String, ByteBuffer> frames,
            String name,
            FrameType type,
            int flags,
            int id,
            Consumer<PayloadWriter> payload) {
        frames.put(name, Frames.frame(type, flags, id, payload));
    }
}
