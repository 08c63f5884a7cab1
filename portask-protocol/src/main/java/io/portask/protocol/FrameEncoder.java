package io.portask.protocol;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Makes frames in buffers of its own, which are used again for the next frame. {@link #begin} a frame, write its payload's
 * fields, and {@link #end} it. One thread at a time; a thread needs one only, see {@link #ofThread()}.
 */
public final class FrameEncoder {
    private static final ThreadLocal<FrameEncoder> OF_THREAD = ThreadLocal.withInitial(FrameEncoder::new);

    private final FrameHeader header = new FrameHeader();
    private final CRC32C crc = new CRC32C();
    private final PayloadWriter writer = new PayloadWriter();
    private ByteBuffer deflated = ByteBuffer.allocateDirect(0);
    private ByteBuffer sealed = ByteBuffer.allocateDirect(0);
    private FrameType type = FrameType.HEARTBEAT;
    private int flags;
    private int correlationId;

    public FrameEncoder() {}

    /** The calling thread's own encoder. */
    public static FrameEncoder ofThread() {
        return OF_THREAD.get();
    }

    /**
     * Starts a frame. What was begun and not ended is forgotten.
     *
     * @param frameFlags {@link FrameFlags#COMPRESSED} compresses the payload if that makes it smaller; {@link
     *     FrameFlags#ENCRYPTED} is not for here, a sealer decides it
     */
    public PayloadWriter begin(FrameType frameType, int frameFlags, int frameCorrelationId) {
        type = frameType;
        flags = frameFlags;
        correlationId = frameCorrelationId;
        return writer.restart(FrameHeader.SIZE);
    }

    /** The payload of the frame that was begun. */
    PayloadWriter payload() {
        return writer;
    }

    /**
     * Ends the frame: compresses it if its flags say so and encrypts it if there is a sealer.
     *
     * @return the whole frame, valid until the next one is begun
     */
    public ByteBuffer end(@Nullable FrameSealer sealer) {
        if (FrameFlags.has(flags, FrameFlags.COMPRESSED)) {
            deflate();
        }
        return sealer == null ? endPlain(writer.buffer()) : endSealed(sealer);
    }

    /**
     * Ends a frame whose payload goes on with bytes that are sent from where they are, right behind what is returned. Not for
     * compressed and encrypted frames.
     *
     * @param tail its remaining bytes are the payload's rest; the position stays
     * @return the header and the payload so far, valid until the next frame is begun
     */
    public ByteBuffer endBefore(ByteBuffer tail) {
        ByteBuffer head = writer.buffer().flip();
        int tailPosition = tail.position();
        head.position(FrameHeader.SIZE);
        header.wrap(head, 0).encode(type, flags, correlationId, Math.addExact(head.remaining(), tail.remaining()));
        crc.reset();
        crc.update(head);
        crc.update(tail);
        tail.position(tailPosition);
        header.seal((int) crc.getValue());
        return head.rewind();
    }

    private void deflate() {
        ByteBuffer plain = writer.buffer();
        int size = plain.position() - FrameHeader.SIZE;
        deflated = CodecScratch.withCapacity(deflated, FrameCompression.maxDeflatedSize(size));
        int deflatedSize = FrameCompression.deflate(plain, FrameHeader.SIZE, size, deflated.clear());
        if (deflatedSize < size) {
            writer.restart(FrameHeader.SIZE).bytes(deflated.clear().limit(deflatedSize));
        } else {
            flags &= ~FrameFlags.COMPRESSED;
        }
    }

    private ByteBuffer endSealed(FrameSealer sealer) {
        ByteBuffer plain = writer.buffer().flip().position(FrameHeader.SIZE);
        int size = sealer.sealedSize(plain.remaining());
        sealed = CodecScratch.withCapacity(sealed, FrameHeader.SIZE + size).clear();
        header.wrap(sealed, 0).encode(type, flags | FrameFlags.ENCRYPTED, correlationId, size);
        sealed.position(FrameHeader.SIZE);
        sealer.seal(CodecScratch.ofThread().aead(), 0, plain, sealed);
        flags |= FrameFlags.ENCRYPTED;
        return endPlain(sealed);
    }

    private ByteBuffer endPlain(ByteBuffer frame) {
        frame.flip().position(FrameHeader.SIZE);
        header.wrap(frame, 0).encode(type, flags, correlationId, frame.remaining());
        crc.reset();
        crc.update(frame);
        header.seal((int) crc.getValue());
        return frame.rewind();
    }
}
