package io.portask.queue;

import io.portask.record.Header;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * When a queue group may deliver a message, as its headers say:
 *
 * <ul>
 *   <li>{@value #DELIVER_AT}: not before this time, in milliseconds since 1970 UTC or as in {@code 2026-11-25T10:00:00Z};
 *   <li>{@value #DELAY}: not before so many milliseconds after the message's timestamp;
 *   <li>{@value #TTL}: not later than so many milliseconds, 1 or more, after the message's timestamp.
 * </ul>
 *
 * Numbers are decimal digits in ASCII. Where both of the first two are given, the later time counts; of a header that is repeated,
 * the last. A message with a header that cannot be read is delivered at once and does not expire; {@link #defect()} says why.
 *
 * @param dueMs when it may be delivered first, in ms since 1970 UTC; 0 for at once
 * @param expiresAtMs from when on it is not delivered; {@link QueuePartition#NEVER} for never
 * @param defect what is wrong with the headers, for a person; null if nothing is
 */
public record MessageTimes(
        long dueMs, long expiresAtMs, @Nullable String defect) {
    public static final String DELIVER_AT = "portask-deliver-at";
    public static final String DELAY = "portask-delay";
    public static final String TTL = "portask-ttl";

    /** Of a message without such headers. */
    public static final MessageTimes NONE = new MessageTimes(0, QueuePartition.NEVER, null);

    private static final int MAX_DIGITS = 18;
    private static final int MAX_SHOWN = 40;

    /** @param timestampMs of the message */
    public static MessageTimes of(List<Header> headers, long timestampMs) {
        long deliverAt = 0;
        long delayed = 0;
        long expiresAt = QueuePartition.NEVER;
        for (int i = 0; i < headers.size(); i++) {
            Header header = headers.get(i);
            try {
                switch (header.name()) {
                    case DELIVER_AT -> deliverAt = time(text(header));
                    case DELAY -> delayed = saturatedSum(timestampMs, number(text(header)));
                    case TTL -> expiresAt = saturatedSum(timestampMs, positive(number(text(header))));
                    default -> {}
                }
            } catch (IllegalArgumentException | DateTimeException | ArithmeticException e) {
                return new MessageTimes(0, QueuePartition.NEVER, defect(header));
            }
        }
        return deliverAt == 0 && delayed == 0 && expiresAt == QueuePartition.NEVER
                ? NONE
                : new MessageTimes(Math.max(deliverAt, delayed), expiresAt, null);
    }

    private static long time(String text) {
        return text.indexOf('T') < 0
                ? number(text)
                : Math.max(0, Instant.parse(text).toEpochMilli());
    }

    private static long number(String text) {
        if (text.isEmpty() || text.length() > MAX_DIGITS || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new IllegalArgumentException(text);
        }
        return Long.parseLong(text);
    }

    private static long positive(long number) {
        if (number == 0) {
            throw new IllegalArgumentException("0");
        }
        return number;
    }

    private static long saturatedSum(long base, long more) {
        return Math.max(base, 0) > QueuePartition.NEVER - 1 - more
                ? QueuePartition.NEVER - 1
                : Math.max(base, 0) + more;
    }

    private static String text(Header header) {
        byte[] value = header.value();
        return value == null ? "" : new String(value, StandardCharsets.UTF_8);
    }

    private static String defect(Header header) {
        String text = text(header);
        String shown = text.length() > MAX_SHOWN ? text.substring(0, MAX_SHOWN) + "…" : text;
        String expected = header.name().equals(DELIVER_AT)
                ? "a time as milliseconds since 1970 or like 2026-11-25T10:00:00Z"
                : "a number of milliseconds";
        return "Header " + header.name() + " is not " + expected + ": "
                + shown.codePoints()
                        .collect(
                                StringBuilder::new,
                                (out, c) -> out.appendCodePoint(Character.isISOControl(c) ? '?' : c),
                                StringBuilder::append);
    }
}
