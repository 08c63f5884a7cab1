package io.portask.store.redis;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

class RedisSentinelContractTest extends RedisContract {
    private static final int PATIENT_MS = 30_000;
    private static RedisSentinels sentinels;

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
    String uri() {
        return sentinels.uri("minReplicas=1&readFrom=replica");
    }
}
