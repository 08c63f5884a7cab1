package io.portask.store;

import java.net.URI;

/** Makes stores from URIs; found by {@link java.util.ServiceLoader}. */
public interface MessageStoreProvider {
    /** Whether this provider is the one for a URI scheme, such as {@code file}. */
    boolean supports(String scheme);

    /**
     * A store that is not started yet. Touches nothing outside the process.
     *
     * @throws io.portask.error.PortaskException {@link io.portask.error.ErrorCode#INVALID_CONFIGURATION} for a URI that
     *     it cannot follow
     */
    MessageStore create(URI uri, StoreContext context);
}
