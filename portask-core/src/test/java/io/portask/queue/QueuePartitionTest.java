package io.portask.queue;

import static io.portask.queue.TestQueue.START;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class QueuePartitionTest {
    private static final long TIMEOUT = 1_000;

    private final TestQueue queue = new TestQueue(config());

    private static QueueConfig.Builder config() {
        return QueueConfig.builder().ackTimeoutMs(TIMEOUT).maxDeliveries(3).retryDelayMs(100, 400);
    }

    @Test
    void eachMessageGoesToOneMember() {
        queue.offer(0, 1, 2);
        assertThat(queue.take(queue.alice, 2, START)).containsExactly("0/1", "1/1");
        assertThat(queue.take(queue.bob, 2, START)).containsExactly("2/1");
    }

    @Test
    void lowFollowsTheOldestUnsettledMessage() {
        queue.offer(0, 1, 2);
        queue.take(queue.alice, 3, START);
        assertThat(queue.partition.ack(queue.alice, 1, 1)).isEqualTo(DeliveryAnswer.ACCEPTED);
        assertThat(queue.partition.low()).isZero();
        assertThat(queue.partition.ack(queue.alice, 0, 1)).isEqualTo(DeliveryAnswer.ACCEPTED);
        assertThat(queue.partition.low()).isEqualTo(2);
    }

    @Test
    void aMissedAckTimeoutBringsTheMessageBackAfterARetryDelay() {
        queue.offer(0);
        queue.take(queue.alice, 1, START);
        assertThat(queue.partition.nextDeadline()).isEqualTo(START + TIMEOUT);
        assertThat(queue.take(queue.bob, 1, START + TIMEOUT)).isEmpty();
        assertThat(queue.take(queue.bob, 1, START + TIMEOUT + 100)).containsExactly("0/2");
        assertThat(queue.alice.inFlight()).isZero();
    }

    @Test
    void extendPutsTheAckTimeoutOff() {
        queue.offer(0);
        queue.take(queue.alice, 1, START);
        assertThat(queue.partition.extend(queue.alice, 0, 1, 5_000, START + 500))
                .isEqualTo(DeliveryAnswer.ACCEPTED);
        assertThat(queue.partition.nextDeadline()).isEqualTo(START + 5_500);
    }

    @Test
    void retryDelaysDoubleUpToTheirCap() {
        RetryDelays delays = new RetryDelays(config().build(), 1);
        assertThat(List.of(
                        delays.afterMs(1), delays.afterMs(2), delays.afterMs(3), delays.afterMs(4), delays.afterMs(99)))
                .containsExactly(100L, 200L, 400L, 400L, 400L);
    }

    @Test
    void jitterShortensADelayByTheSameAmountForTheSameSeed() {
        QueueConfig jittered = config().retryJitterPercent(50).build();
        RetryDelays one = new RetryDelays(jittered, 7);
        RetryDelays other = new RetryDelays(jittered, 7);
        for (int i = 0; i < 100; i++) {
            long delay = one.afterMs(2);
            assertThat(delay).isBetween(100L, 200L).isEqualTo(other.afterMs(2));
        }
    }

    @Test
    void aLateAckIsTakenUntilTheMessageIsHandedOn() {
        queue.offer(0, 1);
        queue.take(queue.alice, 2, START);
        queue.partition.advance(START + TIMEOUT);
        assertThat(queue.partition.ack(queue.alice, 0, 1)).isEqualTo(DeliveryAnswer.ACCEPTED);
        queue.take(queue.bob, 1, START + 2 * TIMEOUT);
        assertThat(queue.partition.ack(queue.alice, 1, 1)).isEqualTo(DeliveryAnswer.HANDED_ON);
        assertThat(queue.partition.ack(queue.bob, 1, 2)).isEqualTo(DeliveryAnswer.ACCEPTED);
    }

    @Test
    void answersSayWhyTheyAreRefused() {
        queue.offer(0, 1);
        queue.take(queue.alice, 1, START);
        assertThat(queue.partition.ack(queue.bob, 0, 1)).isEqualTo(DeliveryAnswer.NOT_THE_HOLDER);
        assertThat(queue.partition.ack(queue.alice, 0, 2)).isEqualTo(DeliveryAnswer.UNKNOWN_DELIVERY);
        assertThat(queue.partition.ack(queue.alice, 1, 1)).isEqualTo(DeliveryAnswer.UNKNOWN_DELIVERY);
        assertThat(queue.partition.ack(queue.alice, 99, 1)).isEqualTo(DeliveryAnswer.UNKNOWN_DELIVERY);
        assertThat(queue.partition.ack(queue.alice, -1, 1)).isEqualTo(DeliveryAnswer.UNKNOWN_DELIVERY);
        queue.partition.nack(queue.alice, 0, 1, 50, START);
        assertThat(queue.partition.nack(queue.alice, 0, 1, 50, START)).isEqualTo(DeliveryAnswer.NOT_IN_FLIGHT);
        assertThat(queue.partition.ack(queue.alice, 0, 1)).isEqualTo(DeliveryAnswer.ACCEPTED);
        assertThat(queue.partition.ack(queue.alice, 0, 1)).isEqualTo(DeliveryAnswer.ALREADY_SETTLED);
    }

    @Test
    void whatAMemberHeldGoesBackAtOnceAndInOrder() {
        queue.offer(0, 1, 2);
        queue.take(queue.alice, 3, START);
        queue.group.leave(queue.alice, START);
        assertThat(queue.take(queue.bob, 3, START)).containsExactly("0/2", "1/2", "2/2");
    }

    @Test
    void aMemberHoldsNoMoreThanItsWindow() {
        QueueMember small = queue.group.join(2);
        queue.offer(0, 1, 2);
        assertThat(queue.take(small, 3, START)).hasSize(2);
        assertThat(queue.take(small, 3, START)).isEmpty();
        queue.partition.ack(small, 0, 1);
        assertThat(queue.take(small, 3, START)).containsExactly("2/1");
    }

    @Test
    void theWindowOfUnsettledOffsetsStopsTheReader() {
        TestQueue narrow = new TestQueue(config().maxUnsettled(2));
        narrow.offer(0, 1);
        assertThat(narrow.partition.offer(2, 0, QueuePartition.NEVER, START)).isFalse();
        narrow.take(narrow.alice, 2, START);
        narrow.partition.ack(narrow.alice, 0, 1);
        assertThat(narrow.partition.offer(2, 0, QueuePartition.NEVER, START)).isTrue();
        assertThat(narrow.partition.offer(3, 0, QueuePartition.NEVER, START)).isFalse();
    }

    @Test
    void nothingIsHandedOutWhileTheJournalIsTooFarBehind() {
        TestQueue narrow = new TestQueue(config().maxUnsettled(2));
        narrow.offer(0, 1);
        narrow.take(narrow.alice, 2, START);
        narrow.partition.ack(narrow.alice, 0, 1);
        narrow.partition.ack(narrow.alice, 1, 1);
        narrow.offer(2);
        assertThat(narrow.take(narrow.alice, 1, START)).isEmpty();
        narrow.store();
        assertThat(narrow.take(narrow.alice, 1, START)).containsExactly("2/1");
    }

    @Test
    void holesAndTrimmedOffsetsAreSettled() {
        queue.offer(5, 7);
        assertThat(queue.partition.low()).isEqualTo(5);
        queue.take(queue.alice, 1, START);
        queue.partition.trim(7);
        assertThat(queue.partition.low()).isEqualTo(7);
        assertThat(queue.alice.inFlight()).isZero();
        assertThat(queue.partition.ack(queue.alice, 5, 1)).isEqualTo(DeliveryAnswer.ALREADY_SETTLED);
        queue.partition.remove(7);
        assertThat(queue.partition.low()).isEqualTo(8);
        queue.partition.trim(1_000_000_000_000L);
        assertThat(queue.partition.next()).isEqualTo(1_000_000_000_000L);
        assertThat(queue.partition.underWay()).isZero();
    }

    @Test
    void delayedMessagesWaitAndOthersOvertakeThem() {
        queue.partition.offer(0, START + 500, QueuePartition.NEVER, START);
        queue.offer(1);
        assertThat(queue.take(queue.alice, 2, START)).containsExactly("1/1");
        assertThat(queue.take(queue.alice, 2, START + 500)).containsExactly("0/1");
    }

    @Test
    void expiredMessagesAreSettledWithoutDelivery() {
        queue.partition.offer(0, 0, START + 100, START);
        queue.partition.offer(1, START + 500, START + 100, START);
        queue.partition.offer(2, 0, START, START);
        assertThat(queue.take(queue.alice, 3, START + 100)).isEmpty();
        assertThat(queue.partition.low()).isEqualTo(3);
        assertThat(queue.partition.counters().expired()).isEqualTo(3);
        assertThat(queue.partition.nextDeadline()).isEqualTo(QueuePartition.NEVER);
    }

    @Test
    void aMessageThatExpiresWhileItIsHeldMayStillBeAcked() {
        queue.partition.offer(0, 0, START + 100, START);
        queue.take(queue.alice, 1, START);
        queue.partition.advance(START + 200);
        assertThat(queue.partition.ack(queue.alice, 0, 1)).isEqualTo(DeliveryAnswer.ACCEPTED);
        assertThat(queue.partition.counters().expired()).isZero();
    }

    @Test
    void whatFailedTooOftenIsGivenUpOnceItsIntentIsStored() {
        queue.offer(0);
        for (int attempt = 1; attempt <= 3; attempt++) {
            assertThat(queue.take(queue.alice, 1, START)).containsExactly("0/" + attempt);
            queue.partition.nack(queue.alice, 0, attempt, 0, START);
        }
        assertThat(queue.take(queue.alice, 1, START)).isEmpty();
        assertThat(queue.partition.ack(queue.alice, 0, 3)).isEqualTo(DeliveryAnswer.DEAD_LETTERED);
        assertThat(queue.partition.pollDeadLetter()).isNull();
        queue.store();
        assertThat(queue.partition.pollDeadLetter())
                .isEqualTo(new DeadLetterIntent(TestQueue.KEY, 0, 3, FailureReason.NACKED, 4711, 0));
        assertThat(queue.partition.pollDeadLetter()).isNull();
        queue.partition.deadLetterStored();
        assertThat(queue.partition.low()).isEqualTo(1);
        assertThatThrownBy(queue.partition::deadLetterStored).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void rejectedMessagesAreGivenUpAtOnce() {
        queue.offer(0, 1);
        queue.take(queue.alice, 2, START);
        queue.partition.reject(queue.alice, 0, 1, START);
        queue.partition.reject(queue.alice, 1, 1, START);
        queue.store();
        assertThat(queue.partition.pollDeadLetter().reason()).isEqualTo(FailureReason.REJECTED);
        queue.partition.deadLetterFailed();
        assertThat(queue.partition.pollDeadLetter().sequence()).isZero();
        queue.partition.deadLetterStored();
        assertThat(queue.partition.pollDeadLetter()).isNull();
        queue.store();
        assertThat(queue.partition.pollDeadLetter().sequence()).isEqualTo(1);
    }

    @Test
    void withoutADeadLetterTopicWhatIsGivenUpIsDiscarded() {
        TestQueue none = new TestQueue(config().maxDeliveries(1).deadLetterTopic(null));
        none.offer(0);
        none.take(none.alice, 1, START);
        none.partition.nack(none.alice, 0, 1, 0, START);
        assertThat(none.partition.low()).isEqualTo(1);
        assertThat(none.partition.counters().discarded()).isEqualTo(1);
    }

    @Test
    void retriesAndNewMessagesTakeTurns() {
        queue.offer(0, 1);
        queue.take(queue.alice, 2, START);
        queue.partition.nack(queue.alice, 0, 1, 0, START);
        queue.partition.nack(queue.alice, 1, 1, 0, START);
        queue.offer(2, 3);
        assertThat(queue.take(queue.alice, 4, START)).containsExactlyInAnyOrder("0/2", "2/1", "1/2", "3/1");
        List<String> two = queue.take(queue.alice, 4, START);
        assertThat(two).isEmpty();
    }

    @Test
    void membersGetTheirMessagesInTurns() {
        for (int offset = 0; offset < 20; offset++) {
            queue.offer(offset);
        }
        QueueMember carol = queue.group.join(100);
        queue.group.request(queue.alice, 100);
        queue.group.request(queue.bob, 100);
        queue.group.request(carol, 3);
        List<Integer> takers = new ArrayList<>();
        assertThat(queue.group.dispatch(START, (from, to, offset, attempt) -> takers.add(to.id())))
                .isEqualTo(20);
        assertThat(takers).startsWith(1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 1, 2);
        assertThat(carol.wanted()).isZero();
        assertThat(carol.inFlight()).isEqualTo(3);
    }

    @Test
    void aThousandTimesAsManyMessagesLeaveNothingBehind() {
        for (int offset = 0; offset < 100_000; offset++) {
            queue.offer(offset);
            queue.take(queue.alice, 1, START);
            if (offset % 7 == 0) {
                queue.partition.nack(queue.alice, offset, 1, 10, START);
            }
            queue.partition.ack(queue.alice, offset, 1);
            if (offset % 1_000 == 0) {
                queue.store();
            }
        }
        PartitionState state = queue.partition.state();
        assertThat(state.slots.deadlines.size()).isZero();
        assertThat(state.slots.used()).isZero();
        assertThat(state.slots.capacity()).isLessThanOrEqualTo(64);
        assertThat(queue.partition.low()).isEqualTo(100_000);
    }

    @Test
    void aMessageUnderWayTakesAtMost64Bytes() {
        TestQueue large = new TestQueue(config().maxUnsettled(QueueConfig.MAX_UNSETTLED));
        for (int count = 1; count <= QueueConfig.MAX_UNSETTLED; count++) {
            large.offer(count - 1);
            if (count > 10_000) {
                long slots = 50L * large.partition.state().slots.capacity();
                long ring = 4L * (Long.highestOneBit(count - 1) << 1);
                assertThat((slots + ring) / (double) count).isLessThanOrEqualTo(64);
            }
        }
    }
}
