package io.portask.record;

/**
 * Chooses a partition by a key's murmur2 hash (Austin Appleby, 32 bits), with the seed and sign rule of Kafka's default
 * partitioner, so that both send the same key to the same partition.
 */
public final class KeyPartitioner {
    private static final int SEED = 0x9747b28c;
    private static final int M = 0x5bd1e995;
    private static final int R = 24;

    private KeyPartitioner() {}

    /** A partition from 0 to {@code partitions - 1}. */
    public static int partition(byte[] key, int partitions) {
        return partition(key, 0, key.length, partitions);
    }

    /** As {@link #partition(byte[], int)}, for a key within an array. */
    public static int partition(byte[] bytes, int offset, int length, int partitions) {
        return (murmur2(bytes, offset, length) & Integer.MAX_VALUE) % partitions;
    }

    static int murmur2(byte[] bytes, int offset, int length) {
        int hash = SEED ^ length;
        int at = offset;
        for (int words = length >>> 2; words > 0; words--, at += Integer.BYTES) {
            int k = (bytes[at] & 0xFF)
                    | (bytes[at + 1] & 0xFF) << 8
                    | (bytes[at + 2] & 0xFF) << 16
                    | bytes[at + 3] << 24;
            k *= M;
            k ^= k >>> R;
            hash = (hash * M) ^ (k * M);
        }
        int left = length & 3;
        if (left > 0) {
            for (int i = left - 1; i >= 0; i--) {
                hash ^= (bytes[at + i] & 0xFF) << (i * Byte.SIZE);
            }
            hash *= M;
        }
        hash ^= hash >>> 13;
        hash *= M;
        return hash ^ (hash >>> 15);
    }
}
