package io.portask.store.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/** What runs inside Redis as one step. The comments of each {@code .lua} file say what it takes and returns. */
enum Script {
    CREATE_PARTITION,
    DROP_PARTITION,
    CHANGE_TOPIC,
    SWITCH_COMPACTION,
    APPEND("entries", "producers"),
    ADMIT("producers"),
    READ("entries"),
    TRIM("entries"),
    EXPIRE("entries"),
    FIND_TIME("entries"),
    COMPACTION("entries"),
    BEGIN_PASS("entries"),
    COMPACT("entries"),
    ACQUIRE_LEASE("leases"),
    RENEW_LEASE("leases"),
    RELEASE_LEASE("leases"),
    FIND_LEASE("leases"),
    COMMIT_FENCED,
    DELETE;

    private final String source;
    private final String sha1;
    private final String label = name().toLowerCase(Locale.ROOT);

    /** The answer of an append that was not done, and may be done in another way. */
    static final long REFUSED = -2;

    /** The answer of an append to a compacted topic whose records were not looked at. */
    static final long KEYS_WANTED = -3;

    /** @param libraries what it begins with */
    Script(String... libraries) {
        StringBuilder all = new StringBuilder();
        for (String library : libraries) {
            all.append(text(library));
        }
        source = all.append(text(label)).toString();
        try {
            byte[] bytes = source.getBytes(StandardCharsets.UTF_8);
            sha1 = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String text(String name) {
        try (InputStream in = Script.class.getResourceAsStream(name + ".lua")) {
            if (in == null) {
                throw new IllegalStateException(name + ".lua is not in the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String source() {
        return source;
    }

    String sha1() {
        return sha1;
    }

    /** For meters. */
    String label() {
        return label;
    }
}
