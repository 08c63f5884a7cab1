package io.portask.protocol;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * A flyweight over the header that every frame begins with, in a big-endian buffer.
 *
 * <pre>
 *   0  u32 magic 0x504F5254 "PORT"      12  u32 payload length
 *   4  u8  version (1)                  16  u32 CRC32C of the payload as sent
 *   5  u8  type                         20  u32 CRC32C of header bytes 0..19
 *   6  u16 flags                        24  payload
 *   8  u32 correlation id
 * </pre>
 *
 * <p>It judges nothing: {@link FrameDecoder} does. One thread at a time.
 */
public final class FrameHeader {
    public static final int MAGIC_OFFSET = 0;
    public static final int VERSION_OFFSET = 4;
    public static final int TYPE_OFFSET = 5;
    public static final int FLAGS_OFFSET = 6;
    public static final int CORRELATION_ID_OFFSET = 8;
    public static final int PAYLOAD_LENGTH_OFFSET = 12;
    public static final int PAYLOAD_CHECKSUM_OFFSET = 16;
    public static final int HEADER_CHECKSUM_OFFSET = 20;
    public static final int SIZE = 24;

    public static final int MAGIC = 0x504F5254;
    public static final byte VERSION = 1;

    /** The header bytes that encryption authenticates: all before the checksums. */
    static final int AUTHENTICATED_SIZE = PAYLOAD_CHECKSUM_OFFSET;

    private final CRC32C crc = new CRC32C();
    private ByteBuffer buffer = ByteBuffer.allocate(0);
    private int start;

    /** Looks at the header that starts at {@code start}. The caller has made sure that a whole one is there. */
    public FrameHeader wrap(ByteBuffer buffer, int start) {
        this.buffer = buffer;
        this.start = start;
        return this;
    }

    public int magic() {
        return buffer.getInt(start + MAGIC_OFFSET);
    }

    public int version() {
        return Byte.toUnsignedInt(buffer.get(start + VERSION_OFFSET));
    }

    /** The type's number, known or not. */
    public int typeCode() {
        return Byte.toUnsignedInt(buffer.get(start + TYPE_OFFSET));
    }

    public int flags() {
        return Short.toUnsignedInt(buffer.getShort(start + FLAGS_OFFSET));
    }

    /** All 32 bits are used: compare for equality only. */
    public int correlationId() {
        return buffer.getInt(start + CORRELATION_ID_OFFSET);
    }

    public long payloadLength() {
        return Integer.toUnsignedLong(buffer.getInt(start + PAYLOAD_LENGTH_OFFSET));
    }

    public int payloadChecksum() {
        return buffer.getInt(start + PAYLOAD_CHECKSUM_OFFSET);
    }

    public int headerChecksum() {
        return buffer.getInt(start + HEADER_CHECKSUM_OFFSET);
    }

    public int computeHeaderChecksum() {
        int position = buffer.position();
        int limit = buffer.limit();
        try {
            buffer.limit(start + HEADER_CHECKSUM_OFFSET).position(start);
            crc.reset();
            crc.update(buffer);
            return (int) crc.getValue();
        } finally {
            buffer.limit(limit).position(position);
        }
    }

    /** Writes everything before the checksums. */
    FrameHeader encode(FrameType type, int flags, int correlationId, int payloadLength) {
        buffer.putInt(start + MAGIC_OFFSET, MAGIC);
        buffer.put(start + VERSION_OFFSET, VERSION);
        buffer.put(start + TYPE_OFFSET, type.code());
        buffer.putShort(start + FLAGS_OFFSET, (short) flags);
        buffer.putInt(start + CORRELATION_ID_OFFSET, correlationId);
        buffer.putInt(start + PAYLOAD_LENGTH_OFFSET, payloadLength);
        return this;
    }

    /** Writes the checksums; the rest of the header is there. */
    void seal(int payloadChecksum) {
        buffer.putInt(start + PAYLOAD_CHECKSUM_OFFSET, payloadChecksum);
        buffer.putInt(start + HEADER_CHECKSUM_OFFSET, computeHeaderChecksum());
    }
}
