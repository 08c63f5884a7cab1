package io.portask.error;

/**
 * Every way in which Portask refuses or fails, with a number that never changes its meaning.
 *
 * <p>{@link #retriable()} says that the same request may succeed later without being changed. {@link #fatal()} says that
 * the connection on which it happened cannot go on and is closed after the error was told to the peer.
 */
public enum ErrorCode {
    /** A defect of ours. The text names it; the log holds the cause. */
    INTERNAL_ERROR(1, false, false),
    /** A request whose fields do not fit its own layout or limits. */
    INVALID_REQUEST(2, false, false),
    UNKNOWN_TOPIC(3, false, false),
    UNKNOWN_PARTITION(4, false, false),
    /** The text says the valid range. */
    OFFSET_OUT_OF_RANGE(5, false, false),
    TOPIC_EXISTS(6, false, false),
    INVALID_TOPIC_NAME(7, false, false),
    /** A record batch whose checksum, counts or lengths do not agree with its bytes. Nothing of it was stored. */
    CORRUPT_BATCH(8, false, false),
    BATCH_TOO_LARGE(9, false, false),
    /** The store cannot reach the durability that the publish asked for. Nothing was stored. */
    DURABILITY_UNAVAILABLE(10, false, false),
    /** An idempotent producer left a gap in its sequence numbers. Nothing was stored. */
    OUT_OF_ORDER_SEQUENCE(11, false, false),
    /** A newer epoch of the same producer has published. */
    PRODUCER_FENCED(12, false, false),
    /** The store cannot be reached now. */
    STORE_UNAVAILABLE(13, true, false),
    /** Reading or writing the store failed. Whether an append was stored is unknown. */
    STORE_IO_ERROR(14, false, false),
    /** After a failed force nothing more is accepted by the partition until a restart; reads go on. */
    PARTITION_READ_ONLY(15, false, false),
    DISK_FULL(16, true, false),
    /** Another process, or another store of this one, holds the data directory. */
    STORE_LOCKED(17, false, false),
    /** Stored bytes are damaged. They are not served. */
    CORRUPT_STORE(18, false, false),
    TIMEOUT(19, true, false),
    /** A bound was reached (memory, queue, subscriptions, topics); the text says which. */
    OVERLOADED(20, true, false),
    /** The broker, client or connection was closed by its owner, or is closing. */
    CLOSED(21, false, false),
    INVALID_CONFIGURATION(22, false, false),
    ADDRESS_UNAVAILABLE(23, false, false),
    /** The peer went away. The client reconnects; what was not acknowledged is sent again when it is safe. */
    CONNECTION_LOST(24, true, true),
    UNSUPPORTED_OPERATION(25, false, false),
    UNKNOWN_SUBSCRIPTION(26, false, false),
    /** The calling thread was interrupted while it waited; what it waited for may still happen. */
    INTERRUPTED(27, true, false),
    /** The group has no such member: it left, was silent for too long, or never was. It may join under a new id. */
    UNKNOWN_MEMBER(28, false, false),
    /** Another member came to the group with the same instance id. This one does not come back. */
    MEMBER_FENCED(29, false, false),
    /** The member does not own the partition in the generation of its request. Nothing was committed. */
    STALE_GENERATION(30, false, false),
    /** The group shares out whole partitions, and the request is for one that shares out messages, or the other way around. */
    GROUP_MODE_MISMATCH(31, false, false),

    /** The first bytes belong to no protocol that this port speaks. */
    UNKNOWN_PROTOCOL(40, false, true),
    BAD_MAGIC(41, false, true),
    UNSUPPORTED_VERSION(42, false, true),
    /** The frame header is damaged, so its length cannot be believed. */
    BAD_HEADER_CHECKSUM(43, false, true),
    /** The payload was damaged on its way; the header was not, so the connection goes on. */
    BAD_PAYLOAD_CHECKSUM(44, true, false),
    FRAME_TOO_LARGE(45, false, true),
    UNKNOWN_FRAME_TYPE(46, false, false),
    UNKNOWN_FLAGS(47, false, true),
    /** A compressed payload that is damaged, hides its size, or would inflate beyond the frame limit. */
    BAD_COMPRESSION(48, false, true),
    UNKNOWN_KEY(49, false, true),
    DECRYPTION_FAILED(50, false, true),
    ENCRYPTION_REQUIRED(51, false, true),
    HELLO_REQUIRED(52, false, true),
    AUTHENTICATION_FAILED(53, false, true),
    TOO_MANY_CONNECTIONS(54, true, true),
    IDLE_TIMEOUT(55, true, true),
    /** The peer does not take what it asked for. */
    SLOW_PEER(56, true, true),
    SHUTTING_DOWN(57, true, true);

    private static final ErrorCode[] BY_NUMBER = new ErrorCode[64];

    static {
        for (ErrorCode code : values()) {
            BY_NUMBER[code.number] = code;
        }
    }

    private final short number;
    private final boolean retriable;
    private final boolean fatal;

    ErrorCode(int number, boolean retriable, boolean fatal) {
        this.number = (short) number;
        this.retriable = retriable;
        this.fatal = fatal;
    }

    /** The stable number, 1 to 63. */
    public short number() {
        return number;
    }

    public boolean retriable() {
        return retriable;
    }

    public boolean fatal() {
        return fatal;
    }

    /** The code of a number; {@link #INTERNAL_ERROR} for a number that this version does not know. */
    public static ErrorCode of(int number) {
        ErrorCode code = number > 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
        return code == null ? INTERNAL_ERROR : code;
    }
}
