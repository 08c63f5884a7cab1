package io.portask.store.redis;

class RedisStoreContractTest extends RedisContract {

    @Override
    String uri() {
        return TestRedis.sharedUri();
    }
}
