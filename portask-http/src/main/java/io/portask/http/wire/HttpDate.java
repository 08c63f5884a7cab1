package io.portask.http.wire;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The line with the field Date, made once a second. Any thread. */
final class HttpDate {
    private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private static volatile HttpDate last = new HttpDate(0);

    private final long second;
    private final byte[] line;

    private HttpDate(long second) {
        this.second = second;
        line = ("Date: " + FORMAT.format(Instant.ofEpochSecond(second)) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] line(long nowMs) {
        HttpDate known = last;
        long second = Math.floorDiv(nowMs, 1000L);
        if (known.second != second) {
            known = new HttpDate(second);
            last = known;
        }
        return known.line;
    }
}
