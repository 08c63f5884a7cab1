package io.portask.record;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes record batches of version 2, one after another, into a direct buffer of its own that grows as needed. One thread.
 *
 * <p>A record, after its length: attributes i8 (0), timestamp delta varlong, offset delta varint, key length varint (-1 for null)
 * and key, value length and value, header count varint, and for each header name length, name, value length, value.
 */
public final class RecordBatchBuilder {
    /** Batches whose records take fewer bytes than this are not compressed. */
    public static final int MIN_COMPRESSED_BYTES = 1024;

    private static final long NO_TIMESTAMP = -1;

    private final RecordBatch header = new RecordBatch();
    private ByteBuffer buffer;
    private ByteBuffer compressed = ByteBuffer.allocateDirect(0);
    private Compression compression = Compression.NONE;
    private long producerId;
    private short producerEpoch;
    private int baseSequence;
    private long baseOffset;
    private long baseTimestamp;
    private long maxTimestamp;
    private int count;
    private int lastOffsetDelta;

    /** @param initialBytes how large the buffer is at first */
    public RecordBatchBuilder(int initialBytes) {
        buffer = ByteBuffer.allocateDirect(Math.max(RecordBatch.HEADER_SIZE, initialBytes));
        reset();
    }

    /** Begins a new batch without a producer; the compression stays. What {@link #build} returned before is gone. */
    public RecordBatchBuilder reset() {
        buffer.clear().position(RecordBatch.HEADER_SIZE);
        producerId = RecordBatch.NO_PRODUCER_ID;
        producerEpoch = RecordBatch.NO_PRODUCER_EPOCH;
        baseSequence = RecordBatch.NO_SEQUENCE;
        baseOffset = 0;
        baseTimestamp = NO_TIMESTAMP;
        maxTimestamp = NO_TIMESTAMP;
        count = 0;
        lastOffsetDelta = -1;
        return this;
    }

    /** How batches are compressed from now on, where that makes them smaller. */
    public RecordBatchBuilder compression(Compression kind) {
        compression = kind;
        return this;
    }

    public RecordBatchBuilder producer(long id, short epoch, int sequence) {
        producerId = id;
        producerEpoch = epoch;
        baseSequence = sequence;
        return this;
    }

    /** The offset of the first record; 0 unless set, which is what a publisher sends. */
    public RecordBatchBuilder baseOffset(long offset) {
        baseOffset = offset;
        return this;
    }

    /** Lets the batch end at a later offset than its last record's: it keeps the place of records that were taken out. */
    public RecordBatchBuilder lastOffsetDelta(int delta) {
        lastOffsetDelta = Math.max(lastOffsetDelta, delta);
        return this;
    }

    public int count() {
        return count;
    }

    public boolean isEmpty() {
        return count == 0;
    }

    /** What the batch takes so far, uncompressed. */
    public int sizeInBytes() {
        return buffer.position();
    }

    public void append(long timestamp, byte @Nullable [] key, byte @Nullable [] value, List<Header> headers) {
        append(lastOffsetDelta + 1, timestamp, wrap(key), wrap(value), headers);
    }

    private static @Nullable ByteBuffer wrap(byte @Nullable [] bytes) {
        return bytes == null ? null : ByteBuffer.wrap(bytes);
    }

    /** A record without headers, which makes no garbage. */
    public void append(long timestamp, byte @Nullable [] key, byte @Nullable [] value) {
        int keyLength = key == null ? -1 : key.length;
        int valueLength = value == null ? -1 : value.length;
        int delta = lastOffsetDelta + 1;
        int length = begin(delta, timestamp, sizeOf(keyLength) + sizeOf(valueLength) + 1);
        Varints.put(buffer, length);
        putPrefix(delta, timestamp);
        Varints.put(buffer, keyLength);
        if (key != null) {
            buffer.put(key);
        }
        Varints.put(buffer, valueLength);
        if (value != null) {
            buffer.put(value);
        }
        buffer.put((byte) 0);
    }

    /**
     * A record at an offset of one's choice.
     *
     * @param offsetDelta its distance from the base offset; larger than that of every record before it
     */
    public void append(
            int offsetDelta,
            long timestamp,
            @Nullable ByteBuffer key,
            @Nullable ByteBuffer value,
            List<Header> headers) {
        if (offsetDelta <= lastOffsetDelta) {
            throw new IllegalArgumentException("Offset delta " + offsetDelta + " after " + lastOffsetDelta);
        }
        int keyLength = key == null ? -1 : key.remaining();
        int valueLength = value == null ? -1 : value.remaining();
        int length = begin(offsetDelta, timestamp, sizeOf(keyLength) + sizeOf(valueLength) + sizeOf(headers));
        Varints.put(buffer, length);
        putPrefix(offsetDelta, timestamp);
        put(key);
        put(value);
        put(headers);
    }

