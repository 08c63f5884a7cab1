package io.portask.record;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * A flyweight over one record batch, version 2, in a big-endian buffer: it reads and patches header fields in place and
 * owns nothing. The layout is Kafka's public one (message format version 2).
 *
 * <pre>
 *   0  i64 base offset             27  i64 base timestamp, ms
 *   8  i32 length of what follows  35  i64 max timestamp, ms
 *  12  i32 partition leader epoch  43  i64 producer id, -1 for none
 *  16  i8  magic (2)               51  i16 producer epoch
 *  17  u32 CRC32C of bytes 21..    53  i32 base sequence
 *  21  i16 attributes              57  i32 record count
 *  23  i32 last offset delta       61  records
 * </pre>
 *
 * <p>The checksum leaves out the base offset and the leader epoch, so a broker assigns offsets without touching what the
 * producer signed. Nothing here believes a length before it was compared with the buffer. One thread at a time.
 */
public final class RecordBatch {
    public static final int BASE_OFFSET_OFFSET = 0;
    public static final int LENGTH_OFFSET = 8;
    public static final int LEADER_EPOCH_OFFSET = 12;
    public static final int MAGIC_OFFSET = 16;
    public static final int CRC_OFFSET = 17;
    public static final int ATTRIBUTES_OFFSET = 21;
    public static final int LAST_OFFSET_DELTA_OFFSET = 23;
    public static final int BASE_TIMESTAMP_OFFSET = 27;
    public static final int MAX_TIMESTAMP_OFFSET = 35;
    public static final int PRODUCER_ID_OFFSET = 43;
    public static final int PRODUCER_EPOCH_OFFSET = 51;
    public static final int BASE_SEQUENCE_OFFSET = 53;
    public static final int RECORD_COUNT_OFFSET = 57;
    public static final int HEADER_SIZE = 61;

    /** Bytes before and including the length field: what must be there to know a batch's size. */
    public static final int LENGTH_PREFIX_SIZE = 12;

    public static final byte MAGIC = 2;
    public static final long NO_PRODUCER_ID = -1;
    public static final short NO_PRODUCER_EPOCH = -1;
    public static final int NO_SEQUENCE = -1;

    private static final int COMPRESSION_MASK = 0x07;
    private static final int TIMESTAMP_TYPE_MASK = 0x08;
    private static final int CONTROL_MASK = 0x20;

    /** The attributes that say what the batch is, not how it is stored: transactional, control. */
    static final int KIND_MASK = 0x30;

    private final CRC32C crc = new CRC32C();
    private ByteBuffer buffer = ByteBuffer.allocate(0);
    private int start;

    /** Looks at the batch that starts at {@code start}. The caller has made sure that a whole header is there. */
    public RecordBatch wrap(ByteBuffer buffer, int start) {
        this.buffer = buffer;
        this.start = start;
        return this;
    }

    /**
     * The size of the batch at {@code position}, or -1 if fewer than {@link #LENGTH_PREFIX_SIZE} bytes remain before
     * the limit. The size may reach beyond the limit: compare before use.
     *
     * @throws PortaskException {@link ErrorCode#CORRUPT_BATCH} for a length that no batch can have
     */
    public static long sizeAt(ByteBuffer buffer, int position) {
        if (buffer.limit() - position < LENGTH_PREFIX_SIZE) {
            return -1;
        }
        int length = buffer.getInt(position + LENGTH_OFFSET);
        if (length < HEADER_SIZE - LENGTH_PREFIX_SIZE) {
            throw corrupt("batch length " + length + " is below the header's " + (HEADER_SIZE - LENGTH_PREFIX_SIZE));
        }
        return (long) LENGTH_PREFIX_SIZE + length;
    }

    /**
     * Wraps the batch at {@code position} after checking that it lies whole before the buffer's limit, that its magic,
     * counts and deltas can be true, and that its checksum agrees with its bytes.
     *
     * @throws PortaskException {@link ErrorCode#CORRUPT_BATCH}, which says what is wrong
     */
    public RecordBatch wrapChecked(ByteBuffer buffer, int position) {
        long size = sizeAt(buffer, position);
        if (size < 0 || size > buffer.limit() - position) {
            throw corrupt("it is cut short: " + (buffer.limit() - position) + " of " + (size < 0 ? "at least 61" : size)
                    + " bytes are there");
        }
        wrap(buffer, position);
        checkFields();
        if (!checksumMatches()) {
            throw corrupt("checksum is " + Integer.toHexString(computeChecksum()) + ", header says "
                    + Integer.toHexString((int) checksum()));
        }
        return this;
    }

