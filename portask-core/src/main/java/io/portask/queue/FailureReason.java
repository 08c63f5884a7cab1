package io.portask.queue;

import org.jspecify.annotations.Nullable;

/** Why a delivery failed, or a message was given up. The numbers are stored; their meaning never changes. */
public enum FailureReason {
    /** No delivery has failed yet. */
    NONE(0),
    /** The member said that it failed. */
    NACKED(1),
    /** The member neither acknowledged nor extended in time. */
    ACK_TIMEOUT(2),
    /** The member left, or its connection broke, while it held the message. */
    MEMBER_GONE(3),
    /** The member said that no delivery will ever succeed. */
    REJECTED(4),
    /** The message outlived its time to live. */
    EXPIRED(5);

    private static final FailureReason[] BY_NUMBER = values();

    private final byte number;

    FailureReason(int number) {
        this.number = (byte) number;
    }

    byte number() {
        return number;
    }

    /** Null for a number that this version does not know. */
    static @Nullable FailureReason find(int number) {
        return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
    }

    static FailureReason of(byte number) {
        return BY_NUMBER[number];
    }
}
