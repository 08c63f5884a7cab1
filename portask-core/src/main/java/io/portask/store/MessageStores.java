package io.portask.store;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.ServiceLoader;

/** Finds the store that a URI names: {@code memory:}, {@code file:/var/lib/portask}, or what other providers add. */
public final class MessageStores {
    /** Makes a bare scheme such as {@code memory:} a URI; {@link URI} wants something after the colon. */
    private static final String NO_OPTIONS = "?";

    private MessageStores() {}

    /**
     * @return a store that is not started yet
     * @throws PortaskException {@link ErrorCode#INVALID_CONFIGURATION} if the URI is malformed or nobody supports it
     */
    public static MessageStore create(String uri, StoreContext context) {
        URI parsed;
        try {
            parsed = new URI(uri.endsWith(":") ? uri + NO_OPTIONS : uri);
        } catch (URISyntaxException e) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION,
                    "The store URI '" + masked(uri) + "' is malformed: " + e.getReason()
                            + ". Write for example file:./data",
                    masked(uri).equals(uri) ? e : null);
        }
        String scheme = parsed.getScheme();
        if (scheme == null) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION,
                    "The store URI '" + masked(uri) + "' has no scheme. For a directory write file:" + masked(uri));
        }
        String wanted = scheme.toLowerCase(Locale.ROOT);
        for (MessageStoreProvider provider :
                ServiceLoader.load(MessageStoreProvider.class, MessageStores.class.getClassLoader())) {
            if (provider.supports(wanted)) {
                return provider.create(parsed, context);
            }
        }
        throw new PortaskException(
                ErrorCode.INVALID_CONFIGURATION,
                "No store for '" + scheme + ":' on the class path. Known are memory: and file:, and redis: with"
                        + " portask-store-redis");
    }

    /** A store URI for people to read: whatever may be a password in it is hidden. */
    public static String masked(String uri) {
        int at = uri.lastIndexOf('@');
        int from = uri.indexOf("//");
        return at < 0 || uri.startsWith("file:")
                ? uri
                : uri.substring(0, from < 0 || from > at ? 0 : from + 2) + "***" + uri.substring(at);
    }
}
