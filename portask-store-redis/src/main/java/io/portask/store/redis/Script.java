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
    APPEND,
    READ,
    TRIM,
    EXPIRE,
    FIND_TIME,
    DELETE;

    private final String source;
    private final String sha1;
    private final String label = name().toLowerCase(Locale.ROOT);

    Script() {
        try (InputStream in = Script.class.getResourceAsStream(label + ".lua")) {
            if (in == null) {
                throw new IllegalStateException(label + ".lua is not in the jar");
            }
            byte[] bytes = in.readAllBytes();
            source = new String(bytes, StandardCharsets.UTF_8);
            sha1 = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
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
