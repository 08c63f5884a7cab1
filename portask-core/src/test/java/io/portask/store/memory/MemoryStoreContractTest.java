package io.portask.store.memory;

import io.portask.store.MessageStore;
import io.portask.store.contract.MessageStoreContract;

class MemoryStoreContractTest extends MessageStoreContract {
    @Override
    protected MessageStore create() {
        return new MemoryStore(Long.MAX_VALUE);
    }
}
