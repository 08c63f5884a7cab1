package io.portask.queue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A server with one queue group in a world that only a seed moves: members that take, ack, nack, extend, stall and crash, a journal whose appends
 * take time and fail, crashes of the server that leave only what was stored. {@link QueueModel} watches.
 */
final class SimulatedQueue {
    private static final int MAX_MEMBERS = 5;
    private static final String GROUP = "workers";
    private static final String TOPIC = "orders";

    final QueueConfig config;
    final QueueModel model;
    private final Random random;
    private final int partitionCount;
    private final long[] ends;
    private final Map<Long, long[]> times = new HashMap<>();

    /** What is stored of the journal, by offset; trimmed offsets are missing. */
    private final LinkedHashMap<Long, QueueJournal.KeyedRecord> journalLog = new LinkedHashMap<>();

    private long journalEnd;
    private long now = 1_000_000;
    private QueueGroup group;
    private QueueJournal journal;
    private final List<Worker> workers = new ArrayList<>();
    private @Nullable List<QueueJournal.KeyedRecord> append;
    private final Map<Integer, DeadLetterIntent> burials = new HashMap<>();
    private final List<Confirmation> confirmations = new ArrayList<>();

    private record Delivery(QueuePartition partition, long offset, int attempt) {}

    /** To be told once the journal is so far: {@code attempt} failed, or the message was acked if it is 0. */
    private record Confirmation(QueuePartition partition, long offset, int attempt, long position) {}

    private static final class Worker {
        final QueueMember member;
        final List<Delivery> deliveries = new ArrayList<>();
        boolean stalled;

        Worker(QueueMember member) {
            this.member = member;
        }
    }

    SimulatedQueue(long seed) {
        random = new Random(seed);
        boolean withDeadLetters = random.nextInt(4) != 0;
        config = QueueConfig.builder()
                .ackTimeoutMs(100 + random.nextInt(400))
                .maxDeliveries(1 + random.nextInt(4))
                .retryDelayMs(random.nextInt(3) * 50, 400)
                .retryJitterPercent(random.nextInt(2) * 50)
                .maxInFlight(1 + random.nextInt(8))
                .maxUnsettled(4 + random.nextInt(40))
                .deadLetterTopic(withDeadLetters ? "*.dlq" : null)
                .deadLetterExpired(withDeadLetters && random.nextBoolean())
                .build();
        partitionCount = 1 + random.nextInt(3);
        ends = new long[partitionCount];
        model = new QueueModel(config);
        start();
    }

    /** Runs with faults, then without, until everything is done. */
    void run(int steps) {
        for (int i = 0; i < steps; i++) {
            step();
            check();
        }
        settleDown();
    }

    private void step() {
        switch (random.nextInt(24)) {
            case 0, 1, 2 -> publish();
            case 3, 4, 5 -> read();
            case 6 -> join();
            case 7, 8 -> request();
            case 9, 10 -> group.dispatch(now, this::deliver);
            case 11, 12, 13, 14 -> answer();
            case 15, 16, 17 -> journalStep();
            case 18 -> bury();
            case 19, 20 -> now += random.nextInt(120);
            case 21 -> leave();
            case 22 -> oddity();
            default -> {
                if (random.nextInt(6) == 0) {
                    crash();
                }
            }
        }
        group.advance(now);
        poll();
    }

    private void publish() {
        int partition = random.nextInt(partitionCount);
        long offset = ends[partition]++;
        if (random.nextInt(10) == 0) {
            model.gone(partition, offset);
            return;
        }
        long due = random.nextInt(6) == 0 ? now + random.nextInt(300) : 0;
        long expires = random.nextInt(8) == 0 ? now + 1 + random.nextInt(300) : QueuePartition.NEVER;
        times.put(model.id(partition, offset), new long[] {due, expires});
        model.published(partition, offset, due, expires);
    }

    private void read() {
        QueuePartition partition = randomPartition();
        for (int i = random.nextInt(10); i >= 0; i--) {
            if (!offerNext(partition)) {
                return;
            }
        }
    }

    private boolean offerNext(QueuePartition partition) {
        int number = partition.key().partition();
        long offset = partition.next();
        while (offset < ends[number] && model.isGone(number, offset)) {
            offset++;
        }
        if (offset == ends[number]) {
            partition.skipTo(offset);
            return false;
        }
        long[] at = times.get(model.id(number, offset));
        return partition.offer(offset, at[0], at[1], now);
    }

