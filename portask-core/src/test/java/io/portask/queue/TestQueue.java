package io.portask.queue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A group on one partition with its journal, and what was delivered, for tests that spell out each step. */
final class TestQueue {
    static final QueueKey KEY = new QueueKey("workers", "orders", 0);
    static final long START = 1_000_000;

    final QueueConfig config;
    final QueueMembers members;
    final QueueGroup group;
    final QueuePartition partition;
    final QueueJournal journal = new QueueJournal(QueueJournal.DEFAULT_SNAPSHOT_BYTES);
    final QueueMember alice;
    final QueueMember bob;
    final List<String> deliveries = new ArrayList<>();

    TestQueue(QueueConfig.Builder config) {
        this(config, List.of());
    }

    /** After a restart, with what the journal held. */
    TestQueue(QueueConfig.Builder builder, List<QueueJournal.KeyedRecord> records) {
        config = builder.build();
        members = new QueueMembers(config);
        group = new QueueGroup(members);
        for (int i = 0; i < records.size(); i++) {
            QueueJournal.KeyedRecord record = records.get(i);
            journal.replay(i, record.key(), ByteBuffer.wrap(record.value()), this::open);
        }
        journal.replayed();
        partition = journal.partitions().isEmpty()
                ? open(KEY)
                : journal.partitions().get(0);
        if (records.isEmpty()) {
            journal.add(partition);
        }
        group.add(partition);
        alice = group.join(100);
        bob = group.join(100);
    }

    private QueuePartition open(QueueKey key) {
        return new QueuePartition(key, config, members, 4711, 1);
    }

    TestQueue offer(long... offsets) {
        for (long offset : offsets) {
            partition.offer(offset, 0, QueuePartition.NEVER, START);
        }
        return this;
    }

    /** What a member gets, as {@code offset/attempt}. */
    List<String> take(QueueMember member, int max, long now) {
        List<String> taken = new ArrayList<>();
        partition.take(member, max, now, (from, to, offset, attempt) -> taken.add(offset + "/" + attempt));
        return taken;
    }

    /** Stores what the journal has to say, and returns it. */
    List<QueueJournal.KeyedRecord> store() {
        List<QueueJournal.KeyedRecord> stored = new ArrayList<>();
        for (List<QueueJournal.KeyedRecord> next = journal.nextAppend(); next != null; next = journal.nextAppend()) {
            stored.addAll(next);
            journal.stored(stored.size() - next.size());
        }
        return stored;
    }
}
