package io.portask.http.exchange;

import io.portask.error.ErrorCode;

/** The HTTP status of an error, and whether its text is for strangers. */
final class ErrorStatus {
    private ErrorStatus() {}

    static int of(ErrorCode code) {
        return switch (code) {
            case INVALID_REQUEST,
                    INVALID_TOPIC_NAME,
                    INVALID_CONFIGURATION,
                    CORRUPT_BATCH,
                    UNKNOWN_PROTOCOL,
                    BAD_MAGIC,
                    UNSUPPORTED_VERSION,
                    BAD_HEADER_CHECKSUM,
                    BAD_PAYLOAD_CHECKSUM,
                    UNKNOWN_FRAME_TYPE,
                    UNKNOWN_FLAGS,
                    BAD_COMPRESSION,
                    UNKNOWN_KEY,
                    DECRYPTION_FAILED,
                    HELLO_REQUIRED -> 400;
            case AUTHENTICATION_FAILED -> 401;
            case ENCRYPTION_REQUIRED -> 403;
            case UNKNOWN_TOPIC, UNKNOWN_PARTITION, UNKNOWN_SUBSCRIPTION, UNKNOWN_MEMBER -> 404;
            case IDLE_TIMEOUT -> 408;
            case TOPIC_EXISTS,
                    OUT_OF_ORDER_SEQUENCE,
                    PRODUCER_FENCED,
                    MEMBER_FENCED,
                    STALE_GENERATION,
                    GROUP_MODE_MISMATCH -> 409;
            case BATCH_TOO_LARGE, FRAME_TOO_LARGE -> 413;
            case OFFSET_OUT_OF_RANGE -> 416;
            case DURABILITY_UNAVAILABLE -> 422;
            case INTERNAL_ERROR, STORE_IO_ERROR, CORRUPT_STORE, ADDRESS_UNAVAILABLE -> 500;
            case UNSUPPORTED_OPERATION -> 501;
            case STORE_UNAVAILABLE,
                    STORE_LOCKED,
                    PARTITION_READ_ONLY,
                    OVERLOADED,
                    CLOSED,
                    CONNECTION_LOST,
                    INTERRUPTED,
                    TOO_MANY_CONNECTIONS,
                    SLOW_PEER,
                    SHUTTING_DOWN -> 503;
            case TIMEOUT -> 504;
            case DISK_FULL -> 507;
        };
    }

    /** What a client may read of an error with this text. Paths, addresses and causes of ours stay in our log. */
    static String detail(ErrorCode code, String text) {
        return switch (code) {
            case INTERNAL_ERROR -> "The server failed. Its log has the cause.";
            case STORE_IO_ERROR -> "The store failed. Whether anything was stored is unknown.";
            case CORRUPT_STORE -> "Stored bytes are damaged and are not served.";
            case STORE_UNAVAILABLE -> "The store cannot be reached now.";
            case STORE_LOCKED -> "The store is held by another process.";
            case PARTITION_READ_ONLY -> "The partition takes nothing more until the server is restarted.";
            case DISK_FULL -> "The server's disk is full.";
            case ADDRESS_UNAVAILABLE -> "The server cannot use an address.";
            default -> text;
        };
    }
}
