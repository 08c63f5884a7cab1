package io.portask.store.redis;

import io.portask.store.MessageStore;
import io.portask.store.contract.DurableMessageStoreContract;

class RedisStoreContractTest extends DurableMessageStoreContract {
    private String prefix = "";

    @Override
    protected MessageStore create() {
        prefix = TestRedis.newPrefix();
        return reopen();
    }

    @Override
    protected void housekeep(MessageStore store) {
        ((RedisStore) store).clean();
    }

    @Override
    protected MessageStore reopen() {
        return TestRedis.store(TestRedis.sharedUri(), prefix);
    }
}