    /** Makes room for a record and takes note of it; returns the length that goes before it. */
    private int begin(int offsetDelta, long timestamp, long payload) {
        if (count == 0) {
            baseTimestamp = timestamp;
        }
        long length = 1L + Varints.size(timestamp - baseTimestamp) + Varints.size(offsetDelta) + payload;
        ensure(Varints.size(length) + length);
        maxTimestamp = count == 0 ? timestamp : Math.max(maxTimestamp, timestamp);
        lastOffsetDelta = offsetDelta;
        count++;
        return (int) length;
    }

    private void putPrefix(int offsetDelta, long timestamp) {
        buffer.put((byte) 0);
        Varints.put(buffer, timestamp - baseTimestamp);
        Varints.put(buffer, offsetDelta);
    }

    private void put(@Nullable ByteBuffer bytes) {
        if (bytes == null) {
            Varints.put(buffer, -1);
        } else {
            Varints.put(buffer, bytes.remaining());
            buffer.put(bytes.duplicate());
        }
    }

    private void put(List<Header> headers) {
        Varints.put(buffer, headers.size());
        for (Header each : headers) {
            byte[] name = each.name().getBytes(StandardCharsets.UTF_8);
            byte[] value = each.value();
            Varints.put(buffer, name.length);
            buffer.put(name);
            Varints.put(buffer, value == null ? -1 : value.length);
            if (value != null) {
                buffer.put(value);
            }
        }
    }

    private static long sizeOf(int length) {
        return Varints.size(length) + Math.max(0L, length);
    }

    private static long sizeOf(List<Header> headers) {
        long size = Varints.size(headers.size());
        for (Header each : headers) {
            byte[] value = each.value();
            size += sizeOf(each.name().getBytes(StandardCharsets.UTF_8).length)
                    + sizeOf(value == null ? -1 : value.length);
        }
        return size;
    }

    private void ensure(long bytes) {
        long needed = buffer.position() + bytes;
        if (needed > buffer.capacity()) {
            if (needed > Integer.MAX_VALUE - RecordBatch.HEADER_SIZE) {
                throw new IllegalStateException("A record batch cannot hold " + needed + " bytes");
            }
            long doubled = Math.min(Integer.MAX_VALUE - RecordBatch.HEADER_SIZE, buffer.capacity() * 2L);
            ByteBuffer larger = ByteBuffer.allocateDirect((int) Math.max(needed, doubled));
            buffer = larger.put(buffer.flip());
        }
    }

    /** Finishes the batch: the whole of it from position 0 to the limit, in a direct buffer that is valid until the next reset. */
    public ByteBuffer build() {
        int end = buffer.position();
        ByteBuffer whole = buffer;
        int attributes = Compression.NONE.code();
        if (compression == Compression.ZSTD && end - RecordBatch.HEADER_SIZE >= MIN_COMPRESSED_BYTES) {
            int packed = compressInto(end);
            if (packed > 0) {
                attributes = Compression.ZSTD.code();
                whole = compressed;
                end = RecordBatch.HEADER_SIZE + packed;
            }
        }
        writeHeader(whole, end, attributes);
        return whole.duplicate().clear().limit(end);
    }

    /** The compressed size; -1 if compression does not pay. */
    private int compressInto(int end) {
        int plain = end - RecordBatch.HEADER_SIZE;
        if (compressed.capacity() < end) {
            compressed = ByteBuffer.allocateDirect(buffer.capacity());
        }
        ByteBuffer source = buffer.duplicate().limit(end).position(RecordBatch.HEADER_SIZE);
        return Zstd.compress(
                source,
                compressed
                        .duplicate()
                        .limit(RecordBatch.HEADER_SIZE + plain - 1)
                        .position(RecordBatch.HEADER_SIZE));
    }

    private void writeHeader(ByteBuffer target, int end, int attributes) {
        target.putLong(RecordBatch.BASE_OFFSET_OFFSET, baseOffset)
                .putInt(RecordBatch.LENGTH_OFFSET, end - RecordBatch.LENGTH_PREFIX_SIZE)
                .putInt(RecordBatch.LEADER_EPOCH_OFFSET, 0)
                .put(RecordBatch.MAGIC_OFFSET, RecordBatch.MAGIC)
                .putShort(RecordBatch.ATTRIBUTES_OFFSET, (short) attributes)
                .putInt(RecordBatch.LAST_OFFSET_DELTA_OFFSET, Math.max(0, lastOffsetDelta))
                .putLong(RecordBatch.BASE_TIMESTAMP_OFFSET, baseTimestamp)
                .putLong(RecordBatch.MAX_TIMESTAMP_OFFSET, maxTimestamp)
                .putLong(RecordBatch.PRODUCER_ID_OFFSET, producerId)
                .putShort(RecordBatch.PRODUCER_EPOCH_OFFSET, producerEpoch)
                .putInt(RecordBatch.BASE_SEQUENCE_OFFSET, baseSequence)
                .putInt(RecordBatch.RECORD_COUNT_OFFSET, count);
        header.wrap(target, 0);
        int position = target.position();
        int limit = target.limit();
        target.limit(end);
        target.putInt(RecordBatch.CRC_OFFSET, header.computeChecksum());
        target.limit(limit).position(position);
    }
}
