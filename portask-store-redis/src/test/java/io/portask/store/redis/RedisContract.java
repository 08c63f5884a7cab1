package io.portask.store.redis;

import io.portask.store.MessageStore;
import io.portask.store.contract.DurableMessageStoreContract;

/** The contract on some Redis; each test has keys of its own there. */
abstract class RedisContract extends DurableMessageStoreContract {
    private String prefix = "";

    /** Where the stores connect to. */
    abstract String uri();

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
        return TestRedis.store(uri(), prefix);
    }
}
