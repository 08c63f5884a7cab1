package io.portask.store.redis;

import java.util.ArrayList;
import java.util.List;

/**
 * Appends that a script takes as one: a single one of an idempotent producer, which is judged by itself, or any number of others in
 * a row. Their small batches lie together in few entries, for each entry costs Redis far more than its bytes.
 */
final class AppendGroup {
    /** Batches are put together up to here. A read of Redis takes whole entries. */
    private static final int MAX_ENTRY_BYTES = 64 << 10;

    /**
     * What becomes an entry: one batch, or some in a row.
     *
     * @param offsets how many they take
     */
    record Entry(long offsets, long newestTimestamp, List<PendingAppend.Batch> batches, int size) {
        byte[] bytes() {
            if (batches.size() == 1) {
                return batches.get(0).bytes;
            }
            byte[] all = new byte[size];
            int at = 0;
            for (PendingAppend.Batch batch : batches) {
                System.arraycopy(batch.bytes, 0, all, at, batch.bytes.length);
                at += batch.bytes.length;
            }
            return all;
        }
    }

    final List<PendingAppend> appends = new ArrayList<>();
    final List<Entry> entries = new ArrayList<>();
    private List<PendingAppend.Batch> open = new ArrayList<>();
    private int openBytes;

    /** The groups of some appends, in their order. */
    static List<AppendGroup> of(List<PendingAppend> appends) {
        List<AppendGroup> groups = new ArrayList<>();
        AppendGroup last = null;
        for (PendingAppend append : appends) {
            if (last == null || append.isNumbered() || last.appends.get(0).isNumbered()) {
                last = new AppendGroup();
                groups.add(last);
            }
            last.add(append);
        }
        groups.forEach(AppendGroup::closeEntry);
        return groups;
    }

    private void add(PendingAppend append) {
        appends.add(append);
        for (PendingAppend.Batch batch : append.batches) {
            if (openBytes + batch.bytes.length > MAX_ENTRY_BYTES) {
                closeEntry();
            }
            open.add(batch);
            openBytes += batch.bytes.length;
        }
    }

    private void closeEntry() {
        if (!open.isEmpty()) {
            long offsets = 0;
            long newest = Long.MIN_VALUE;
            for (PendingAppend.Batch batch : open) {
                offsets += batch.offsets;
                newest = Math.max(newest, batch.newestTimestamp);
            }
            entries.add(new Entry(offsets, newest, open, openBytes));
            open = new ArrayList<>();
            openBytes = 0;
        }
    }

    /** What the script must know of the producer. */
    List<byte[]> producer() {
        return appends.get(0).producer;
    }
}
