package io.portask.store.redis;

import io.portask.record.Durability;
import io.portask.store.MessageStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/** Which kinds of Redis the tests can have on this machine. */
final class RedisVariants {
    private static final int NEEDED = 7;
    private static final Pattern VERSION = Pattern.compile("v=((\\d+)\\.[0-9.]+)");

    private RedisVariants() {}

    private static final class Found {
        static final String VERSION_OUTPUT = versionOutput();

        private static String versionOutput() {
            try {
                Path binary = RedisProcess.binary();
                Process process = new ProcessBuilder(binary.toString(), "--version").start();
                return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** Aborts a test class, not silently, where the machine has no Redis that is new enough. */
    static void assumeModern(Class<?> tests) {
        Matcher version = VERSION.matcher(Found.VERSION_OUTPUT);
        boolean found = version.find();
        boolean modern = found && Integer.parseInt(version.group(2)) >= NEEDED;
        String line = tests.getSimpleName() + (modern ? " runs" : " does NOT run") + " with redis-server "
                + (found ? version.group(1) : "of unknown version")
                + (modern ? "" : ": it needs " + NEEDED + " or later on PATH");
        System.err.println(line);
        Assumptions.assumeTrue(modern, line);
    }

    /** Aborts a test, not silently, where no append is {@code SYNCED}. */
    static void assumeSyncs(MessageStore store) {
        Durability most = store.capabilities().maxDurability();
        String line = store.health().text() + " reaches " + most
                + (most == Durability.SYNCED ? "" : ": the test does NOT run, as it needs WAITAOF");
        System.err.println(line);
        Assumptions.assumeTrue(most == Durability.SYNCED, line);
    }
}
