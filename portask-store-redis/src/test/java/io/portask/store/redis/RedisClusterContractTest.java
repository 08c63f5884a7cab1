package io.portask.store.redis;

import io.portask.store.MessageStore;
import io.portask.store.contract.DurableMessageStoreContract;
import org.junit.jupiter.api.BeforeAll;

class RedisClusterContractTest extends DurableMessageStoreContract {
    private String prefix = "";

    @BeforeAll
    static void assumeModern() {
        RedisVariants.assumeModern(RedisClusterContractTest.class);
    }

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
        return TestRedis.store(RedisCluster.shared().uri(), prefix);
    }
}
