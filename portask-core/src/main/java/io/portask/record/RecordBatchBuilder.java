package io.portask.record;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Encodes records into one record batch, version 2 (see {@link RecordBatch} for the header). A record is
 *
 * <pre>
 * varint  length of what follows       varint  value length, -1 for null; value
 * i8      attributes, 0                varint  number of headers; then for each
 * varlong timestamp - base timestamp           varint name length; name in UTF-8
 * varint  offset - base offset                 varint value length, -1 for null; value
 * varint  key length, -1 for null; key
 * </pre>
 *
 * <p>Made to be kept: {@link #reset()} starts the next batch in the same direct buffer, and appending makes no garbage
 * unless the buffer grows or a header's name is not ASCII. One thread at a time. Close it to free the native compressor; it
 * holds none before the first compressed batch.
 */
public final class RecordBatchBuilder implements AutoCloseable {
    /** Batches whose records take fewer bytes than this are not worth compressing. */
    public static final int MIN_COMPRESSED_BYTES = 1024;

    private static final int MAX_SIZE = Integer.MAX_VALUE - 64;
    private static final int NO_LEADER_EPOCH = -1;
    private static final long NO_TIMESTAMP = -1;
    private static final byte NO_ATTRIBUTES = 0;
    private static final int NULL_LENGTH = -1;

    private final RecordBatch batch = new RecordBatch();
    private final ZstdPacker packer = new ZstdPacker();
    private Compression compression = Compression.NONE;

    private ByteBuffer buffer;
    private ByteBuffer view;
    private int end;
    private int count;
    private int lastOffsetDelta;
    private long baseOffset;
    private long baseTimestamp;
    private long maxTimestamp;
    private long producerId;
    private short producerEpoch;
    private int baseSequence;
    private int flags;

    /** @param initialCapacity bytes to begin with, at least a header's; it grows as needed */
    public RecordBatchBuilder(int initialCapacity) {
        buffer = ByteBuffer.allocateDirect(Math.max(initialCapacity, RecordBatch.HEADER_SIZE));
        view = buffer.duplicate();
        reset();
    }

    /** Forgets the records, the producer and the base offset; keeps the compression. */
    public RecordBatchBuilder reset() {
        end = RecordBatch.HEADER_SIZE;
        count = 0;
        lastOffsetDelta = -1;
        baseOffset = 0;
        baseTimestamp = NO_TIMESTAMP;
        maxTimestamp = NO_TIMESTAMP;
        flags = 0;
        return producer(RecordBatch.NO_PRODUCER_ID, RecordBatch.NO_PRODUCER_EPOCH, RecordBatch.NO_SEQUENCE);
    }

    /** What to compress with where it pays: from {@value #MIN_COMPRESSED_BYTES} bytes on, and if the result is smaller. */
    public RecordBatchBuilder compression(Compression wanted) {
        compression = wanted;
        return this;
    }

    /** Makes it a batch of an idempotent producer. */
    public RecordBatchBuilder producer(long id, short epoch, int firstSequence) {
        producerId = id;
        producerEpoch = epoch;
        baseSequence = firstSequence;
        return this;
    }

    /** The offset that deltas count from; 0 unless set, and assigned anew by the store that the batch is appended to. */
    public RecordBatchBuilder baseOffset(long offset) {
        baseOffset = offset;
        return this;
    }

    /**
     * Lets the batch end later than its last record, which leaves a gap.
     *
     * @throws PortaskException {@link ErrorCode#INVALID_REQUEST} if it is before the last record's
     */
    public RecordBatchBuilder lastOffsetDelta(int delta) {
        if (delta < lastOffsetDelta) {
            throw invalid("The last offset delta cannot go back from " + lastOffsetDelta + " to " + delta);
        }
        lastOffsetDelta = delta;
        return this;
    }

    RecordBatchBuilder flags(int attributeBits) {
        flags = attributeBits;
        return this;
    }

    /** Appends a record at the next offset. */
    public RecordBatchBuilder append(
            long timestamp, byte @Nullable [] key, byte @Nullable [] value, List<Header> headers) {
        return append(timestamp, key, 0, lengthOf(key), value, 0, lengthOf(value), headers);
    }

    /** Appends a record at the next offset, with key and value from within arrays. */
    public RecordBatchBuilder append(
            long timestamp,
            byte @Nullable [] key,
            int keyOffset,
            int keyLength,
            byte @Nullable [] value,
            int valueOffset,
            int valueLength,
            List<Header> headers) {
        return append(
                lastOffsetDelta + 1, timestamp, key, keyOffset, keyLength, value, valueOffset, valueLength, headers);
    }

    /**
     * Appends a record at an offset of its own, beyond the one before; what is between stays a gap.
     *
     * @param offsetDelta the record's offset from the batch's base offset
     * @throws PortaskException {@link ErrorCode#INVALID_REQUEST} if the offset is not beyond the one before, {@link
     *     ErrorCode#BATCH_TOO_LARGE} if the batch would reach 2 GiB
     */
    public RecordBatchBuilder append(
            int offsetDelta,
            long timestamp,
            byte @Nullable [] key,
            int keyOffset,
            int keyLength,
            byte @Nullable [] value,
            int valueOffset,
            int valueLength,
            List<Header> headers) {
        int keySize = checkRange(key, keyOffset, keyLength);
        int valueSize = checkRange(value, valueOffset, valueLength);
        int at = begin(offsetDelta, timestamp, fieldSize(keySize) + fieldSize(valueSize) + headersSize(headers));
        at = putField(at, key, keyOffset, keySize);
        at = putField(at, value, valueOffset, valueSize);
        end = putHeaders(at, headers);
        return this;
    }

    /** Appends the record that the reader is at, with its offset (which must not lie before the base offset) and bytes. */
    public RecordBatchBuilder append(RecordReader record) {
        int size = record.bodySize();
        int at = begin(Math.toIntExact(record.offset() - baseOffset), record.timestamp(), size);
        buffer.put(at, record.data(), record.bodyPosition(), size);
        end = at + size;
        return this;
    }

    public int count() {
        return count;
    }

    public boolean isEmpty() {
        return count == 0;
    }

    /** The size of the batch so far, header included, before compression. */
    public int sizeInBytes() {
        return end;
    }

    /**
     * The finished batch, from position 0 to the limit of a direct buffer. Valid until the next append, reset or build.
     *
     * @throws PortaskException {@link ErrorCode#INVALID_REQUEST} if there is no record and no {@link #lastOffsetDelta(int)}
     */
    public ByteBuffer build() {
        if (lastOffsetDelta < 0) {
            throw invalid("A batch needs at least one record");
        }
        int recordBytes = end - RecordBatch.HEADER_SIZE;
        if (compression == Compression.ZSTD && recordBytes >= MIN_COMPRESSED_BYTES) {
            int packed = packer.pack(buffer, RecordBatch.HEADER_SIZE, recordBytes, RecordBatch.HEADER_SIZE);
            if (packed < recordBytes) {
                return finish(packer.output(), RecordBatch.HEADER_SIZE + packed, Compression.ZSTD);
            }
        }
        return finish(view, end, Compression.NONE);
    }

    /** Frees the native compressor. */
    @Override
    public void close() {
        packer.close();
    }

    private ByteBuffer finish(ByteBuffer target, int size, Compression used) {
        target.clear()
                .putLong(RecordBatch.BASE_OFFSET_OFFSET, baseOffset)
                .putInt(RecordBatch.LENGTH_OFFSET, size - RecordBatch.LENGTH_PREFIX_SIZE)
                .putInt(RecordBatch.LEADER_EPOCH_OFFSET, NO_LEADER_EPOCH)
                .put(RecordBatch.MAGIC_OFFSET, RecordBatch.MAGIC)
                .putShort(RecordBatch.ATTRIBUTES_OFFSET, (short) (used.code() | flags))
                .putInt(RecordBatch.LAST_OFFSET_DELTA_OFFSET, lastOffsetDelta)
                .putLong(RecordBatch.BASE_TIMESTAMP_OFFSET, baseTimestamp)
                .putLong(RecordBatch.MAX_TIMESTAMP_OFFSET, maxTimestamp)
                .putLong(RecordBatch.PRODUCER_ID_OFFSET, producerId)
                .putShort(RecordBatch.PRODUCER_EPOCH_OFFSET, producerEpoch)
                .putInt(RecordBatch.BASE_SEQUENCE_OFFSET, baseSequence)
                .putInt(RecordBatch.RECORD_COUNT_OFFSET, count);
        target.putInt(RecordBatch.CRC_OFFSET, batch.wrap(target, 0).computeChecksum());
        return target.limit(size);
    }

    /** Writes what stands before the key and returns the position of the key's length. */
    private int begin(int offsetDelta, long timestamp, long bodySize) {
        if (offsetDelta <= lastOffsetDelta) {
            throw invalid("Offset delta " + offsetDelta + " is not beyond the one before, " + lastOffsetDelta);
        }
        long first = count == 0 ? timestamp : baseTimestamp;
        long length = 1L + Varints.sizeOf(timestamp - first) + Varints.sizeOf(offsetDelta) + bodySize;
        ensureRoom(Varints.sizeOf(length) + length);
        baseTimestamp = first;
        maxTimestamp = count == 0 ? timestamp : Math.max(maxTimestamp, timestamp);
        lastOffsetDelta = offsetDelta;
        count++;
        int at = Varints.put(buffer, end, length);
        buffer.put(at++, NO_ATTRIBUTES);
        at = Varints.put(buffer, at, timestamp - first);
        return Varints.put(buffer, at, offsetDelta);
    }

    private void ensureRoom(long recordSize) {
        long needed = end + recordSize;
        if (needed > MAX_SIZE) {
            throw new PortaskException(
                    ErrorCode.BATCH_TOO_LARGE, "A batch of " + needed + " bytes exceeds the format's 2 GiB");
        }
        if (needed > buffer.capacity()) {
            int capacity = (int) Math.min(MAX_SIZE, Math.max(needed, 2L * buffer.capacity()));
            buffer = ByteBuffer.allocateDirect(capacity).put(0, buffer, 0, end);
            view = buffer.duplicate();
        }
    }

    private int putField(int position, byte @Nullable [] bytes, int offset, int length) {
        int at = Varints.put(buffer, position, length);
        if (bytes == null) {
            return at;
        }
        buffer.put(at, bytes, offset, length);
        return at + length;
    }

    private int putHeaders(int position, List<Header> headers) {
        int at = Varints.put(buffer, position, headers.size());
        for (int i = 0; i < headers.size(); i++) {
            Header header = headers.get(i);
            at = putName(at, header.name());
            at = putField(at, header.value(), 0, lengthOf(header.value()));
        }
        return at;
    }

    private int putName(int position, String name) {
        if (!isAscii(name)) {
            byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
            return putField(position, bytes, 0, bytes.length);
        }
        int at = Varints.put(buffer, position, name.length());
        for (int i = 0; i < name.length(); i++) {
            buffer.put(at++, (byte) name.charAt(i));
        }
        return at;
    }

    private static long headersSize(List<Header> headers) {
        long size = Varints.sizeOf(headers.size());
        for (int i = 0; i < headers.size(); i++) {
            Header header = headers.get(i);
            String name = header.name();
            size += fieldSize(isAscii(name) ? name.length() : name.getBytes(StandardCharsets.UTF_8).length);
            size += fieldSize(lengthOf(header.value()));
        }
        return size;
    }

    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

    private static long fieldSize(int length) {
        return (long) Varints.sizeOf(length) + Math.max(length, 0);
    }

    private static int lengthOf(byte @Nullable [] bytes) {
        return bytes == null ? NULL_LENGTH : bytes.length;
    }

    private static int checkRange(byte @Nullable [] bytes, int offset, int length) {
        if (bytes == null) {
            return NULL_LENGTH;
        }
        Objects.checkFromIndexSize(offset, length, bytes.length);
        return length;
    }

    private static PortaskException invalid(String what) {
        return new PortaskException(ErrorCode.INVALID_REQUEST, what);
    }
}
