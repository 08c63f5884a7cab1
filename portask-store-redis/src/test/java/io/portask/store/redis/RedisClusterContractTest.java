package io.portask.store.redis;

import org.junit.jupiter.api.BeforeAll;

class RedisClusterContractTest extends RedisContract {

    @BeforeAll
    static void assumeModern() {
        RedisVariants.assumeModern(RedisClusterContractTest.class);
    }

    @Override
    String uri() {
        return RedisCluster.shared().uri() + "?readFrom=replica";
    }
}
