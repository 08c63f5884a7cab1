package io.portask.group;

import io.portask.record.TopicPartition;
import org.jspecify.annotations.Nullable;

/** A partition within a group: who is to own it, and who holds it. */
final class Slot {
    final TopicPartition partition;

    /** Who is to own it in this generation; null where nobody subscribes to the topic. */
    @Nullable
    Member target;

    /** Who owns it now, or has not confirmed yet that it gave it up. Nobody else may commit. */
    @Nullable
    Member holder;

    /** The generation in which the holder got it. */
    long grantedIn;

    /** The first revision of the holder's assignment without it; 0 while the holder may own it. */
    long revokedIn;

    /** Until when the holder has to confirm that it gave it up. */
    long handoverDeadlineMs;

    Slot(TopicPartition partition) {
        this.partition = partition;
    }

    boolean isRevoked() {
        return revokedIn != 0;
    }
}
