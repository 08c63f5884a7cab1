package io.portask.store.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.record.Durability;
import io.portask.record.ReceivedMessage;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.PartitionInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What was sent to one partition, what of it was acknowledged how, and so what a reopened store must and may hold. */
final class PartitionModel {
    /** A batch of an idempotent producer. */
    record Sent(long producer, short epoch, int sequence, int count, long baseOffset) {
        int nextSequence() {
            return sequence + count;
        }
    }

    final TopicPartition name;
    private final List<String> values = new ArrayList<>();
    private final List<Sent> sent = new ArrayList<>();
    private long written;
    private long synced;
    private long trimmed;
    private long trimmedAtMost;
    private final Set<Long> deleted = new HashSet<>();
    private final Set<Long> hidden = new HashSet<>();

    PartitionModel(TopicPartition name) {
        this.name = name;
    }

    /** The offset after everything that was sent. */
    long end() {
        return values.size();
    }

    long start() {
        return trimmedAtMost;
    }

    void sending(List<String> newValues) {
        values.addAll(newValues);
    }

    void sending(Sent batch) {
        sent.add(batch);
    }

    /** An append was refused without a trace. */
    void refused(int count) {
        values.subList(values.size() - count, values.size()).clear();
        sent.removeIf(batch -> batch.baseOffset() >= values.size());
    }

    void acknowledged(Durability durability, long nextOffset) {
        written = Math.max(written, nextOffset);
        if (durability == Durability.SYNCED) {
            synced = Math.max(synced, nextOffset);
        }
    }

    void syncedAll() {
        synced = written;
    }

    void trimming(long offset) {
        trimmedAtMost = Math.max(trimmedAtMost, offset);
    }

    void trimmed(long offset) {
        trimmed = Math.max(trimmed, offset);
    }

    void deleting(List<Long> offsets) {
        hidden.addAll(offsets);
    }

    void deleted(List<Long> offsets) {
        deleted.addAll(offsets);
    }

    boolean isHidden(long offset) {
        return hidden.contains(offset);
    }

    Sent lastOf(long producer) {
        return lastOfAll().get(producer);
    }

    private Map<Long, Sent> lastOfAll() {
        Map<Long, Sent> last = new HashMap<>();
        sent.forEach(batch -> last.put(batch.producer(), batch));
        return last;
    }

    /** Nothing has failed: the store holds exactly what was sent. */
    void assertHeldBy(LogStore store) {
        PartitionInfo info = info(store);
        assertThat(info.startOffset()).as("start of %s", name).isEqualTo(trimmed);
        assertThat(info.endOffset()).as("end of %s", name).isEqualTo(written);
        Set<Long> found = assertTrue(LogFixture.readAll(store, name, info.startOffset(), 2_000), info.startOffset());
        for (long offset = trimmed; offset < written; offset++) {
            assertThat(found.contains(offset))
                    .as("%s:%d is there", name, offset)
                    .isNotEqualTo(hidden.contains(offset));
        }
    }

    /**
     * The machine has failed and the store is open again: compares and takes over what it holds.
     *
     * @param powerLost whether the device forgot what was not forced; else only the process died
     */
    void reopened(LogStore store, boolean powerLost) {
        PartitionInfo info = info(store);
        assertThat(info.startOffset()).as("start of %s", name).isBetween(trimmed, trimmedAtMost);
        trimmed = info.startOffset();
        trimmedAtMost = trimmed;
        long end = info.endOffset();
        assertThat(end)
                .as("end of %s", name)
                .isBetween(Math.max(powerLost ? synced : written, trimmed), Math.max(values.size(), trimmed));
        Set<Long> found = assertTrue(LogFixture.readAll(store, name, trimmed, 2_000), trimmed);
        for (long offset = trimmed; offset < end; offset++) {
            if (!found.contains(offset)) {
                assertThat(hidden.contains(offset))
                        .as("%s:%d is gone", name, offset)
                        .isTrue();
                deleted.add(offset);
            }
        }
        hidden.clear();
        deleted.removeIf(offset -> offset >= end);
        hidden.addAll(deleted);
        values.subList((int) end, values.size()).clear();
        sent.removeIf(batch -> batch.baseOffset() >= end);
        written = end;
        synced = end;
    }

    /** A repeat of the last batch of each producer is recognized and changes nothing. */
    void assertDuplicatesAreNoticed(LogStore store) {
        for (Sent last : lastOfAll().values()) {
            AppendResult result = LogFixture.await(store.append(
                    name,
                    LogFixture.batch(last.sequence(), last.count(), last.producer(), last.epoch(), last.sequence(), 1),
                    Durability.WRITTEN));
            assertThat(result.duplicate())
                    .as("repeat of %s in %s trimmed to %d", last, name, trimmed)
                    .isTrue();
            assertThat(result.baseOffset()).as("repeat of %s in %s", last, name).isEqualTo(last.baseOffset());
        }
    }

    private PartitionInfo info(LogStore store) {
        return LogFixture.await(store.describePartition(name));
    }

    private Set<Long> assertTrue(List<ReceivedMessage> messages, long start) {
        Set<Long> found = new HashSet<>();
        long before = start - 1;
        for (ReceivedMessage message : messages) {
            long offset = message.id().offset();
            assertThat(offset).as("order in %s", name).isGreaterThan(before);
            before = offset;
            found.add(offset);
            assertThat(deleted.contains(offset))
                    .as("%s:%d was deleted", name, offset)
                    .isFalse();
            assertThat(LogFixture.value(message))
                    .as("value of %s:%d", name, offset)
                    .isEqualTo(values.get((int) offset));
        }
        return found;
    }
}
