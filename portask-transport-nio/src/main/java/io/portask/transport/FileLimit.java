package io.portask.transport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How many files this process may open, where the system tells (Linux: {@code /proc/self/limits}). */
final class FileLimit {
    private static final Path LIMITS = Path.of("/proc/self/limits");
    private static final Pattern SOFT_LIMIT = Pattern.compile("^Max open files +(\\d{1,18}) ", Pattern.MULTILINE);
    /** For what is not a connection. */
    private static final int SPARE = 256;

    private FileLimit() {}

    /** The wanted number of connections, or what the limit leaves beside other files, but at least 1. */
    static int connectionsUpTo(int wanted) {
        if (!Files.isReadable(LIMITS)) {
            return wanted;
        }
        try {
            return connectionsUpTo(wanted, Files.readString(LIMITS));
        } catch (IOException e) {
            return wanted;
        }
    }

    static int connectionsUpTo(int wanted, String limits) {
        Matcher soft = SOFT_LIMIT.matcher(limits);
        return soft.find() ? (int) Math.max(1, Math.min(wanted, Long.parseLong(soft.group(1)) - SPARE)) : wanted;
    }
}
