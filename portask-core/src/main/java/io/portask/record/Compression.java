package io.portask.record;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;

/** How the records of a batch are packed. The codes are those of the record batch's attributes. */
public enum Compression {
    NONE(0),
    ZSTD(4);

    private final int code;

    Compression(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** @throws PortaskException {@link ErrorCode#UNSUPPORTED_OPERATION} for a code that is Kafka's but not ours, or nobody's */
    public static Compression of(int code) {
        return switch (code) {
            case 0 -> NONE;
            case 4 -> ZSTD;
            default ->
                throw new PortaskException(
                        ErrorCode.UNSUPPORTED_OPERATION,
                        "Record batches are compressed with zstd or not at all, not with "
                                + switch (code) {
                                    case 1 -> "gzip";
                                    case 2 -> "snappy";
                                    case 3 -> "lz4";
                                    default -> "number " + code;
                                });
        };
    }
}
