package io.portask.store.log;

import io.portask.store.MessageStore;
import io.portask.store.MessageStoreProvider;
import io.portask.store.StoreContext;
import java.net.URI;

/** Makes log stores from {@code file:} URIs; {@link LogConfig} says what these may hold. */
public final class LogStoreProvider implements MessageStoreProvider {
    @Override
    public boolean supports(String scheme) {
        return scheme.equals("file");
    }

    @Override
    public MessageStore create(URI uri, StoreContext context) {
        return new LogStore(LogConfig.parse(uri), context);
    }
}
