package io.portask.store.redis;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.store.MessageStore;
import io.portask.store.StoreContext;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * The Redis that all tests share which need no special one: that of {@code PORTASK_TEST_REDIS}, a container where Docker runs,
 * or a process that ends with the tests. Each test has keys of its own.
 */
final class TestRedis {
    private static final AtomicInteger PREFIXES = new AtomicInteger();
    private static final String RUN = "t" + ProcessHandle.current().pid() + "-" + System.nanoTime() + "-";

    private TestRedis() {}

    private static final class Shared {
        static final String URI = uri();

        private static String uri() {
            String given = System.getenv("PORTASK_TEST_REDIS");
            if (given != null && !given.isEmpty()) {
                return given;
            }
            if (ContainerRedis.isAvailable()) {
                return ContainerRedis.start("redis:7");
            }
            return sharedProcess().uri();
        }
    }

    private static final class SharedProcess {
        static final RedisProcess PROCESS = start();

        private static RedisProcess start() {
            try {
                Path directory = Files.createTempDirectory("portask-redis");
                RedisProcess process = RedisProcess.start(directory);
                endWithTests(process::close, directory);
                return process;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** A process on this machine that all tests share which pause theirs, and let it go on; it ends with them. */
    static RedisProcess sharedProcess() {
        return SharedProcess.PROCESS;
    }

    /** Ends servers after all tests, and removes what they left. */
    static void endWithTests(Runnable end, Path directory) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            end.run();
            try (Stream<Path> files = Files.walk(directory)) {
                files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }));
    }

    static String sharedUri() {
        return Shared.URI;
    }

    static String newPrefix() {
        return RUN + PREFIXES.incrementAndGet() + ":";
    }

    /** A store that is not started. */
    static RedisStore store(String uri, String keyPrefix, Clock clock) {
        return store(uri, keyPrefix, new SimpleMeterRegistry(), clock);
    }

    /** A store that is not started. */
    static RedisStore store(String uri, String keyPrefix, MeterRegistry meters, Clock clock) {
        int hash = uri.indexOf('#');
        String fragment = hash < 0 ? "" : uri.substring(hash);
        String rest = hash < 0 ? uri : uri.substring(0, hash);
        char separator = rest.indexOf('?') < 0 ? '?' : '&';
        MessageStore store = new RedisStoreProvider()
                .create(
                        URI.create(rest + separator + "keyPrefix=" + keyPrefix + fragment),
                        new StoreContext(meters, clock));
        return (RedisStore) store;
    }

    static RedisStore store(String uri, String keyPrefix) {
        return store(uri, keyPrefix, Clock.systemUTC());
    }
}
