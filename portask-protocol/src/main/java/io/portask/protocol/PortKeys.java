package io.portask.protocol;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The shared keys of frame encryption, each with the id that names it on the wire, and which of them is used for sending.
 * Immutable. Several keys let a key be replaced without a moment at which nobody understands each other.
 */
public final class PortKeys {
    public static final int KEY_BYTES = 32;
    public static final int MAX_ID_LENGTH = 64;

    private static final String CIPHER = "AES";
    private static final String DERIVATION = "HmacSHA256";
    private static final byte[] LABEL = "PORT/1 connection key".getBytes(StandardCharsets.US_ASCII);

    private final Map<String, SecretKey> keys;
    private final String sendingId;

    private PortKeys(Map<String, SecretKey> keys, String sendingId) {
        this.keys = keys;
        this.sendingId = sendingId;
    }

    /** One key, used for both directions. */
    public static PortKeys of(String id, byte[] key) {
        return new PortKeys(Map.of(checkId(id), secret(id, key)), id);
    }

    /**
     * Keys from texts of the form {@code id:key}, the key being 32 bytes in Base64 or in 64 hexadecimal digits. The first
     * one is used for sending.
     *
     * @throws PortaskException {@link ErrorCode#INVALID_CONFIGURATION}, which never repeats a key
     */
    public static PortKeys parse(Collection<String> texts) {
        if (texts.isEmpty()) {
            throw invalid("Encryption needs at least one key, written id:key");
        }
        Map<String, SecretKey> keys = new LinkedHashMap<>();
        List<String> ids = new ArrayList<>();
        for (String text : texts) {
            int colon = text.indexOf(':');
            if (colon < 0) {
                throw invalid(
                        "An encryption key is written id:key, the key in Base64 or hexadecimal; the colon is missing");
            }
            String id = checkId(text.substring(0, colon));
            if (keys.put(id, secret(id, decode(id, text.substring(colon + 1).trim()))) != null) {
                throw invalid("There are two encryption keys with the id " + id);
            }
            ids.add(id);
        }
        return new PortKeys(keys, ids.get(0));
    }

    private static byte[] decode(String id, String text) {
        try {
            return text.length() == 2 * KEY_BYTES
                    ? HexFormat.of().parseHex(text)
                    : Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw invalid("The encryption key " + id + " is neither Base64 nor 64 hexadecimal digits");
        }
    }

    private static SecretKey secret(String id, byte[] key) {
        if (key.length != KEY_BYTES) {
            throw invalid("The encryption key " + id + " has " + key.length + " bytes; AES-256 takes " + KEY_BYTES);
        }
        return new SecretKeySpec(key, CIPHER);
    }

    private static String checkId(String id) {
        boolean printable = id.chars().allMatch(c -> c > ' ' && c < 127 && c != ':');
        if (id.isEmpty() || id.length() > MAX_ID_LENGTH || !printable) {
            throw invalid("The id of an encryption key has 1 to " + MAX_ID_LENGTH
                    + " printable ASCII characters without spaces and colons");
        }
        return id;
    }

    private static PortaskException invalid(String message) {
        return new PortaskException(ErrorCode.INVALID_CONFIGURATION, message);
    }

    /** The key that frames are sent with. */
    public String sendingId() {
        return sendingId;
    }

    public Set<String> ids() {
        return Set.copyOf(keys.keySet());
    }

    /**
     * The key that one direction of one connection is encrypted under: HMAC-SHA256 of a label and the direction's random salt, under
     * the shared key. Null for an unknown id.
     */
    @Nullable
    SecretKey connectionKey(String id, byte[] salt) {
        SecretKey shared = keys.get(id);
        if (shared == null) {
            return null;
        }
        try {
            Mac mac = Mac.getInstance(DERIVATION);
            mac.init(new SecretKeySpec(shared.getEncoded(), DERIVATION));
            mac.update(LABEL);
            return new SecretKeySpec(mac.doFinal(salt), CIPHER);
        } catch (GeneralSecurityException e) {
            throw new PortaskException(ErrorCode.INTERNAL_ERROR, "This Java runtime has no " + DERIVATION, e);
        }
    }

    /** Names the ids; keys are never printed. */
    @Override
    public String toString() {
        return "PortKeys" + keys.keySet();
    }
}
