package io.portask.store.redis;

import io.portask.store.MessageStore;
import io.portask.store.contract.DurableMessageStoreContract;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.condition.EnabledIf;

/** The contract on what speaks Redis's protocol and is no Redis; needs Docker. */
@EnabledIf(
        value = "io.portask.store.redis.ContainerRedis#isAvailable",
        disabledReason = "No Docker runs here: Valkey and Dragonfly are not tested")
class ContainerContractTest {
    private abstract static class Contract extends DurableMessageStoreContract {
        private String prefix = "";

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

    @Nested
    class OnValkey extends Contract {
        private static final class Valkey {
            static final String URI = ContainerRedis.start("valkey/valkey:8");
        }

        @Override
        String uri() {
            return Valkey.URI;
        }
    }

    @Nested
    class OnDragonfly extends Contract {
        private static final class Dragonfly {
            static final String URI = ContainerRedis.start("docker.dragonflydb.io/dragonflydb/dragonfly:latest");
        }

        @Override
        String uri() {
            return Dragonfly.URI;
        }
    }
}
