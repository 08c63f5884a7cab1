package io.portask.record;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;

/** How the records of a batch are compressed. The numbers are those of the batch's attributes. */
public enum Compression {
    NONE(0),
    ZSTD(4);

    private static final String[] KAFKA_NAMES = {"none", "gzip", "snappy", "lz4", "zstd"};

    private final int code;

    Compression(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /**
     * The compression of a number in a batch's attributes.
     *
     * @throws PortaskException {@link ErrorCode#UNSUPPORTED_OPERATION} for one that only Kafka knows, {@link
     *     ErrorCode#CORRUPT_BATCH} for one that nobody knows
     */
    public static Compression of(int code) {
        if (code == NONE.code) {
            return NONE;
        }
        if (code == ZSTD.code) {
            return ZSTD;
        }
        if (code > 0 && code < KAFKA_NAMES.length) {
            throw new PortaskException(
                    ErrorCode.UNSUPPORTED_OPERATION,
                    "Batches compressed with " + KAFKA_NAMES[code] + " are not supported. Use zstd or none");
        }
        throw RecordBatch.corrupt("compression " + code + " does not exist");
    }
}
