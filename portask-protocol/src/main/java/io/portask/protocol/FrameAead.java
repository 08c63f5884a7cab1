package io.portask.protocol;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * AES-256-GCM over one payload, with the frame header's first 16 bytes as additional data. Keeps the JDK's cipher, which is
 * costly to make; one thread at a time. The layout of a sealed payload:
 *
 * <pre>
 *   0        u8  length n of the key id, 1 to 64
 *   1        key id, ASCII
 *   1 + n    salt, 16 bytes: random, the same for one connection and direction
 *  17 + n    u32 counter: 0 for the first frame, then one more each time
 *  21 + n    ciphertext
 *  ...       tag, 16 bytes
 * </pre>
 *
 * <p>The salt makes the {@link PortKeys#connectionKey key}, the counter the nonce: a pair of them is used once, whatever is
 * connected or started again.
 */
final class FrameAead {
    static final int SALT_SIZE = 16;
    static final int COUNTER_SIZE = 4;
    static final int TAG_SIZE = 16;
    static final long MAX_COUNTER = 0xFFFF_FFFFL;

    private static final int NONCE_SIZE = 12;

    private final Cipher cipher;
    /** Eight zero bytes and the counter. */
    private final ByteBuffer nonce = ByteBuffer.allocate(NONCE_SIZE);

    private final byte[] header = new byte[FrameHeader.AUTHENTICATED_SIZE];

    FrameAead() {
        try {
            cipher = Cipher.getInstance("AES/GCM/NoPadding");
        } catch (GeneralSecurityException e) {
            throw new PortaskException(ErrorCode.INTERNAL_ERROR, "This Java runtime has no AES/GCM/NoPadding", e);
        }
    }

    /** Encrypts the remaining bytes of {@code plain} to the position of {@code out}; the header is at {@code headerAt}. */
    void seal(SecretKey key, long counter, ByteBuffer headerIn, int headerAt, ByteBuffer plain, ByteBuffer out) {
        try {
            init(Cipher.ENCRYPT_MODE, key, counter, headerIn, headerAt);
            cipher.doFinal(plain, out);
        } catch (GeneralSecurityException e) {
            throw new PortaskException(ErrorCode.INTERNAL_ERROR, "Encrypting a frame failed: " + e.getMessage(), e);
        }
    }

    /** Decrypts the remaining bytes of {@code sealed} (ciphertext and tag) to the position of {@code out}. */
    void open(SecretKey key, long counter, ByteBuffer headerIn, int headerAt, ByteBuffer sealed, ByteBuffer out) {
        try {
            init(Cipher.DECRYPT_MODE, key, counter, headerIn, headerAt);
            cipher.doFinal(sealed, out);
        } catch (AEADBadTagException e) {
            throw new PortaskException(
                    ErrorCode.DECRYPTION_FAILED,
                    "Decryption failed: the frame was changed, or its key is another one",
                    e);
        } catch (GeneralSecurityException e) {
            throw new PortaskException(ErrorCode.DECRYPTION_FAILED, "Decryption failed: " + e.getMessage(), e);
        }
    }

    private void init(int mode, SecretKey key, long counter, ByteBuffer headerIn, int headerAt)
            throws GeneralSecurityException {
        nonce.putInt(NONCE_SIZE - COUNTER_SIZE, (int) counter);
        cipher.init(mode, key, new GCMParameterSpec(TAG_SIZE * Byte.SIZE, nonce.array()));
        headerIn.get(headerAt, header);
        cipher.updateAAD(header);
    }
}
