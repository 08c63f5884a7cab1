package io.portask.launcher;

import io.portask.record.Durability;

/** The values of {@code --ack}, in the words of the command line. */
enum AckLevel {
    NONE(Durability.NONE),
    WRITTEN(Durability.WRITTEN),
    SYNCED(Durability.SYNCED);

    private final Durability durability;

    AckLevel(Durability durability) {
        this.durability = durability;
    }

    Durability durability() {
        return durability;
    }
}
