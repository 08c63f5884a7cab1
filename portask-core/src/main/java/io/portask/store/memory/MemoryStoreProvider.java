package io.portask.store.memory;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.store.MessageStore;
import io.portask.store.MessageStoreProvider;
import io.portask.store.StoreContext;
import java.net.URI;

/**
 * Opens {@code memory:}, a new and empty store at each call. {@code memory:?maxBytes=268435456} bounds the memory for
 * messages: an append beyond it fails with {@link ErrorCode#OVERLOADED} until something was trimmed or deleted. Memory is
 * taken in chunks, from 4 KiB for a partition's first one up to 1 MiB, and chunks are what is counted.
 */
public final class MemoryStoreProvider implements MessageStoreProvider {
    private static final String SCHEME = "memory";
    private static final String MAX_BYTES = "maxBytes=";

    @Override
    public boolean supports(String scheme) {
        return scheme.equals(SCHEME);
    }

    @Override
    public MessageStore create(URI uri, StoreContext context) {
        String options = uri.getSchemeSpecificPart();
        if (!options.startsWith("?")) {
            throw invalid(uri, "there is nothing to name after the colon");
        }
        return new MemoryStore(
                options.length() == 1 ? Long.MAX_VALUE : maxBytes(uri, options.substring(1)), context.clock());
    }

    private static long maxBytes(URI uri, String option) {
        if (!option.startsWith(MAX_BYTES)) {
            throw invalid(uri, "maxBytes is the only option");
        }
        try {
            long maxBytes = Long.parseLong(option.substring(MAX_BYTES.length()));
            if (maxBytes >= MemoryChunk.MIN_CAPACITY) {
                return maxBytes;
            }
        } catch (NumberFormatException e) {
            throw invalid(uri, "maxBytes is not a number");
        }
        throw invalid(uri, "maxBytes must be at least " + MemoryChunk.MIN_CAPACITY);
    }

    private static PortaskException invalid(URI uri, String why) {
        return new PortaskException(
                ErrorCode.INVALID_CONFIGURATION,
                "The store URI '" + uri + "' is wrong: " + why + ". Write memory: or memory:?maxBytes=268435456");
    }
}
