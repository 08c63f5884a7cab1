package io.portask.http;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.exchange.HttpLimits;
import java.util.Collection;
import java.util.List;

/**
 * How HTTP is spoken.
 *
 * @param limits bounds and timeouts of each connection
 * @param corsOrigins the origins whose pages may call, such as {@code https://app.example}, or {@code *} for all; default none
 * @param gzipMinBytes responses of at least so many bytes are compressed for clients that accept it, 0 for never or 256 B to
 *     1 GiB; default 8 KiB
 */
public record HttpConfig(HttpLimits limits, List<String> corsOrigins, int gzipMinBytes) {
    /** @throws PortaskException {@link ErrorCode#INVALID_CONFIGURATION}, naming the key, the value and what is allowed */
    public HttpConfig {
        corsOrigins = List.copyOf(corsOrigins);
        for (String origin : corsOrigins) {
            if (!origin.equals("*") && !origin.matches("https?://[A-Za-z0-9.\\-\\[\\]:]+")) {
                throw new PortaskException(
                        ErrorCode.INVALID_CONFIGURATION,
                        "corsOrigins has \"" + origin
                                + "\"; allowed is * or origins such as https://app.example:8443, without a path");
            }
        }
        if (gzipMinBytes != 0 && (gzipMinBytes < 256 || gzipMinBytes > 1 << 30)) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION,
                    "gzipMinBytes is " + gzipMinBytes + "; allowed is 0 or 256 to " + (1 << 30));
        }
    }

    public static HttpConfig defaults() {
        return builder().build();
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Collects settings; {@link #build()} checks them. */
    public static final class Builder {
        private HttpLimits limits = HttpLimits.defaults();
        private List<String> corsOrigins = List.of();
        private int gzipMinBytes = 8 << 10;

        private Builder() {}

        public Builder limits(HttpLimits bounds) {
            limits = bounds;
            return this;
        }

        public Builder corsOrigins(Collection<String> origins) {
            corsOrigins = List.copyOf(origins);
            return this;
        }

        public Builder gzipMinBytes(int bytes) {
            gzipMinBytes = bytes;
            return this;
        }

        public HttpConfig build() {
            return new HttpConfig(limits, corsOrigins, gzipMinBytes);
        }
    }
}
