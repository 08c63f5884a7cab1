package io.portask.record;

/** Chooses a partition by a message's key: murmur2, as Kafka's producers do, so that both send a key to the same place. */
public final class KeyPartitioner {
    private static final int SEED = 0x9747b28c;
    private static final int M = 0x5bd1e995;
    private static final int R = 24;

    private KeyPartitioner() {}

    public static int partition(byte[] key, int partitions) {
        return (murmur2(key) & Integer.MAX_VALUE) % partitions;
    }

    /** Austin Appleby's MurmurHash2, 32 bits, with Kafka's seed. */
    static int murmur2(byte[] data) {
        int length = data.length;
        int hash = SEED ^ length;
        int whole = length & ~3;
        for (int i = 0; i < whole; i += 4) {
            int k = (data[i] & 0xFF)
                    | (data[i + 1] & 0xFF) << 8
                    | (data[i + 2] & 0xFF) << 16
                    | (data[i + 3] & 0xFF) << 24;
            k *= M;
            k ^= k >>> R;
            k *= M;
            hash *= M;
            hash ^= k;
        }
        if (length > whole) {
            for (int i = length - 1; i >= whole; i--) {
                hash ^= (data[i] & 0xFF) << (8 * (i - whole));
            }
            hash *= M;
        }
        hash ^= hash >>> 13;
        hash *= M;
        hash ^= hash >>> 15;
        return hash;
    }
}