    private void join() {
        if (workers.size() < MAX_MEMBERS) {
            workers.add(new Worker(group.join(1 + random.nextInt(10))));
        }
    }

    private void request() {
        if (!workers.isEmpty()) {
            Worker worker = randomWorker();
            worker.stalled = random.nextInt(8) == 0;
            if (!worker.stalled) {
                group.request(worker.member, random.nextInt(6));
            }
        }
    }

    private void deliver(QueuePartition partition, QueueMember member, long offset, int attempt) {
        model.delivered(partition.key().partition(), offset, attempt, now);
        for (Worker worker : workers) {
            if (worker.member == member) {
                worker.deliveries.add(new Delivery(partition, offset, attempt));
                return;
            }
        }
        throw new AssertionError(member + " has left, yet got offset " + offset);
    }

    private void answer() {
        if (workers.isEmpty()) {
            return;
        }
        Worker worker = randomWorker();
        if (worker.stalled || worker.deliveries.isEmpty()) {
            return;
        }
        int index = random.nextInt(worker.deliveries.size());
        Delivery d = worker.deliveries.get(index);
        switch (random.nextInt(12)) {
            case 0, 1 -> nack(worker, d);
            case 2 -> d.partition.extend(worker.member, d.offset, d.attempt, 1 + random.nextInt(300), now);
            case 3 -> {
                if (random.nextInt(4) == 0) {
                    d.partition.reject(worker.member, d.offset, d.attempt, now);
                }
            }
            default -> ack(worker, d);
        }
        if (random.nextInt(8) != 0) {
            worker.deliveries.remove(index);
        }
    }

    private void nack(Worker worker, Delivery d) {
        long delay = random.nextInt(3) * 40 - 1;
        DeliveryAnswer answer = d.partition.nack(worker.member, d.offset, d.attempt, delay, now);
        if (answer == DeliveryAnswer.ACCEPTED) {
            confirmations.add(new Confirmation(d.partition, d.offset, d.attempt, d.partition.position()));
        }
    }

    private void ack(Worker worker, Delivery d) {
        DeliveryAnswer answer = d.partition.ack(worker.member, d.offset, d.attempt);
        model.answered(d.partition.key().partition(), d.offset, d.attempt, answer);
        if (answer == DeliveryAnswer.ACCEPTED || answer == DeliveryAnswer.ALREADY_SETTLED) {
            confirmations.add(new Confirmation(d.partition, d.offset, 0, d.partition.position()));
        }
    }

    private void journalStep() {
        if (append == null) {
            append = journal.nextAppend();
        } else if (random.nextInt(5) == 0) {
            storeSome(random.nextInt(append.size() + 1));
            journal.failed();
            append = null;
        } else {
            long base = journalEnd;
            storeSome(append.size());
            append = null;
            journal.stored(base);
            confirm();
            trimJournal();
        }
    }

    private void storeSome(int records) {
        for (QueueJournal.KeyedRecord record : append.subList(0, records)) {
            journalLog.put(journalEnd++, record);
        }
    }

    private void confirm() {
        confirmations.removeIf(c -> {
            boolean safe = c.partition.storedPosition() >= c.position;
            if (safe && c.attempt > 0) {
                model.failureStored(c.partition.key().partition(), c.offset, c.attempt);
            } else if (safe) {
                model.confirmed(c.partition.key().partition(), c.offset);
            }
            return safe;
        });
    }

    private void trimJournal() {
        if (random.nextInt(3) == 0) {
            journalLog.keySet().removeIf(offset -> offset < journal.trimOffset());
        }
    }

    /** Finds copies to be made. */
    private void poll() {
        for (QueuePartition partition : group.partitions()) {
            DeadLetterIntent intent = partition.pollDeadLetter();
            if (intent != null && burials.put(partition.key().partition(), intent) != null) {
                throw new AssertionError("Two copies at a time in " + partition.key());
            }
        }
    }

    private void bury() {
        for (QueuePartition partition : group.partitions()) {
            DeadLetterIntent intent = burials.remove(partition.key().partition());
            if (intent == null) {
                continue;
            }
            boolean told = random.nextInt(4) != 0;
            if (told || random.nextBoolean()) {
                model.copied(intent);
            }
            if (told) {
                partition.deadLetterStored();
            } else {
                partition.deadLetterFailed();
            }
        }
    }

    private void leave() {
        if (!workers.isEmpty() && random.nextInt(3) == 0) {
            Worker worker = workers.remove(random.nextInt(workers.size()));
            group.leave(worker.member, now);
        }
    }

