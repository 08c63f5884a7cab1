package io.portask.queue;

import static io.portask.queue.TestQueue.START;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QueueJournalTest {
    private static final JournalHandler IGNORED = new JournalHandler() {
        @Override
        public void onSnapshot(long producerId, int nextSequence) {}

        @Override
        public void onLow(long low) {}

        @Override
        public void onSettled(long from, long end) {}

        @Override
        public void onFailed(long offset, int attempts, long dueMs, FailureReason reason) {}

        @Override
        public void onIntent(long offset, int attempts, FailureReason reason, int sequence) {}
    };

    private static QueueConfig.Builder config() {
        return QueueConfig.builder().maxDeliveries(2).retryDelayMs(100, 400);
    }

    @Test
    void acksThatComeDuringAnAppendGoTogetherWithTheNext() {
        TestQueue queue = new TestQueue(config()).offer(0, 1, 2, 3);
        queue.store();
        queue.take(queue.alice, 4, START);
        queue.partition.ack(queue.alice, 0, 1);
        assertThat(queue.journal.nextAppend()).hasSize(1);
        queue.partition.ack(queue.alice, 1, 1);
        queue.partition.ack(queue.alice, 3, 1);
        assertThat(queue.journal.nextAppend()).isNull();
        queue.journal.stored(1);
        assertThat(queue.partition.storedPosition()).isEqualTo(1);
        assertThat(queue.journal.nextAppend()).hasSize(1);
        queue.journal.stored(2);
        assertThat(queue.partition.storedPosition()).isEqualTo(3);
        assertThat(queue.journal.nextAppend()).isNull();
    }

    @Test
    void aFailedAppendIsRepeatedAsItWas() {
        TestQueue queue = new TestQueue(config()).offer(0);
        List<QueueJournal.KeyedRecord> first = queue.journal.nextAppend();
        queue.journal.failed();
        queue.take(queue.alice, 1, START);
        queue.partition.ack(queue.alice, 0, 1);
        assertThat(queue.journal.nextAppend()).isSameAs(first);
        assertThat(queue.partition.storedPosition()).isZero();
        assertThatThrownBy(() -> {
                    queue.journal.stored(0);
                    queue.journal.stored(0);
                })
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aRestartKnowsWhatWasSettledWhatFailedAndWhatIsGivenUp() {
        TestQueue before = new TestQueue(config()).offer(0, 1, 2, 3, 4);
        before.take(before.alice, 5, START);
        before.partition.ack(before.alice, 0, 1);
        before.partition.ack(before.alice, 2, 1);
        before.partition.nack(before.alice, 1, 1, 500, START);
        before.partition.reject(before.alice, 4, 1, START);

        TestQueue after = new TestQueue(config(), before.store());
        assertThat(after.partition.low()).isEqualTo(1);
        assertThat(after.partition.next()).isEqualTo(1);
        assertThat(after.partition.pollDeadLetter())
                .isEqualTo(new DeadLetterIntent(TestQueue.KEY, 4, 1, FailureReason.REJECTED, 4711, 0));
        after.offer(1, 2, 3, 4);
        assertThat(after.partition.ack(after.alice, 3, 1)).isEqualTo(DeliveryAnswer.UNKNOWN_DELIVERY);
        assertThat(after.take(after.alice, 5, START)).containsExactly("3/1");
        assertThat(after.take(after.alice, 5, START + 500)).containsExactly("1/2");
    }

    @Test
    void aForgottenGroupIsGoneAfterARestart() {
        TestQueue queue = new TestQueue(config()).offer(0);
        List<QueueJournal.KeyedRecord> records = new ArrayList<>(queue.store());
        queue.journal.forget(TestQueue.KEY);
        assertThat(queue.journal.trimOffset()).isEqualTo(1);
        QueueJournal.KeyedRecord last = queue.journal.nextAppend().get(0);
        assertThat(last.value()).isNull();
        queue.journal.stored(1);
        QueueJournal replayed = new QueueJournal(1);
        replayed.replay(0, records.get(0).key(), ByteBuffer.wrap(records.get(0).value()), key -> queue.partition);
        replayed.replay(1, last.key(), null, key -> queue.partition);
        assertThat(replayed.partitions()).isEmpty();
        assertThat(replayed.trimOffset()).isEqualTo(2);
    }

    @Test
    void snapshotsLetTheJournalBeTrimmedThoughSomePartitionsAreIdle() {
        QueueConfig config = config().build();
        QueueMembers members = new QueueMembers(config);
        QueueMember member = members.join(10);
        QueueJournal journal = new QueueJournal(100);
        QueuePartition busy = new QueuePartition(TestQueue.KEY, config, members, 1, 1);
        journal.add(busy);
        journal.add(new QueuePartition(new QueueKey("workers", "orders", 1), config, members, 2, 1));
        long end = 0;
        for (int offset = 0; offset < 2_000; offset++) {
            busy.offer(offset, 0, QueuePartition.NEVER, START);
            busy.take(member, 1, START, (from, to, at, attempt) -> {});
            busy.ack(member, offset, 1);
            List<QueueJournal.KeyedRecord> records = journal.nextAppend();
            journal.stored(end);
            end += records.size();
        }
        assertThat(end - journal.trimOffset()).isLessThan(200);
    }

    @Test
    void theFormatIsAsDocumented() {
        TestQueue queue = new TestQueue(config()).offer(0, 1, 2, 3, 4);
        queue.take(queue.alice, 5, START);
        queue.partition.ack(queue.alice, 0, 1);
        queue.partition.ack(queue.alice, 2, 1);
        queue.partition.nack(queue.alice, 1, 1, 500, START);
        queue.partition.reject(queue.alice, 4, 1, START);
        HexFormat hex = HexFormat.ofDelimiter(" ");
        String snapshot = hex.formatHex(queue.store().get(0).value());
        assertThat(snapshot)
                .isEqualTo("01 04 00 00 00 00 00 00 12 67 00 01 01 01 01 01 02 02 01 01 b4 88 3d 01 03 01 00 04"
                        + " 03 04 01 04 00");
        queue.partition.ack(queue.alice, 3, 1);
        String changes = hex.formatHex(queue.store().get(0).value());
        assertThat(changes).isEqualTo("01 01 01 01 02 01");
        assertThat(QueueDocumentTest.document()).contains(snapshot, changes);
    }

    @ParameterizedTest
    @CsvSource({
        "'', it is cut short",
        "02, its version is not 1",
        "01 07, an entry of kind 7",
        "01 01, it is cut short",
        "01 01 05 ff ff ff ff 0f, 4294967295 items in 0 bytes",
        "01 01 05 01 00 01, a gap or length of 0",
        "01 01 05 01 01 ff ff 7f, too far beyond 5",
        "01 01 80 00 00, a varint longer than needed",
        "01 01 ff ff ff ff ff ff ff ff ff 01, a varint exceeds 63 bits",
        "01 02 00, an empty list",
        "01 02 01 00 01 00 09, reason 9",
        "01 02 01 00 ff ff ff ff 0f 00 01, 4294967295 exceeds 31 bits",
        "01 03 00 01 01, it is cut short",
        "01 04 ff ff ff ff ff ff ff ff 00, producer id -1",
        "01 01 00 00 04 00 00 00 00 00 00 00 00 00, a snapshot behind other entries",
    })
    void whatDoesNotFitTheFormatIsRefusedByName(String hex, String why) {
        ByteBuffer value = ByteBuffer.wrap(HexFormat.of().parseHex(hex.replace(" ", "")));
        assertThatThrownBy(() -> JournalDecoder.decode(value, IGNORED))
                .isInstanceOfSatisfying(PortaskException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.CORRUPT_STORE);
                    assertThat(e).hasMessageContaining(why);
                });
    }

    @ParameterizedTest
    @CsvSource({
        "01 02 01 c0 9a 0c 01 00 01, too far beyond 0",
        "01 02 01 00 01 00 00, without a reason",
        "01 03 00 01 01 00 03 01 01 01 01, a second intent",
        "01 03 00 01 01 05, an intent 5 where 0 is next",
        "01 01 05 00 03 02 01 01 00, which is settled",
    })
    void whatNoPartitionCanHaveWrittenIsRefusedByName(String hex, String why) {
        ByteBuffer value = ByteBuffer.wrap(HexFormat.of().parseHex(hex.replace(" ", "")));
        assertThatThrownBy(() -> JournalDecoder.decode(value, new PartitionRestore(new PartitionState(1))))
                .isInstanceOfSatisfying(PortaskException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.CORRUPT_STORE);
                    assertThat(e).hasMessageContaining(why);
                });
    }

    @Test
    void damageIsRefusedOrHarmless() {
        fuzz(1, 200_000);
    }

    @Test
    @Tag("long")
    void damageIsRefusedOrHarmlessForLong() {
        fuzz(2, 20_000_000);
    }

    private static void fuzz(long firstSeed, int rounds) {
        byte[][] originals = originals();
        int refused = 0;
        for (int round = 0; round < rounds; round++) {
            long seed = firstSeed * 1_000_000_007 + round;
            Random random = new Random(seed);
            byte[] damaged = damage(originals[random.nextInt(originals.length)], random);
            try {
                JournalDecoder.decode(ByteBuffer.wrap(damaged), new PartitionRestore(new PartitionState(1)));
            } catch (PortaskException e) {
                refused++;
                assertThat(e.code()).isEqualTo(ErrorCode.CORRUPT_STORE);
            } catch (RuntimeException e) {
                fail("seed " + seed, e);
            }
        }
        assertThat(refused).isGreaterThan(rounds / 4);
    }

    private static byte[] damage(byte[] original, Random random) {
        byte[] damaged = Arrays.copyOf(original, 1 + random.nextInt(original.length));
        if (random.nextInt(3) != 0) {
            damaged = original.clone();
        }
        for (int changes = random.nextInt(4); changes > 0; changes--) {
            int at = random.nextInt(damaged.length);
            damaged[at] = (byte) (random.nextBoolean() ? random.nextInt() : damaged[at] ^ 1 << random.nextInt(8));
        }
        return damaged;
    }

    /** Snapshots and changes of a partition on which much happened. */
    private static byte[][] originals() {
        List<byte[]> values = new ArrayList<>();
        TestQueue queue = new TestQueue(config());
        Random random = new Random(5);
        for (int offset = 0; offset < 200; offset++) {
            queue.offer(offset);
            queue.take(queue.alice, 1, START + offset);
            switch (random.nextInt(4)) {
                case 0 -> queue.partition.nack(queue.alice, offset, 1, 1_000, START + offset);
                case 1 -> queue.partition.reject(queue.alice, offset, 1, START);
                case 2 -> queue.partition.ack(queue.alice, offset, 1);
                default -> {}
            }
            if (random.nextInt(10) == 0) {
                queue.store().forEach(record -> values.add(record.value()));
                values.add(new PartitionEncoder().snapshot(queue.partition.state()));
            }
        }
        return values.toArray(byte[][]::new);
    }
}
