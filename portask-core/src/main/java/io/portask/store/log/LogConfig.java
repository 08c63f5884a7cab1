package io.portask.store.log;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.store.ProducerSequences;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a log store, as a {@code file:} URI gives them: {@code file:./data}, {@code
 * file:/var/lib/portask?segmentBytes=134217728&syncIntervalMs=20}.
 *
 * @param directory the data directory; a relative one starts at the process's working directory
 * @param segmentBytes the size at which a segment file is closed and the next one begun; a larger batch gets a segment
 *     of its own
 * @param syncIntervalMs how long what was only written may wait for its force
 * @param maxOpenFiles idle files beyond this number are closed until they are used again
 * @param maxProducers the idempotent producers remembered in each partition
 * @param minFreeBytes appends are refused while the file system has less free space than this
 * @param verifyReads when reads check checksums; always unless set, because that alone keeps damage from being served
 * @param cleaning how what topics do not keep is removed
 */
record LogConfig(
        Path directory,
        int segmentBytes,
        int syncIntervalMs,
        int maxOpenFiles,
        int maxProducers,
        long minFreeBytes,
        ReadVerification verifyReads,
        CleaningConfig cleaning) {
    static final long DEFAULT_MIN_FREE_BYTES = 256L << 20;
    static final int DEFAULT_SEGMENT_BYTES = 64 << 20;
    static final int DEFAULT_SYNC_INTERVAL_MS = 50;
    static final int DEFAULT_MAX_OPEN_FILES = 1000;

    static LogConfig of(Path directory) {
        return new LogConfig(
                directory,
                DEFAULT_SEGMENT_BYTES,
                DEFAULT_SYNC_INTERVAL_MS,
                DEFAULT_MAX_OPEN_FILES,
                ProducerSequences.DEFAULT_MAX_PRODUCERS,
                DEFAULT_MIN_FREE_BYTES,
                ReadVerification.ALWAYS,
                CleaningConfig.DEFAULT);
    }

    LogConfig withSegmentBytes(int bytes) {
        return new LogConfig(
                directory, bytes, syncIntervalMs, maxOpenFiles, maxProducers, minFreeBytes, verifyReads, cleaning);
    }

    LogConfig withSyncIntervalMs(int ms) {
        return new LogConfig(
                directory, segmentBytes, ms, maxOpenFiles, maxProducers, minFreeBytes, verifyReads, cleaning);
    }

    LogConfig withMaxOpenFiles(int files) {
        return new LogConfig(
                directory, segmentBytes, syncIntervalMs, files, maxProducers, minFreeBytes, verifyReads, cleaning);
    }

    LogConfig withMaxProducers(int producers) {
        return new LogConfig(
                directory, segmentBytes, syncIntervalMs, maxOpenFiles, producers, minFreeBytes, verifyReads, cleaning);
    }

    LogConfig withMinFreeBytes(long bytes) {
        return new LogConfig(
                directory, segmentBytes, syncIntervalMs, maxOpenFiles, maxProducers, bytes, verifyReads, cleaning);
    }

    LogConfig withVerifyReads(ReadVerification when) {
        return new LogConfig(
                directory, segmentBytes, syncIntervalMs, maxOpenFiles, maxProducers, minFreeBytes, when, cleaning);
    }

    LogConfig withCleaning(CleaningConfig changed) {
        return new LogConfig(
                directory,
                segmentBytes,
                syncIntervalMs,
                maxOpenFiles,
                maxProducers,
                minFreeBytes,
                verifyReads,
                changed);
    }

    static LogConfig parse(URI uri) {
        String host = uri.getRawAuthority();
        if ((host != null && !host.isEmpty()) || uri.getRawFragment() != null) {
            throw invalid(uri, "it must name a directory only. Write for example file:./data or file:/var/lib/portask");
        }
        String rest = uri.getRawSchemeSpecificPart();
        int question = rest.indexOf('?');
        String path = question < 0 ? rest : rest.substring(0, question);
        LogConfig config = of(directory(uri, path.startsWith("//") ? path.substring(2) : path));
        if (question >= 0) {
            for (String parameter : rest.substring(question + 1).split("&", -1)) {
                config = config.with(uri, parameter);
            }
        }
        return config;
    }

    private static Path directory(URI uri, String rawPath) {
        if (rawPath.isEmpty()) {
            throw invalid(uri, "it names no directory. Write for example file:./data");
        }
        try {
            return Path.of(URI.create("file:" + rawPath).getSchemeSpecificPart());
        } catch (InvalidPathException e) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION, "The store URI '" + uri + "' is no path: " + e.getReason(), e);
        }
    }

    private LogConfig with(URI uri, String parameter) {
        int equals = parameter.indexOf('=');
        String name = equals < 0 ? parameter : parameter.substring(0, equals);
        String value = equals < 0 ? "" : parameter.substring(equals + 1);
        return switch (name) {
            case "segmentBytes" -> withSegmentBytes((int) number(uri, name, value, 4096, 1 << 30));
            case "syncIntervalMs" -> withSyncIntervalMs((int) number(uri, name, value, 1, 60_000));
            case "maxOpenFiles" -> withMaxOpenFiles((int) number(uri, name, value, 8, 1_000_000));
            case "maxProducers" -> withMaxProducers((int) number(uri, name, value, 1, 1_000_000));
            case "minFreeBytes" -> withMinFreeBytes(number(uri, name, value, 0, Long.MAX_VALUE));
            case "verifyReads" -> withVerifyReads(verification(uri, value));
            case "retentionCheckMs" ->
                withCleaning(cleaning.withRetentionCheckMs((int) number(uri, name, value, 10, 86_400_000)));
            case "cleanBytesPerSecond" ->
                withCleaning(cleaning.withBytesPerSecond(number(uri, name, value, 1 << 16, Long.MAX_VALUE)));
            case "cleanDelayMs" -> withCleaning(cleaning.withDelayMs(number(uri, name, value, 0, Long.MAX_VALUE)));
            case "compactionKeys" -> withCleaning(cleaning.withMaxKeys((int) number(uri, name, value, 16, 1 << 26)));
            default ->
                throw invalid(
                        uri,
                        "'" + name
                                + "' is not known. Known are segmentBytes, syncIntervalMs, maxOpenFiles, maxProducers,"
                                + " minFreeBytes, verifyReads, retentionCheckMs, cleanBytesPerSecond, cleanDelayMs,"
                                + " compactionKeys");
        };
    }

    private static ReadVerification verification(URI uri, String value) {
        return switch (value) {
            case "always" -> ReadVerification.ALWAYS;
            case "once" -> ReadVerification.ONCE;
            default -> throw invalid(uri, "verifyReads is '" + value + "', allowed is always or once");
        };
    }

    private static long number(URI uri, String name, String value, long min, long max) {
        try {
            long number = Long.parseLong(value);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw notInRange(uri, name, value, min, max, e);
        }
        throw notInRange(uri, name, value, min, max, null);
    }

    private static PortaskException notInRange(
            URI uri, String name, String value, long min, long max, @Nullable NumberFormatException cause) {
        return new PortaskException(
                ErrorCode.INVALID_CONFIGURATION,
                "The store URI '" + uri + "': " + name + " is '" + value + "', allowed is " + min + " to " + max,
                cause);
    }

    private static PortaskException invalid(URI uri, String what) {
        return new PortaskException(ErrorCode.INVALID_CONFIGURATION, "The store URI '" + uri + "': " + what);
    }
}
