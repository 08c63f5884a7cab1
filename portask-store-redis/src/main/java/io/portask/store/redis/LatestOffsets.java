package io.portask.store.redis;

import io.portask.record.RecordReader;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.Map;

/**
 * The latest offset of each key in a range of a partition, for a bounded number of keys. Of a key only 16 bytes of its SHA-256 are
 * held, so that memory does not depend on how long keys are; that two keys share them does not happen. One thread.
 */
final class LatestOffsets {
    static final long NONE = -1;

    private final int maxKeys;
    private final Map<Digest, Long> offsets = new HashMap<>();
    private final MessageDigest sha256;

    private record Digest(long high, long low) {}

    LatestOffsets(int maxKeys) {
        this.maxKeys = maxKeys;
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
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
        Digest digest = digest(record);
        boolean fits = offsets.size() < maxKeys || offsets.containsKey(digest);
        if (fits) {
            offsets.put(digest, record.offset());
        }
        return fits;
    }

    /** The latest offset of the record's key, or {@link #NONE}. */
    long latest(RecordReader record) {
        return offsets.isEmpty() ? NONE : offsets.getOrDefault(digest(record), NONE);
    }

    private Digest digest(RecordReader record) {
        ByteBuffer key = record.key();
        if (key != null) {
            sha256.update(key);
        }
        ByteBuffer hash = ByteBuffer.wrap(sha256.digest());
        return new Digest(hash.getLong(), hash.getLong());
    }
}
