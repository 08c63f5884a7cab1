package io.portask.protocol;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import javax.crypto.SecretKey;

/**
 * The sending side of one connection's encryption: the key of its own that the salt makes, and the counter, which
 * never repeats. Give each connection its own;
 * one thread at a time.
 */
public final class FrameSealer {
    /** What encryption adds to a payload at most. */
    static final int MAX_OVERHEAD =
            1 + PortKeys.MAX_ID_LENGTH + FrameAead.SALT_SIZE + FrameAead.COUNTER_SIZE + FrameAead.TAG_SIZE;

    private static final SecureRandom RANDOM = new SecureRandom();

    private final byte[] keyId;
    private final SecretKey key;
    private final byte[] salt;
    private long counter;

    private FrameSealer(String keyId, SecretKey key, byte[] salt, long counter) {
        this.keyId = keyId.getBytes(StandardCharsets.US_ASCII);
        this.key = key;
        this.salt = salt;
        this.counter = counter;
    }

    /** A sealer for a new connection, with the key that the keys name for sending. */
    public static FrameSealer create(PortKeys keys) {
        return create(keys, keys.sendingId());
    }

    static FrameSealer create(PortKeys keys, String keyId) {
        byte[] salt = new byte[FrameAead.SALT_SIZE];
        RANDOM.nextBytes(salt);
        return create(keys, keyId, salt, 0);
    }

    static FrameSealer create(PortKeys keys, String keyId, byte[] salt, long counter) {
        SecretKey key = keys.connectionKey(keyId, salt);
        if (key == null) {
            throw new PortaskException(ErrorCode.UNKNOWN_KEY, "There is no encryption key with the id " + keyId);
        }
        return new FrameSealer(keyId, key, salt, counter);
    }

    int sealedSize(int plainSize) {
        return 1 + keyId.length + FrameAead.SALT_SIZE + FrameAead.COUNTER_SIZE + plainSize + FrameAead.TAG_SIZE;
    }

    /** Writes the sealed payload behind the header at {@code headerAt}, to the position of {@code out}. */
    void seal(FrameAead aead, int headerAt, ByteBuffer plain, ByteBuffer out) {
        if (counter > FrameAead.MAX_COUNTER) {
            throw new PortaskException(
                    ErrorCode.CONNECTION_LOST,
                    "This connection has used up its 4294967296 encryption nonces; open a new one");
        }
        out.put((byte) keyId.length).put(keyId).put(salt).putInt((int) counter);
        aead.seal(key, counter, out, headerAt, plain, out);
        counter++;
    }
}
