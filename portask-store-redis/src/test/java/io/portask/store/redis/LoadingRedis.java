package io.portask.store.redis;

import java.io.IOException;
import java.nio.file.Path;

/** A Redis that takes as long to load its data after a kill as a test wants, and answers {@code -LOADING} meanwhile. */
public final class LoadingRedis implements AutoCloseable {
    private static final String DELAY = "key-load-delay";
    private static final String DELAY_US = "1000";
    private static final String KEYS = "30000";

    /** What takes longer to load than any test waits, unless it is told otherwise. */
    private static final String FILL =
            "for i = 1, " + KEYS + " do redis.call('SET', 'filler:' .. i, string.rep('x', 100)) end return 'OK'";

    private final RedisProcess process;

    private LoadingRedis(RedisProcess process) {
        this.process = process;
    }

    /** Aborts the test where the machine has no Redis that can be told to. */
    public static LoadingRedis start(Path directory) throws IOException {
        RedisVariants.assumeModern(LoadingRedis.class);
        RedisProcess process = RedisProcess.start(
                directory,
                "--rdbcompression",
                "no",
                "--loading-process-events-interval-bytes",
                "1024",
                "--" + DELAY,
                DELAY_US);
        return new LoadingRedis(process);
    }

    /** Kills it and starts it again, with what it held; blocks until it answers that it is loading. */
    public void restartLoading() throws IOException, InterruptedException {
        RedisAdmin.tell(process.port(), "EVAL", FILL, "0");
        RedisAdmin.tell(process.port(), "SAVE");
        process.kill();
        process.relaunch();
        process.await("loading", () -> RedisAdmin.answers(process.port(), "LOADING", "PING"));
    }

    /** Blocks until it has loaded all. */
    public void finishLoading() throws IOException {
        RedisAdmin.tell(process.port(), "CONFIG", "SET", DELAY, "0");
        process.await("the end of loading", () -> RedisAdmin.answers(process.port(), "PONG", "PING"));
    }

    public String uri() {
        return process.uri();
    }

    @Override
    public void close() {
        process.close();
    }
}
