package io.portask.store.redis;

import io.portask.store.MessageStore;
import io.portask.store.contract.DurableMessageStoreContract;
import org.junit.jupiter.api.BeforeAll;

class RedisSentinelContractTest extends DurableMessageStoreContract {
    private String prefix = "";

    @BeforeAll
    static void assumeModern() {
        RedisVariants.assumeModern(RedisSentinelContractTest.class);
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
        return TestRedis.store(RedisSentinels.shared().uri("minReplicas=1"), prefix);
    }
}