    /** Deletion, trim, and answers that nobody is entitled to. */
    private void oddity() {
        QueuePartition partition = randomPartition();
        int number = partition.key().partition();
        if (ends[number] == 0) {
            return;
        }
        long offset = (long) (random.nextDouble() * ends[number]);
        switch (random.nextInt(4)) {
            case 0 -> {
                model.gone(number, offset);
                partition.remove(offset);
            }
            case 1 -> {
                if (random.nextInt(4) == 0) {
                    long start = Math.min(ends[number], partition.low() + random.nextInt(6));
                    for (long o = 0; o < start; o++) {
                        model.gone(number, o);
                    }
                    partition.trim(start);
                }
            }
            default -> {
                QueueMember stranger = new QueueMember(1_000, 1);
                DeliveryAnswer answer = partition.ack(stranger, offset, 1 + random.nextInt(4));
                if (answer == DeliveryAnswer.ACCEPTED) {
                    throw new AssertionError("A stranger's ack of offset " + offset + " was accepted");
                }
            }
        }
    }

    private void crash() {
        if (append != null) {
            storeSome(random.nextInt(append.size() + 1));
        }
        for (DeadLetterIntent intent : burials.values()) {
            if (random.nextBoolean()) {
                model.copied(intent);
            }
        }
        model.crashed();
        start();
    }

    private void start() {
        append = null;
        burials.clear();
        confirmations.clear();
        workers.clear();
        QueueMembers members = new QueueMembers(config);
        group = new QueueGroup(members);
        journal = new QueueJournal(1 + random.nextInt(300));
        journalLog.forEach((offset, record) ->
                journal.replay(offset, record.key(), ByteBuffer.wrap(record.value()), key -> partition(key, members)));
        journal.replayed();
        for (int i = 0; i < partitionCount; i++) {
            QueueKey key = new QueueKey(GROUP, TOPIC, i);
            QueuePartition known = journal.partitions().stream()
                    .filter(partition -> partition.key().equals(key))
                    .findAny()
                    .orElse(null);
            QueuePartition partition = known == null ? partition(key, members) : known;
            if (known == null) {
                journal.add(partition);
            }
            group.add(partition);
        }
        model.restarted(group.partitions());
    }

    private QueuePartition partition(QueueKey key, QueueMembers members) {
        return new QueuePartition(key, config, members, random.nextLong() & Long.MAX_VALUE, random.nextLong());
    }

    private void check() {
        int held = 0;
        for (int i = 0; i < group.members().size(); i++) {
            QueueMember member = group.members().get(i);
            held += member.inFlight();
            if (member.inFlight() > config.maxInFlight() || member.inFlight() < 0) {
                throw new AssertionError(member + " holds " + member.inFlight());
            }
        }
        model.check(group.partitions(), held);
    }

    private void settleDown() {
        if (workers.isEmpty()) {
            workers.add(new Worker(group.join(10)));
        }
        for (int round = 0; round < 10_000; round++) {
            for (QueuePartition partition : group.partitions()) {
                while (offerNext(partition)) {
                    continue;
                }
            }
            for (Worker worker : workers) {
                group.request(worker.member, 10);
            }
            group.dispatch(now, this::deliver);
            for (Worker worker : workers) {
                worker.deliveries.forEach(d -> ack(worker, d));
                worker.deliveries.clear();
            }
            List<QueueJournal.KeyedRecord> next = append == null ? journal.nextAppend() : append;
            append = next;
            if (next != null) {
                long base = journalEnd;
                storeSome(next.size());
                append = null;
                journal.stored(base);
            }
            confirm();
            poll();
            burials.forEach((number, intent) -> {
                model.copied(intent);
                group.partitions().get(number).deadLetterStored();
            });
            burials.clear();
            check();
            if (next == null && isDone()) {
                model.checkAllDone(ends);
                return;
            }
            now = Math.max(now + 1, Math.min(group.nextDeadline(), now + 1_000));
            group.advance(now);
        }
        throw new AssertionError("No progress: "
                + group.partitions().stream()
                        .map(p -> p.low() + " of " + ends[p.key().partition()])
                        .toList());
    }

    private boolean isDone() {
        for (QueuePartition partition : group.partitions()) {
            if (partition.low() < ends[partition.key().partition()] || partition.underWay() != 0) {
                return false;
            }
        }
        return true;
    }

    private QueuePartition randomPartition() {
        return group.partitions().get(random.nextInt(partitionCount));
    }

    private Worker randomWorker() {
        return workers.get(random.nextInt(workers.size()));
    }
}
