package io.portask.protocol;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Takes the frames out of the bytes of one connection, checks, decrypts and inflates them, and hands them to a {@link
 * FrameSink}. Keeps no bytes: a frame that is not whole yet stays in the caller's buffer. No length is believed before its
 * checksum was. One thread at a time.
 */
public final class FrameDecoder {
    private final @Nullable PortKeys keys;
    private final boolean requireEncryption;
    private int maxPayloadBytes;
    private @Nullable FrameOpener opener;

    /** A decoder without keys. */
    public FrameDecoder(int maxPayloadBytes) {
        this(maxPayloadBytes, null, false);
    }

    /**
     * @param maxPayloadBytes the largest payload that is accepted, as sent and inflated
     * @param keys null if encrypted frames cannot be read here
     * @param requireEncryption whether plain frames are refused
     */
    public FrameDecoder(int maxPayloadBytes, @Nullable PortKeys keys, boolean requireEncryption) {
        this.maxPayloadBytes = maxPayloadBytes;
        this.keys = keys;
        this.requireEncryption = requireEncryption;
    }

    /** Applies from the next frame on. */
    public void maxPayloadBytes(int bytes) {
        maxPayloadBytes = bytes;
    }

    /** The id of the key of the last encrypted frame; null as long as there was none. */
    public @Nullable String keyId() {
        FrameOpener known = opener;
        return known == null ? null : known.keyId();
    }

    /**
     * Hands over all whole frames between position and limit, and moves the position behind them.
     *
     * @return how many bytes are needed from the new position on before there is more to do; 0 if none are left
     * @throws PortaskException a fatal one, after which nothing more can be read from this connection
     */
    public int decode(ByteBuffer in, FrameSink sink) {
        in.order(ByteOrder.BIG_ENDIAN);
        CodecScratch scratch = CodecScratch.ofThread();
        while (in.remaining() >= FrameHeader.SIZE) {
            int size = FrameHeader.SIZE + checkedPayloadLength(scratch.header().wrap(in, in.position()));
            if (in.remaining() < size) {
                return size;
            }
            decodeFrame(scratch, in, size, sink);
            if (!sink.wantsMore()) {
                break;
            }
        }
        return in.hasRemaining() ? FrameHeader.SIZE : 0;
    }

    private int checkedPayloadLength(FrameHeader header) {
        if (header.magic() != FrameHeader.MAGIC) {
            throw new PortaskException(
                    ErrorCode.BAD_MAGIC,
                    String.format("A frame begins with 0x%08X, not with 0x%08X", FrameHeader.MAGIC, header.magic()));
        }
        if (header.version() != FrameHeader.VERSION) {
            throw new PortaskException(
                    ErrorCode.UNSUPPORTED_VERSION,
                    "Frame version " + header.version() + " is not known here, only version " + FrameHeader.VERSION);
        }
        int checksum = header.computeHeaderChecksum();
        if (checksum != header.headerChecksum()) {
            throw new PortaskException(
                    ErrorCode.BAD_HEADER_CHECKSUM,
                    String.format(
                            "The frame header's checksum is 0x%08X, the header says 0x%08X",
                            checksum, header.headerChecksum()));
        }
        if ((header.flags() & ~FrameFlags.KNOWN) != 0) {
            throw new PortaskException(
                    ErrorCode.UNKNOWN_FLAGS,
                    String.format("The frame has flags 0x%04X, known are 0x%04X", header.flags(), FrameFlags.KNOWN));
        }
        long length = header.payloadLength();
        if (length > maxPayloadBytes) {
            throw new PortaskException(
                    ErrorCode.FRAME_TOO_LARGE,
                    "The frame's payload has " + length + " bytes, allowed are " + maxPayloadBytes);
        }
        return (int) length;
    }

    private void decodeFrame(CodecScratch scratch, ByteBuffer in, int size, FrameSink sink) {
        int start = in.position();
        int limit = in.limit();
        in.limit(start + size).position(start + FrameHeader.SIZE);
        try {
            decodePayload(scratch, start, in, sink);
        } finally {
            in.limit(limit).position(start + size);
        }
    }

    private void decodePayload(CodecScratch scratch, int headerAt, ByteBuffer in, FrameSink sink) {
        FrameHeader header = scratch.header();
        int typeCode = header.typeCode();
        int flags = header.flags();
        int correlationId = header.correlationId();
        int checksum = scratch.checksum(in);
        if (checksum != header.payloadChecksum()) {
            String text = String.format(
                    "The payload's checksum is 0x%08X, the header says 0x%08X; send it again",
                    checksum, header.payloadChecksum());
            sink.onBadFrame(flags, correlationId, new PortaskException(ErrorCode.BAD_PAYLOAD_CHECKSUM, text));
            return;
        }
        ByteBuffer payload = in;
        if (FrameFlags.has(flags, FrameFlags.ENCRYPTED)) {
            payload = open(scratch, headerAt, in);
        } else {
            checkPlainAllowed(typeCode, correlationId);
        }
        if (FrameFlags.has(flags, FrameFlags.COMPRESSED)) {
            payload = inflate(scratch, payload);
        }
        FrameType type = FrameType.of(typeCode);
        if (type == null) {
            String text = "Frame type " + typeCode + " is not known here";
            sink.onBadFrame(flags, correlationId, new PortaskException(ErrorCode.UNKNOWN_FRAME_TYPE, text));
        } else {
            sink.onFrame(type, flags, correlationId, payload);
        }
    }

    /** A peer that could not decrypt has no key to say so with: its last words may be plain. */
    private void checkPlainAllowed(int typeCode, int correlationId) {
        boolean lastWords = typeCode == FrameType.ERROR.code() && correlationId == 0;
        if ((requireEncryption || opener != null) && !lastWords) {
            throw new PortaskException(
                    ErrorCode.ENCRYPTION_REQUIRED,
                    requireEncryption
                            ? "Frames must be encrypted here; configure a shared key"
                            : "Frames must stay encrypted on a connection where they began to be");
        }
    }

    private ByteBuffer open(CodecScratch scratch, int headerAt, ByteBuffer in) {
        FrameOpener known = opener;
        if (known == null) {
            if (keys == null) {
                throw new PortaskException(
                        ErrorCode.UNKNOWN_KEY, "The frame is encrypted, but no encryption keys are configured here");
            }
            known = new FrameOpener(keys);
        }
        ByteBuffer opened = scratch.opened(FrameOpener.plainSize(in));
        known.open(scratch.aead(), in, headerAt, in, opened);
        opener = known;
        return opened.flip();
    }

    private ByteBuffer inflate(CodecScratch scratch, ByteBuffer payload) {
        int size = FrameCompression.inflatedSize(payload, maxPayloadBytes);
        ByteBuffer inflated = scratch.inflated(size).limit(size);
        FrameCompression.inflate(payload, inflated);
        return inflated;
    }
}
