package io.portask.store.log;

import io.portask.record.RecordReader;
import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * The latest offset of each key in a range of a partition, for a bounded number of keys. Of a key only the first 16 bytes of its
 * SHA-256 are held, so that memory does not depend on how long keys are; that two keys share them does not happen. An
 * open-addressing table that grows up to its bound, as Kafka's offset map without growth. One thread.
 */
final class KeyOffsets {
    static final long NONE = -1;

    private static final int FIRST_SLOTS = 1024;
    private static final int HASH_BYTES = 32;

    private final int maxKeys;
    private final MessageDigest digest;
    private final byte[] hash = new byte[HASH_BYTES];
    private final ByteBuffer hashView = ByteBuffer.wrap(hash);

    private long[] high = new long[FIRST_SLOTS];
    private long[] low = new long[FIRST_SLOTS];
    private long[] offsets = new long[FIRST_SLOTS];
    private int size;

    KeyOffsets(int maxKeys) {
        this.maxKeys = maxKeys;
        Arrays.fill(offsets, NONE);
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JVM has SHA-256", e);
        }
    }

    /**
     * Notes a record with a key that comes after all those noted before.
     *
     * @return false, and nothing is noted, if its key is one too many
     */
    boolean put(RecordReader record) {
        hash(record);
        int slot = slot(hashView.getLong(0), hashView.getLong(Long.BYTES));
        if (offsets[slot] == NONE) {
            if (size == maxKeys) {
                return false;
            }
            size++;
            high[slot] = hashView.getLong(0);
            low[slot] = hashView.getLong(Long.BYTES);
        }
        offsets[slot] = record.offset();
        if (size > offsets.length / 2) {
            grow();
        }
        return true;
    }

    /** The latest offset of the record's key, or {@link #NONE}. */
    long latest(RecordReader record) {
        if (size == 0) {
            return NONE;
        }
        hash(record);
        return offsets[slot(hashView.getLong(0), hashView.getLong(Long.BYTES))];
    }

    private void hash(RecordReader record) {
        ByteBuffer key = record.key();
        if (key != null) {
            digest.update(key);
        }
        try {
            digest.digest(hash, 0, HASH_BYTES);
        } catch (DigestException e) {
            throw new IllegalStateException(e);
        }
    }

    private int slot(long wantedHigh, long wantedLow) {
        int mask = offsets.length - 1;
        int slot = (int) wantedLow & mask;
        while (offsets[slot] != NONE && (high[slot] != wantedHigh || low[slot] != wantedLow)) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private void grow() {
        long[] oldHigh = high;
        long[] oldLow = low;
        long[] oldOffsets = offsets;
        int slots = 2 * oldOffsets.length;
        high = new long[slots];
        low = new long[slots];
        offsets = new long[slots];
        Arrays.fill(offsets, NONE);
        for (int i = 0; i < oldOffsets.length; i++) {
            if (oldOffsets[i] != NONE) {
                int slot = slot(oldHigh[i], oldLow[i]);
                high[slot] = oldHigh[i];
                low[slot] = oldLow[i];
                offsets[slot] = oldOffsets[i];
            }
        }
    }
}
