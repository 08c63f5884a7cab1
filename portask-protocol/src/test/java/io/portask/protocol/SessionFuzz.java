package io.portask.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.broker.Broker;
import io.portask.broker.BrokerConfig;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.net.ProtocolSession;
import io.portask.net.testing.FakeConnection;
import io.portask.record.TopicPartition;
import io.portask.store.contract.HeldStore;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Feeds changed frames to sessions of a whole server, in pieces and cut off by closes, and sees to it that a session throws
 * nothing, answers in whole frames, closes after a fatal error only, and that another session of the same server goes on as if
 * nothing happened.
 */
final class SessionFuzz implements AutoCloseable {
    /** Changed frames create topics and store messages; a new server begins before they are many. */
    private static final int ROUNDS_OF_SERVER = 20_000;

    private static final int ROUNDS_BETWEEN_CHECKS = 50;
    private static final TopicPartition QUIET = new TopicPartition("quiet", 0);
    private static final int QUIET_SUBSCRIPTION = 3;
    private static final ByteBuffer QUIET_BATCH = TestBatches.batch(0, "k", "v");

    private final Random random;
    private final List<ByteBuffer> valid = new ArrayList<>(GoldenFrames.all().values());
    private final HeldStore store = new HeldStore();
    private final Broker broker = Broker.builder()
            .store(store.store())
            .config(BrokerConfig.defaults())
            .build();
    private final PortProtocol protocol;
    private final TestPeer bystander;
    private final BatchesPayload delivered = new BatchesPayload();
    private Victim victim;
    private int sessions;

    /** A session that gets changed frames. */
    private final class Victim implements FrameSink {
        private final FakeConnection connection = new FakeConnection();
        private final FrameDecoder answers = new FrameDecoder(64 << 20, GoldenFrames.KEYS, false);
        private boolean fatal;

        Victim() {
            ProtocolSession session = protocol.open(connection);
            connection.attach(session);
            sessions++;
        }

        void receive(ByteBuffer bytes) {
            connection.receive(bytes);
            connection.runTasks();
            ByteBuffer written = connection.takeWritten();
            answers.decode(written, this);
            assertThat(written.hasRemaining()).as("half a frame").isFalse();
            assertThat(connection.closeReason != null).as("closed").isEqualTo(fatal);
        }

        @Override
        public void onFrame(FrameType type, int flags, int correlationId, ByteBuffer payload) {
            assertThat(fatal).as("%s after a fatal error", type).isFalse();
            if (type == FrameType.ERROR) {
                ErrorPayload error = ErrorPayload.decode(payload);
                FrameFuzz.check(error.toException());
                assertThat(error.code()).as(error.text()).isNotEqualTo(ErrorCode.INTERNAL_ERROR);
                fatal = error.fatal();
            }
        }

        @Override
        public void onBadFrame(int flags, int correlationId, PortaskException error) {
            throw error;
        }

        void close() {
            connection.close(new PortaskException(ErrorCode.CONNECTION_LOST, "The test hangs up"));
        }
    }

    private SessionFuzz(Random random) {
        this.random = random;
        broker.start();
        PortConfig config = PortConfig.builder().keys(GoldenFrames.KEYS).build();
        protocol = new PortProtocol(broker, config, new SimpleMeterRegistry());
        bystander = TestPeer.open(protocol);
        bystander.subscribed(QUIET, QUIET_SUBSCRIPTION, PortSubscription.MAX_CREDIT);
        victim = new Victim();
    }

    /** Runs as many changed frames as wanted; a failure names the seed and the round. */
    static void run(long seed, int rounds) {
        Random random = new Random(seed);
        int sessions = 0;
        for (int round = 0; round < rounds; round += ROUNDS_OF_SERVER) {
            try (SessionFuzz fuzz = new SessionFuzz(random)) {
                fuzz.rounds(seed, round, Math.min(rounds, round + ROUNDS_OF_SERVER));
                sessions += fuzz.sessions;
            }
        }
        assertThat(sessions).as("sessions of seed %d", seed).isBetween(rounds / 100, rounds);
    }

    private void rounds(long seed, int from, int to) {
        for (int round = from; round < to; round++) {
            ByteBuffer changed = FrameFuzz.change(random, valid);
            try {
                receive(changed);
                if (round % ROUNDS_BETWEEN_CHECKS == 0) {
                    checkBystander();
                }
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed " + seed + ", round " + round + ":\n" + HexDump.of(changed), e);
            }
        }
        victim.close();
        assertThat(store.openResults).as("results not closed, seed %d", seed).isZero();
    }

    private void receive(ByteBuffer changed) {
        if (random.nextInt(4) == 0) {
            int cut = random.nextInt(changed.limit() + 1);
            victim.receive(changed.slice(0, cut));
            changed = changed.slice(cut, changed.limit() - cut);
        }
        victim.receive(changed);
        if (victim.fatal || random.nextInt(200) == 0) {
            victim.close();
            victim = new Victim();
            if (random.nextInt(10) != 0) {
                victim.receive(valid.get(0).duplicate());
            }
        }
    }

    private void checkBystander() {
        long end = bystander.published(QUIET, 2, QUIET_BATCH).nextOffset();
        bystander.delivery(QUIET_SUBSCRIPTION, delivered);
        assertThat(delivered.nextOffset()).isEqualTo(end);
        bystander.assertSilent();
    }

    @Override
    public void close() {
        broker.close();
    }
}
