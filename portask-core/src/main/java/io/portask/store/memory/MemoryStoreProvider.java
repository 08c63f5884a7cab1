package io.portask.store.memory;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.store.MessageStore;
import io.portask.store.MessageStoreProvider;
import io.portask.store.StoreContext;
import java.net.URI;

/**
 * Makes memory stores from {@code memory:} and {@code memory:?maxBytes=N}. Beyond {@code maxBytes} of stored batches (all topics
 * together; unlimited unless given) publishing fails with {@link ErrorCode#OVERLOADED}.
 */
public final class MemoryStoreProvider implements MessageStoreProvider {
    private static final String MAX_BYTES = "maxBytes=";

    @Override
    public boolean supports(String scheme) {
        return scheme.equals("memory");
    }

    @Override
    public MessageStore create(URI uri, StoreContext context) {
        String rest = uri.getSchemeSpecificPart().replaceFirst("^/+", "");
        String query = rest.startsWith("?") ? rest.substring(1) : rest;
        if (query.isEmpty()) {
            return new MemoryStore(Long.MAX_VALUE);
        }
        if (rest.startsWith("?" + MAX_BYTES)) {
            try {
                long maxBytes = Long.parseLong(query.substring(MAX_BYTES.length()));
                if (maxBytes > 0) {
                    return new MemoryStore(maxBytes);
                }
            } catch (NumberFormatException e) {
                throw malformed(uri);
            }
        }
        throw malformed(uri);
    }

    private static PortaskException malformed(URI uri) {
        return new PortaskException(
                ErrorCode.INVALID_CONFIGURATION,
                "A memory store is memory: or memory:?maxBytes=N with N of at least 1, not " + uri);
    }
}
