package io.portask.queue;

/** What happened in one partition of a queue group since it was opened, for metrics. */
public final class QueueCounters {
    private long delivered;
    private long redelivered;
    private long acknowledged;
    private long timedOut;
    private long expired;
    private long deadLettered;
    private long discarded;

    /** Deliveries, first and repeated ones. */
    public long delivered() {
        return delivered;
    }

    /** Deliveries beyond the first of a message, as far as failed deliveries are remembered. */
    public long redelivered() {
        return redelivered;
    }

    public long acknowledged() {
        return acknowledged;
    }

    /** Deliveries that were taken back because their ack timeout ran out. */
    public long timedOut() {
        return timedOut;
    }

    /** Messages that outlived their time to live, also those that went to the dead-letter topic for it. */
    public long expired() {
        return expired;
    }

    /** Messages whose copy reached the dead-letter topic. */
    public long deadLettered() {
        return deadLettered;
    }

    /** Messages given up where there is no dead-letter topic. */
    public long discarded() {
        return discarded;
    }

    void onDelivery(int attempt) {
        delivered++;
        if (attempt > 1) {
            redelivered++;
        }
    }

    void onAck() {
        acknowledged++;
    }

    void onTimeout() {
        timedOut++;
    }

    void onExpiry() {
        expired++;
    }

    void onDeadLetter() {
        deadLettered++;
    }

    void onDiscard() {
        discarded++;
    }
}
