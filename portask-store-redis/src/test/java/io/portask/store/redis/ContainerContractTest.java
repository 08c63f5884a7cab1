package io.portask.store.redis;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.condition.EnabledIf;

/** The contract on what speaks Redis's protocol and is no Redis; needs Docker. */
@EnabledIf(
        value = "io.portask.store.redis.ContainerRedis#isAvailable",
        disabledReason = "No Docker runs here: Valkey and Dragonfly are not tested")
class ContainerContractTest {
    @Nested
    class OnValkey extends RedisContract {
        private static final class Valkey {
            static final String URI = ContainerRedis.start("valkey/valkey:8");
        }

        @Override
        String uri() {
            return Valkey.URI;
        }
    }

    @Nested
    class OnDragonfly extends RedisContract {
        private static final class Dragonfly {
            static final String URI = ContainerRedis.start("docker.dragonflydb.io/dragonflydb/dragonfly:latest");
        }

        @Override
        String uri() {
            return Dragonfly.URI;
        }
    }
}
