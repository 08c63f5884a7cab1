package io.portask.store.memory;

import io.portask.store.MessageStore;
import io.portask.store.contract.MessageStoreContract;
import java.time.Clock;

class MemoryStoreContractTest extends MessageStoreContract {
    @Override
    protected MessageStore create() {
        return new MemoryStore(Long.MAX_VALUE, Clock.systemUTC());
    }

    @Override
    protected void housekeep(MessageStore store) {
        ((MemoryStore) store).enforceRetention();
    }
}
