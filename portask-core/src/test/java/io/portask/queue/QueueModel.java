package io.portask.queue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a queue group promises, told in the plainest data: each message's history, and the dead-letter topic with the store's idempotence. */
final class QueueModel {
    private static final int REMEMBERED_BATCHES = 5;
    private static final int MAX_PARTITIONS = 8;

    private final QueueConfig config;
    private final Map<Long, History> histories = new HashMap<>();
    private final Map<Integer, List<DeadLetterIntent>> deadLetters = new HashMap<>();
    private final long[] lows = new long[MAX_PARTITIONS];

    private static final class History {
        long due;
        long expires;
        boolean gone;
        boolean confirmed;
        boolean acknowledged;
        int deliveries;
        int lastAttempt;
        int copies;

        /** The last attempt whose failure is in the journal. */
        int counted;

        /** Whether a crash may have made the server forget attempts beyond the counted ones, and how many it forgot so far. */
        boolean forgot;

        int forgotten;
    }

    QueueModel(QueueConfig config) {
        this.config = config;
    }

    long id(int partition, long offset) {
        return offset * MAX_PARTITIONS + partition;
    }

    void published(int partition, long offset, long due, long expires) {
        History history = of(partition, offset);
        history.due = due;
        history.expires = expires;
    }

    void gone(int partition, long offset) {
        of(partition, offset).gone = true;
    }

    boolean isGone(int partition, long offset) {
        return of(partition, offset).gone;
    }

    void delivered(int partition, long offset, int attempt, long now) {
        History history = of(partition, offset);
        require(!history.confirmed, "delivered after its ack was confirmed", partition, offset);
        require(history.copies == 0, "delivered after it was dead-lettered", partition, offset);
        require(!history.gone, "delivered after it was deleted", partition, offset);
        require(now >= history.due, "delivered before its time", partition, offset);
        require(now < history.expires, "delivered after it expired", partition, offset);
        require(
                attempt <= history.lastAttempt + 1
                        && attempt > (history.forgot ? history.counted : history.lastAttempt),
                "attempt " + attempt,
                partition,
                offset);
        history.forgot = false;
        require(attempt <= config.maxDeliveries(), "delivered for the " + attempt + "th time", partition, offset);
        history.deliveries++;
        history.lastAttempt = attempt;
        require(
                history.deliveries <= config.maxDeliveries() + history.forgotten,
                "delivered " + history.deliveries + " times",
                partition,
                offset);
    }

    void answered(int partition, long offset, int attempt, DeliveryAnswer answer) {
        History history = of(partition, offset);
        if (answer == DeliveryAnswer.ACCEPTED) {
            require(attempt == history.lastAttempt, "acked by a delivery that was handed on", partition, offset);
            history.acknowledged = true;
        }
    }

    void failureStored(int partition, long offset, int attempt) {
        History history = of(partition, offset);
        history.counted = Math.max(history.counted, attempt);
    }

    void confirmed(int partition, long offset) {
        of(partition, offset).confirmed = true;
    }

    /** An append to the dead-letter topic, under the rules of the store. */
    void copied(DeadLetterIntent intent) {
        int partition = intent.key().partition();
        List<DeadLetterIntent> copies = deadLetters.computeIfAbsent(partition, p -> new ArrayList<>());
        for (int i = Math.max(0, copies.size() - REMEMBERED_BATCHES); i < copies.size(); i++) {
            if (copies.get(i).sequence() == intent.sequence()) {
                require(
                        copies.get(i).offset() == intent.offset(),
                        "has the sequence of another copy",
                        partition,
                        intent.offset());
                return;
            }
        }
        require(intent.sequence() == copies.size(), "leaves a gap in the sequences", partition, intent.offset());
        require(
                copies.isEmpty() || copies.get(0).producerId() == intent.producerId(),
                "has another producer",
                partition,
                intent.offset());
        copies.add(intent);
        History history = of(partition, intent.offset());
        history.copies++;
        require(history.copies == 1, "is in the dead-letter topic twice", partition, intent.offset());
        require(!history.confirmed, "was acked and dead-lettered", partition, intent.offset());
        require(
                intent.reason() == FailureReason.REJECTED
                        || (intent.reason() == FailureReason.EXPIRED && config.deadLetterExpired())
                        || intent.attempts() >= config.maxDeliveries(),
                "was dead-lettered after " + intent.attempts() + " deliveries",
                partition,
                intent.offset());
    }

    void crashed() {
        for (History history : histories.values()) {
            history.forgot = true;
            history.forgotten += history.lastAttempt - history.counted;
            history.lastAttempt = Math.max(history.lastAttempt, history.counted);
        }
    }

    void restarted(List<QueuePartition> partitions) {
        for (QueuePartition partition : partitions) {
            lows[partition.key().partition()] = partition.low();
        }
    }

    void check(List<QueuePartition> partitions, int held) {
        int underWay = 0;
        for (QueuePartition partition : partitions) {
            int number = partition.key().partition();
            require(partition.low() >= lows[number], "is low, which went back", number, partition.low());
            for (long offset = lows[number]; offset < partition.low(); offset++) {
                requireDone(number, offset);
            }
            lows[number] = partition.low();
            OffsetWindow window = partition.state().window;
            require(window.span() <= config.maxUnsettled(), "begins a span of " + window.span(), number, window.low());
            underWay += partition.underWay();
            require(
                    partition.state().slots.deadlines.size() <= partition.underWay(),
                    "leaves deadlines behind",
                    number,
                    window.low());
        }
        if (held > underWay) {
            throw new AssertionError(held + " messages are held of " + underWay + " under way");
        }
    }

    void checkAllDone(long[] ends) {
        for (int partition = 0; partition < ends.length; partition++) {
            for (long offset = 0; offset < ends[partition]; offset++) {
                requireDone(partition, offset);
            }
        }
    }

    private void requireDone(int partition, long offset) {
        History history = of(partition, offset);
        boolean discarded = config.deadLetterTopic() == null && history.deliveries > 0;
        require(
                history.gone
                        || history.acknowledged
                        || history.copies == 1
                        || discarded
                        || (history.expires != QueuePartition.NEVER && !config.deadLetterExpired()),
                "is settled, but was lost",
                partition,
                offset);
    }

    private History of(int partition, long offset) {
        return histories.computeIfAbsent(id(partition, offset), id -> new History());
    }

    private static void require(boolean holds, String what, int partition, long offset) {
        if (!holds) {
            throw new AssertionError("Offset " + offset + " of partition " + partition + " " + what);
        }
    }
}
