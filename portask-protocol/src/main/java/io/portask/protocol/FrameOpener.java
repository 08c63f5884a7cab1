package io.portask.protocol;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/**
 * The receiving side of one connection's encryption: finds the key that a frame names and sees to it that no frame is
 * missing, repeated or moved. One thread at a time.
 */
final class FrameOpener {
    private static final int FIXED_SIZE = 1 + FrameAead.NONCE_SIZE + FrameAead.TAG_SIZE;

    private final PortKeys keys;
    private @Nullable String keyId;
    private @Nullable SecretKey key;
    private long noncePrefix;
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
            throw failed("the payload of " + sealed.remaining() + " bytes is too short for key id, nonce and tag");
        }
        return size;
    }

    /** Decrypts a payload whose size was checked by {@link #plainSize} to the position of {@code out}. */
    void open(FrameAead aead, ByteBuffer headerIn, int headerAt, ByteBuffer sealed, ByteBuffer out) {
        SecretKey named = readKey(sealed);
        long prefix = sealed.getLong();
        long counter = Integer.toUnsignedLong(sealed.getInt());
        if (counter != nextCounter || (counter > 0 && prefix != noncePrefix)) {
            throw failed("the nonce is not the next one of this connection: a frame is missing, repeated or foreign");
        }
        aead.open(named, prefix, counter, headerIn, headerAt, sealed, out);
        noncePrefix = prefix;
        nextCounter = counter + 1;
    }

    private SecretKey readKey(ByteBuffer sealed) {
        byte[] id = new byte[Byte.toUnsignedInt(sealed.get())];
        sealed.get(id);
        String named = new String(id, StandardCharsets.US_ASCII);
        SecretKey known = key;
        if (known == null || !named.equals(keyId)) {
            known = keys.key(named);
            if (known == null) {
                throw new PortaskException(
                        ErrorCode.UNKNOWN_KEY, "The frame names an encryption key that is not known here");
            }
            keyId = named;
            key = known;
        }
        return known;
    }

    private static PortaskException failed(String what) {
        return new PortaskException(ErrorCode.DECRYPTION_FAILED, "Decryption failed: " + what);
    }
}
