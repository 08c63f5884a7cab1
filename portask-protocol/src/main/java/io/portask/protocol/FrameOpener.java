package io.portask.protocol;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/**
 * The receiving side of one connection's encryption: finds the key that a frame names and sees to it that no frame is
 * missing, repeated or moved. One thread at a time.
 */
final class FrameOpener {
    private static final int FIXED_SIZE = 1 + FrameAead.SALT_SIZE + FrameAead.COUNTER_SIZE + FrameAead.TAG_SIZE;

    private final PortKeys keys;
    private @Nullable String keyId;
    private @Nullable SecretKey key;
    private byte[] salt = new byte[FrameAead.SALT_SIZE];
    private long nextCounter;

    FrameOpener(PortKeys keys) {
        this.keys = keys;
    }

    /** The id of the key of the last frame that was opened; null before the first. */
    @Nullable
    String keyId() {
        return keyId;
    }

    /** The size of what is inside a sealed payload, before anything was decrypted. */
    static int plainSize(ByteBuffer sealed) {
        int idLength = sealed.hasRemaining() ? Byte.toUnsignedInt(sealed.get(sealed.position())) : 0;
        int size = sealed.remaining() - FIXED_SIZE - idLength;
        if (idLength < 1 || idLength > PortKeys.MAX_ID_LENGTH || size < 0) {
            throw failed(
                    "the payload of " + sealed.remaining() + " bytes is too short for key id, salt, counter and tag");
        }
        return size;
    }

    /** Decrypts a payload whose size was checked by {@link #plainSize} to the position of {@code out}. */
    void open(FrameAead aead, ByteBuffer headerIn, int headerAt, ByteBuffer sealed, ByteBuffer out) {
        SecretKey named = readKey(sealed);
        long counter = Integer.toUnsignedLong(sealed.getInt());
        if (counter != nextCounter) {
            throw failed("the counter is not the next one of this connection: a frame is missing or repeated");
        }
        aead.open(named, counter, headerIn, headerAt, sealed, out);
        nextCounter = counter + 1;
    }

    private SecretKey readKey(ByteBuffer sealed) {
        byte[] id = new byte[Byte.toUnsignedInt(sealed.get())];
        sealed.get(id);
        byte[] namedSalt = new byte[FrameAead.SALT_SIZE];
        sealed.get(namedSalt);
        String named = new String(id, StandardCharsets.US_ASCII);
        SecretKey known = key;
        if (known == null) {
            known = keys.connectionKey(named, namedSalt);
            if (known == null) {
                throw new PortaskException(
                        ErrorCode.UNKNOWN_KEY, "The frame names an encryption key that is not known here");
            }
            keyId = named;
            salt = namedSalt;
            key = known;
        } else if (!named.equals(keyId) || !Arrays.equals(namedSalt, salt)) {
            throw failed("key id and salt are not those of this connection's first frame");
        }
        return known;
    }

    private static PortaskException failed(String what) {
        return new PortaskException(ErrorCode.DECRYPTION_FAILED, "Decryption failed: " + what);
    }
}
