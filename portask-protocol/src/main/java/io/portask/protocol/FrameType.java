package io.portask.protocol;

import org.jspecify.annotations.Nullable;

/** What a frame is about. The numbers are those of the wire. */
public enum FrameType {
    PUBLISH(1),
    SUBSCRIBE(2),
    FETCH(3),
    ACK(4),
    HEARTBEAT(5),
    ERROR(6),
    HELLO(7),
    DELIVER(8),
    UNSUBSCRIBE(9),
    TOPICS(10),
    CREDIT(11),
    OFFSETS(12),
    SCRUB(13),
    JOIN(14),
    ASSIGNMENT(15),
    MEMBER(16),
    LEAVE(17),
    WORK(18),
    SETTLE(19),
    GROUPS(20);

    private static final @Nullable FrameType[] BY_CODE = new @Nullable FrameType[21];

    static {
        for (FrameType type : values()) {
            BY_CODE[type.code] = type;
        }
    }

    private final byte code;

    FrameType(int code) {
        this.code = (byte) code;
    }

    public byte code() {
        return code;
    }

    /** Null for a number that this version does not know. */
    public static @Nullable FrameType of(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    }
}
