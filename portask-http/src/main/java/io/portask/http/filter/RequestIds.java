package io.portask.http.filter;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** Ids that are unique among processes: a random start of this one, then a number. Any thread. */
public final class RequestIds implements Supplier<String> {
    private final String prefix;
    private final AtomicLong numbers = new AtomicLong();

    public RequestIds() {
        byte[] random = new byte[6];
        new SecureRandom().nextBytes(random);
        prefix = HexFormat.of().formatHex(random) + "-";
    }

    @Override
    public String get() {
        return prefix + Long.toString(numbers.incrementAndGet(), 36);
    }
}
