package io.portask.client;

import java.util.Random;

/**
 * What an idempotent producer numbers its batches of one partition with: a producer id, an epoch, and the next sequence number.
 * A store takes a new epoch, and an unknown id, at any sequence. On the loop's thread.
 */
final class ProducerIdentity {
    private final Random random;
    private long producerId;
    private short epoch;
    private int nextSequence;

    ProducerIdentity(Random random, long producerId) {
        this.random = random;
        this.producerId = producerId;
    }

    /** A random positive id of 63 bits. */
    static long newId(Random random) {
        return random.nextLong() & Long.MAX_VALUE;
    }

    void stamp(ProducerBatch batch) {
        batch.stamp(producerId, epoch, nextSequence);
        nextSequence = (nextSequence + batch.count()) & Integer.MAX_VALUE;
    }

    /** The next epoch, which begins with sequence 0. */
    void renew() {
        nextSequence = 0;
        if (epoch == Short.MAX_VALUE) {
            forget();
        } else {
            epoch++;
        }
    }

    /** Somebody else uses the id: takes another one. */
    void forget() {
        producerId = newId(random);
        epoch = 0;
    }
}
