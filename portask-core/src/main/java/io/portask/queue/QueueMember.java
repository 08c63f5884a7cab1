package io.portask.queue;

/** One worker of a queue group, whichever door it came through. Belongs to its {@link QueueMembers}. */
public final class QueueMember {
    private final int id;
    private final int maxInFlight;
    private int inFlight;
    private int wanted;

    QueueMember(int id, int maxInFlight) {
        this.id = id;
        this.maxInFlight = maxInFlight;
    }

    /** Not used again in this group until it is restarted. */
    public int id() {
        return id;
    }

    /** How many messages it holds now, over all partitions. */
    public int inFlight() {
        return inFlight;
    }

    /** How many it may hold. */
    public int window() {
        return maxInFlight;
    }

    /** How many more it may hold. */
    public int room() {
        return maxInFlight - inFlight;
    }

    /** How many messages it asked for and did not get yet. */
    public int wanted() {
        return wanted;
    }

    boolean isHungry() {
        return wanted > 0 && room() > 0;
    }

    void want(int messages) {
        wanted = (int) Math.min(Integer.MAX_VALUE, (long) wanted + messages);
    }

    void wantNothing() {
        wanted = 0;
    }

    void took() {
        inFlight++;
    }

    void served() {
        wanted--;
    }

    void gaveBack() {
        inFlight--;
    }

    @Override
    public String toString() {
        return "member " + id;
    }
}
