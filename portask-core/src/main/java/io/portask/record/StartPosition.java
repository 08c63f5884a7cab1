package io.portask.record;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.regex.Pattern;

/**
 * Where reading starts in a partition.
 *
 * @param kind what the position is measured by
 * @param value the offset for {@link Kind#OFFSET}, milliseconds since 1970 UTC for {@link Kind#TIMESTAMP}, else 0
 */
public record StartPosition(Kind kind, long value) {
    private static final Pattern OFFSET_DIGITS = Pattern.compile("\\d{1,18}");

    /** The numbers are those of the wire. */
    public enum Kind {
        /** The oldest message kept. */
        EARLIEST(0),
        /** Only what is published from now on. */
        LATEST(1),
        OFFSET(2),
        /** The first message with this timestamp or a later one; the end if there is none. */
        TIMESTAMP(3),
        /** Where the named consumer committed; the oldest message kept if it never did. */
        COMMITTED(4);

        private final byte code;

        Kind(int code) {
            this.code = (byte) code;
        }

        public byte code() {
            return code;
        }
    }

    public static StartPosition earliest() {
        return new StartPosition(Kind.EARLIEST, 0);
    }

    public static StartPosition latest() {
        return new StartPosition(Kind.LATEST, 0);
    }

    public static StartPosition offset(long offset) {
        return new StartPosition(Kind.OFFSET, offset);
    }

    public static StartPosition timestamp(long epochMs) {
        return new StartPosition(Kind.TIMESTAMP, epochMs);
    }

    public static StartPosition committed() {
        return new StartPosition(Kind.COMMITTED, 0);
    }

    /**
     * Reads what people write: {@code earliest}, {@code latest}, {@code committed}, an offset, or a time with zone such as {@code
     * 2026-11-24T08:00:00Z}.
     *
     * @throws PortaskException {@link ErrorCode#INVALID_REQUEST} for anything else
     */
    public static StartPosition parse(String text) {
        return switch (text) {
            case "earliest" -> earliest();
            case "latest" -> latest();
            case "committed" -> committed();
            default -> OFFSET_DIGITS.matcher(text).matches() ? offset(Long.parseLong(text)) : time(text);
        };
    }

    private static StartPosition time(String text) {
        try {
            return timestamp(OffsetDateTime.parse(text).toInstant().toEpochMilli());
        } catch (DateTimeParseException e) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST,
                    "'" + text
                            + "' is no position; allowed are earliest, latest, committed, an offset, or a time with zone"
                            + " such as 2026-11-24T08:00:00Z",
                    e);
        }
    }
}