    private void checkFields() {
        if (magic() != MAGIC) {
            throw corrupt("magic is " + magic() + ", only " + MAGIC + " is known");
        }
        int count = recordCount();
        int delta = lastOffsetDelta();
        if (count < 0 || delta < 0 || count - 1 > delta) {
            throw corrupt(count + " records cannot have a last offset delta of " + delta);
        }
    }

    static PortaskException corrupt(String what) {
        return new PortaskException(ErrorCode.CORRUPT_BATCH, "Corrupt record batch: " + what);
    }

    public ByteBuffer buffer() {
        return buffer;
    }

    /** Where the batch starts in {@link #buffer()}. */
    public int start() {
        return start;
    }

    public int sizeInBytes() {
        return LENGTH_PREFIX_SIZE + buffer.getInt(start + LENGTH_OFFSET);
    }

    public long baseOffset() {
        return buffer.getLong(start + BASE_OFFSET_OFFSET);
    }

    public RecordBatch baseOffset(long offset) {
        buffer.putLong(start + BASE_OFFSET_OFFSET, offset);
        return this;
    }

    public long lastOffset() {
        return baseOffset() + lastOffsetDelta();
    }

    /** The first offset after this batch. */
    public long nextOffset() {
        return lastOffset() + 1;
    }

    public byte magic() {
        return buffer.get(start + MAGIC_OFFSET);
    }

    public long checksum() {
        return Integer.toUnsignedLong(buffer.getInt(start + CRC_OFFSET));
    }

    public short attributes() {
        return buffer.getShort(start + ATTRIBUTES_OFFSET);
    }

    /** The compression's number: 0 none, 4 zstd; others are known to Kafka only. */
    public int compressionCode() {
        return attributes() & COMPRESSION_MASK;
    }

    /** Whether {@link #maxTimestamp()} was set by a broker and holds for every record. */
    public boolean isLogAppendTime() {
        return (attributes() & TIMESTAMP_TYPE_MASK) != 0;
    }

    public boolean isControl() {
        return (attributes() & CONTROL_MASK) != 0;
    }

    public int lastOffsetDelta() {
        return buffer.getInt(start + LAST_OFFSET_DELTA_OFFSET);
    }

    public long baseTimestamp() {
        return buffer.getLong(start + BASE_TIMESTAMP_OFFSET);
    }

    public long maxTimestamp() {
        return buffer.getLong(start + MAX_TIMESTAMP_OFFSET);
    }

    public long producerId() {
        return buffer.getLong(start + PRODUCER_ID_OFFSET);
    }

    /** Outside the checksum; whoever keeps the batch may write it. */
    public int leaderEpoch() {
        return buffer.getInt(start + LEADER_EPOCH_OFFSET);
    }

    public short producerEpoch() {
        return buffer.getShort(start + PRODUCER_EPOCH_OFFSET);
    }

    public int baseSequence() {
        return buffer.getInt(start + BASE_SEQUENCE_OFFSET);
    }

    public boolean hasProducerId() {
        return producerId() > NO_PRODUCER_ID;
    }

    public int recordCount() {
        return buffer.getInt(start + RECORD_COUNT_OFFSET);
    }

    public boolean checksumMatches() {
        return computeChecksum() == (int) checksum();
    }

    /** CRC32C of everything from the attributes to the end of the batch. */
    public int computeChecksum() {
        int position = buffer.position();
        int limit = buffer.limit();
        try {
            buffer.limit(start + sizeInBytes()).position(start + ATTRIBUTES_OFFSET);
            crc.reset();
            crc.update(buffer);
            return (int) crc.getValue();
        } finally {
            buffer.limit(limit).position(position);
        }
    }

    @Override
    public String toString() {
        return "RecordBatch{offsets " + baseOffset() + ".." + lastOffset() + ", records " + recordCount() + ", bytes "
                + sizeInBytes() + "}";
    }
}
