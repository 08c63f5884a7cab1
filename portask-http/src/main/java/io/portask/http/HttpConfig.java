package io.portask.http;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.access.AccessGuard;
import io.portask.http.exchange.HttpLimits;
import java.util.Collection;
import java.util.List;

/**
 * How HTTP is spoken.
 *
 * @param limits bounds and timeouts of each connection
 * @param corsOrigins the origins whose pages may call, such as {@code https://app.example}, or {@code *} for all; default none
 * @param hostNames names by which the server is called over the loopback besides {@code localhost} and addresses; default none
 * @param tokens whoever calls anything but {@code /health} must show one of them, unless there are none; default none
 * @param gzipMinBytes responses of at least so many bytes are compressed for clients that accept it, 0 for never or 256 B to
 *     1 GiB; default 8 KiB
 */
public record HttpConfig(
        HttpLimits limits, List<String> corsOrigins, List<String> hostNames, List<String> tokens, int gzipMinBytes) {
    /** @throws PortaskException {@link ErrorCode#INVALID_CONFIGURATION}, naming the key, the value and what is allowed */
    public HttpConfig {
        corsOrigins = List.copyOf(corsOrigins);
        hostNames = List.copyOf(hostNames);
        tokens = List.copyOf(tokens);
        for (String origin : corsOrigins) {
            if (!origin.equals("*") && !origin.matches("https?://[A-Za-z0-9.\\-\\[\\]:]+")) {
                throw new PortaskException(
                        ErrorCode.INVALID_CONFIGURATION,
                        "corsOrigins has \"" + origin
                                + "\"; allowed is * or origins such as https://app.example:8443, without a path");
            }
        }
        for (String name : hostNames) {
            if (!name.matches("[A-Za-z0-9.\\-]+")) {
                throw new PortaskException(
                        ErrorCode.INVALID_CONFIGURATION,
                        "hostNames has \"" + name + "\"; allowed are names such as broker.example, without a port");
            }
        }
        if (tokens.contains("")) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION, "tokens has an empty one; allowed are those with 1 byte or more");
        }
        if (gzipMinBytes != 0 && (gzipMinBytes < 256 || gzipMinBytes > 1 << 30)) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION,
                    "gzipMinBytes is " + gzipMinBytes + "; allowed is 0 or 256 to " + (1 << 30));
        }
    }

    AccessGuard guard() {
        return new AccessGuard(corsOrigins, hostNames, tokens);
    }

    /** Leaves tokens out. */
    @Override
    public String toString() {
        return "HttpConfig[" + limits + ", corsOrigins " + corsOrigins + ", hostNames " + hostNames + ", tokens "
                + tokens.size() + ", gzipMinBytes " + gzipMinBytes + "]";
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
        private List<String> hostNames = List.of();
        private List<String> tokens = List.of();
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

        public Builder hostNames(Collection<String> names) {
            hostNames = List.copyOf(names);
            return this;
        }

        public Builder tokens(Collection<String> allowed) {
            tokens = List.copyOf(allowed);
            return this;
        }

        public Builder gzipMinBytes(int bytes) {
            gzipMinBytes = bytes;
            return this;
        }

        public HttpConfig build() {
            return new HttpConfig(limits, corsOrigins, hostNames, tokens, gzipMinBytes);
        }
    }
}
