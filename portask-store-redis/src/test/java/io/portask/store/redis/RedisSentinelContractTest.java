package io.portask.store.redis;

import io.portask.store.MessageStore;
import io.portask.store.contract.DurableMessageStoreContract;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

class RedisSentinelContractTest extends DurableMessageStoreContract {
    private static final int PATIENT_MS = 30_000;
    private static RedisSentinels sentinels;
    private String prefix = "";

    @BeforeAll
    static void startSentinels(@TempDir Path directory) throws IOException {
        RedisVariants.assumeModern(RedisSentinelContractTest.class);
        sentinels = RedisSentinels.start(directory, PATIENT_MS);
    }

    @AfterAll
    static void closeSentinels() {
        if (sentinels != null) {
            sentinels.close();
        }
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
        return TestRedis.store(sentinels.uri("minReplicas=1"), prefix);
    }
}
