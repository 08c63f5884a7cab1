package io.portask.protocol;

import io.portask.error.PortaskException;
import io.portask.record.RecordBatch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Feeds bytes to everything that reads what a peer sent, and makes such bytes by changing valid frames. */
final class FrameFuzz implements FrameSink {
    private static final int[] INTERESTING = {
        0, 1, -1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x10000, Integer.MAX_VALUE, Integer.MIN_VALUE
    };

    private final PublishRequest publish = new PublishRequest();
    private final BatchesPayload batches = new BatchesPayload();
    private final RecordBatch batch = new RecordBatch();

    /** Throws nothing, unless there is a defect. */
    void consume(ByteBuffer bytes) {
        try {
            new FrameDecoder(Frames.MAX_PAYLOAD, GoldenFrames.KEYS, false).decode(bytes, this);
        } catch (PortaskException refused) {
            check(refused);
        }
    }

    static void check(PortaskException refused) {
        String message = refused.getMessage();
        if (message == null || message.isBlank() || message.indexOf('\n') >= 0) {
            throw new AssertionError("The text of " + refused.code() + " is not one line for a person", refused);
        }
    }

    @Override
    public void onFrame(FrameType type, int flags, int correlationId, ByteBuffer payload) {
        try {
            decode(type, FrameFlags.has(flags, FrameFlags.RESPONSE), payload);
        } catch (PortaskException refused) {
            check(refused);
        }
    }

    private Object decode(FrameType type, boolean response, ByteBuffer payload) {
        return switch (type) {
            case HELLO -> response ? HelloResponse.decode(payload) : HelloRequest.decode(payload);
            case PUBLISH -> response ? PublishResponse.decode(payload) : walk(publish.wrap(payload), payload);
            case FETCH -> response ? walk(batches.wrap(payload), payload) : FetchRequest.decode(payload);
            case DELIVER -> walk(batches.wrap(payload), payload);
            case SUBSCRIBE -> response ? SubscribeResponse.decode(payload) : SubscribeRequest.decode(payload);
            case UNSUBSCRIBE -> UnsubscribePayload.decode(payload);
            case ACK -> AckRequest.decode(payload);
            case OFFSETS -> response ? OffsetsResponse.decode(payload, 1) : OffsetsRequest.decode(payload);
            case SCRUB -> response ? ScrubResponse.decode(payload) : ScrubRequest.decode(payload);
            case TOPICS -> response ? TopicsResponse.decode(payload) : TopicsRequest.decode(payload);
            case JOIN -> response ? JoinResponse.decode(payload) : JoinRequest.decode(payload);
            case ASSIGNMENT -> AssignmentPayload.decode(payload);
            case MEMBER -> MemberRequest.decode(payload);
            case LEAVE -> LeaveRequest.decode(payload);
            case WORK -> response ? WorkResponse.decode(payload) : decodeWork(payload);
            case SETTLE -> response ? SettleResponse.decode(payload) : SettleRequest.decode(payload);
            case GROUPS -> response ? decodeGroups(payload) : GroupsRequest.decode(payload);
            case CREDIT -> CreditPayload.decode(payload);
            case HEARTBEAT -> HeartbeatPayload.decode(payload);
            case ERROR -> ErrorPayload.decode(payload).toException();
        };
    }

    /** Such a frame goes both ways. */
    private static Object decodeWork(ByteBuffer payload) {
        try {
            WorkRequest.decode(payload.duplicate());
        } catch (PortaskException refused) {
            check(refused);
        }
        return DeliveriesPayload.decode(payload);
    }

    /** The payload does not say what it answers. */
    private static Object decodeGroups(ByteBuffer payload) {
        try {
            GroupsResponse.merged(List.of(GroupsResponse.decodeDescription(payload.duplicate())));
        } catch (PortaskException refused) {
            check(refused);
        }
        try {
            GroupsResponse.decodeNames(payload.duplicate());
        } catch (PortaskException refused) {
            check(refused);
        }
        return GroupsResponse.decodeOffsets(payload);
    }

    private Object walk(Object prefix, ByteBuffer payload) {
        for (int at = payload.position(); at < payload.limit(); at += batch.sizeInBytes()) {
            batch.wrapChecked(payload, at);
        }
        return prefix;
    }

    @Override
    public void onBadFrame(int flags, int correlationId, PortaskException error) {
        check(error);
    }

    /** Runs as many changed frames as wanted; a failure names the seed and the round. */
    static void run(long seed, int rounds) {
        Random random = new Random(seed);
        List<ByteBuffer> valid = new ArrayList<>(GoldenFrames.all().values());
        FrameFuzz fuzz = new FrameFuzz();
        for (int round = 0; round < rounds; round++) {
            ByteBuffer changed = change(random, valid);
            try {
                fuzz.consume(changed.duplicate());
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed " + seed + ", round " + round + ":\n" + HexDump.of(changed), e);
            }
        }
    }

    /** One of the valid frames, changed; nine times of ten so that header and checksums are right again. */
    static ByteBuffer change(Random random, List<ByteBuffer> valid) {
        ByteBuffer frame = CollectedFrames.copy(valid.get(random.nextInt(valid.size())));
        for (int i = random.nextInt(3); i >= 0; i--) {
            frame = changeOnce(random, frame, valid);
        }
        if (frame.limit() >= FrameHeader.SIZE && random.nextInt(10) != 0) {
            frame.putInt(FrameHeader.MAGIC_OFFSET, FrameHeader.MAGIC)
                    .put(FrameHeader.VERSION_OFFSET, FrameHeader.VERSION);
            frame.putInt(FrameHeader.PAYLOAD_LENGTH_OFFSET, frame.limit() - FrameHeader.SIZE);
            Frames.fixChecksums(frame);
        }
        return frame;
    }

    private static ByteBuffer changeOnce(Random random, ByteBuffer frame, List<ByteBuffer> valid) {
        int size = frame.limit();
        if (size < FrameHeader.SIZE) {
            return frame;
        }
        switch (random.nextInt(6)) {
            case 0 -> flipBit(random, frame, 0);
            case 1 -> flipBit(random, frame, Math.min(FrameHeader.SIZE, size - 1));
            case 2 -> frame.limit(random.nextInt(size + 1));
            case 3 -> {
                ByteBuffer other = valid.get(random.nextInt(valid.size()));
                int from = random.nextInt(other.limit());
                return Frames.concat(frame.slice(0, random.nextInt(size + 1)), other.slice(from, other.limit() - from));
            }
            case 4 -> {
                int at = random.nextInt(size - 3);
                frame.putInt(at, INTERESTING[random.nextInt(INTERESTING.length)]);
            }
            default -> {
                int at = random.nextInt(size - 1);
                frame.putShort(at, (short) INTERESTING[random.nextInt(INTERESTING.length)]);
            }
        }
        return frame;
    }

    private static void flipBit(Random random, ByteBuffer frame, int from) {
        int at = from + random.nextInt(frame.limit() - from);
        frame.put(at, (byte) (frame.get(at) ^ 1 << random.nextInt(8)));
    }
}
