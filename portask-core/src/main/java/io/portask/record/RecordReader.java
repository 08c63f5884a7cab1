package io.portask.record;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the records of one batch after the other, in place where they are not compressed. It is a flyweight: after {@link
 * #next()} the accessors tell of that record until the next call, and copy only where they say so. {@link RecordBatchBuilder}
 * shows the layout.
 *
 * <p>No length or count is believed before it was compared with the bytes that are there. Whatever is wrong with a batch is a
 * {@link PortaskException} with {@link ErrorCode#CORRUPT_BATCH}, at the latest from the call of {@link #next()} that reaches it.
 * What compressed records may grow to is bounded.
 *
 * <p>Made to be kept: the buffer for decompressed records stays as large as the largest batch made it. One thread at a time.
 * Close it to free the native decompressor; it holds none before the first compressed batch.
 */
public final class RecordReader implements AutoCloseable {
    /** What the records of any stored batch may take, decompressed: the largest batch that a broker can be told to accept. */
    public static final int MAX_UNCOMPRESSED_BYTES = 1 << 30;

    /** Length, attributes, timestamp, offset, key, value and headers take at least a byte each. */
    private static final int MIN_RECORD_SIZE = 7;

    /** A header's name and value take at least a byte each. */
    private static final int MIN_HEADER_SIZE = 2;

    private static final int NULL_LENGTH = -1;

    private final int maxUncompressedBytes;
    private final ZstdUnpacker unpacker = new ZstdUnpacker();

    private ByteBuffer data = ByteBuffer.allocate(0);
    private int dataStart;
    private int dataEnd;
    private int count;
    private int lastOffsetDelta;
    private long baseOffset;
    private long baseTimestamp;
    private long maxTimestamp;
    private boolean logAppendTime;

    private int read;
    private int previousDelta;
    private int nextPosition;
    private long offset;
    private long timestamp;
    private int bodyPosition;
    private int keyPosition;
    private int keyLength;
    private int valuePosition;
    private int valueLength;
    private int headersPosition;
    private int headerCount;

    /** Reads every batch that a store may hold, up to {@link #MAX_UNCOMPRESSED_BYTES}. */
    public RecordReader() {
        this(MAX_UNCOMPRESSED_BYTES);
    }

    /**
     * Reads batches that are still to be accepted.
     *
     * @param maxUncompressedBytes what the records of one compressed batch may take; more is refused
     */
    public RecordReader(int maxUncompressedBytes) {
        this.maxUncompressedBytes = maxUncompressedBytes;
    }

    /**
     * Goes before the first record of a batch, whose bytes must stay as they are while they are read.
     *
     * @throws PortaskException {@link ErrorCode#CORRUPT_BATCH}; {@link ErrorCode#BATCH_TOO_LARGE} if compressed records exceed
     *     the bound; {@link ErrorCode#UNSUPPORTED_OPERATION} for a compression that only Kafka knows
     */
    public RecordReader wrap(RecordBatch batch) {
        long size = RecordBatch.sizeAt(batch.buffer(), batch.start());
        if (size < 0 || size > batch.buffer().limit() - batch.start()) {
            throw RecordBatch.corrupt("it is cut short");
        }
        count = 0;
        read = 0;
        int recordsPosition = batch.start() + RecordBatch.HEADER_SIZE;
        int recordsSize = (int) size - RecordBatch.HEADER_SIZE;
        if (Compression.of(batch.compressionCode()) == Compression.ZSTD) {
            data = unpacker.unpack(batch.buffer(), recordsPosition, recordsSize, maxUncompressedBytes);
            nextPosition = 0;
        } else {
            data = batch.buffer().duplicate();
            data.limit(recordsPosition + recordsSize);
            nextPosition = recordsPosition;
        }
        dataStart = nextPosition;
        dataEnd = data.limit();
        int claimed = batch.recordCount();
        int available = dataEnd - nextPosition;
        if (claimed < 0 || (long) claimed * MIN_RECORD_SIZE > available || (claimed == 0 && available > 0)) {
            throw RecordBatch.corrupt(claimed + " records cannot take " + available + " bytes");
        }
        count = claimed;
        lastOffsetDelta = batch.lastOffsetDelta();
        baseOffset = batch.baseOffset();
        baseTimestamp = batch.baseTimestamp();
        maxTimestamp = batch.maxTimestamp();
        logAppendTime = batch.isLogAppendTime();
        previousDelta = -1;
        return this;
    }

    /**
     * Goes to the next record.
     *
     * @return false after the last one
     * @throws PortaskException {@link ErrorCode#CORRUPT_BATCH} if the record, or what follows the last one, cannot be right
     */
    public boolean next() {
        if (read == count) {
            return false;
        }
        data.limit(dataEnd).position(nextPosition);
        int length = Varints.getInt(data);
        if (length < MIN_RECORD_SIZE - 1 || length > data.remaining()) {
            throw RecordBatch.corrupt("a record of " + length + " bytes in " + data.remaining());
        }
        nextPosition = data.position() + length;
        data.limit(nextPosition);
        readRecord();
        if (++read == count && nextPosition != dataEnd) {
            throw RecordBatch.corrupt((dataEnd - nextPosition) + " bytes follow the last record");
        }
        return true;
    }

    private void readRecord() {
        data.get();
        long timestampDelta = Varints.getLong(data);
        timestamp = logAppendTime ? maxTimestamp : baseTimestamp + timestampDelta;
        int offsetDelta = Varints.getInt(data);
        if (offsetDelta <= previousDelta || offsetDelta > lastOffsetDelta) {
            throw RecordBatch.corrupt("a record's offset delta is " + offsetDelta + " after " + previousDelta
                    + ", with a last one of " + lastOffsetDelta);
        }
        previousDelta = offsetDelta;
        offset = baseOffset + offsetDelta;
        bodyPosition = data.position();
        keyLength = fieldLength();
        keyPosition = skip(keyLength);
        valueLength = fieldLength();
        valuePosition = skip(valueLength);
        headerCount = Varints.getInt(data);
        if (headerCount < 0 || headerCount > data.remaining() / MIN_HEADER_SIZE) {
            throw RecordBatch.corrupt(headerCount + " headers in " + data.remaining() + " bytes");
        }
        headersPosition = data.position();
        for (int i = 0; i < headerCount; i++) {
            skip(headerNameLength());
            skip(fieldLength());
        }
        if (data.hasRemaining()) {
            throw RecordBatch.corrupt(data.remaining() + " bytes follow a record's headers");
        }
    }

    private int fieldLength() {
        int length = Varints.getInt(data);
        if (length < NULL_LENGTH || length > data.remaining()) {
            throw RecordBatch.corrupt("a field of " + length + " bytes in " + data.remaining());
        }
        return length;
    }

    private int headerNameLength() {
        int length = fieldLength();
        if (length < 0) {
            throw RecordBatch.corrupt("a header without a name");
        }
        return length;
    }

    /** Passes over a field that was checked, and returns where it began. */
    private int skip(int length) {
        int begin = data.position();
        if (length > 0) {
            data.position(begin + length);
        }
        return begin;
    }

    /** The bytes that the batch's records take, decompressed. */
    public int sizeInBytes() {
        return dataEnd - dataStart;
    }

    public long offset() {
        return offset;
    }

    /** Milliseconds since 1970 UTC: the producer's time, or the broker's where the batch says so. */
    public long timestamp() {
        return timestamp;
    }

    /** Where the positions below lie. For reading at absolute positions; its own position and limit are in use here. */
    public ByteBuffer data() {
        return data;
    }

    public int keyPosition() {
        return keyPosition;
    }

    /** -1 for a null key. */
    public int keyLength() {
        return keyLength;
    }

    public int valuePosition() {
        return valuePosition;
    }

    /** -1 for a null value. */
    public int valueLength() {
        return valueLength;
    }

    /** The key in place; a new slice at each call. */
    public @Nullable ByteBuffer key() {
        return slice(keyPosition, keyLength);
    }

    /** The value in place; a new slice at each call. */
    public @Nullable ByteBuffer value() {
        return slice(valuePosition, valueLength);
    }

    public int headerCount() {
        return headerCount;
    }

    /** The headers, copied at each call. */
    public List<Header> headers() {
        if (headerCount == 0) {
            return List.of();
        }
        List<Header> headers = new ArrayList<>(headerCount);
        data.limit(nextPosition).position(headersPosition);
        for (int i = 0; i < headerCount; i++) {
            byte[] name = new byte[Varints.getInt(data)];
            data.get(name);
            int length = Varints.getInt(data);
            byte[] value = copy(data.position(), length);
            skip(length);
            headers.add(new Header(new String(name, StandardCharsets.UTF_8), value));
        }
        return headers;
    }

    /** The record as a message with arrays of its own. */
    public ReceivedMessage toMessage(String topic, int partition) {
        return new ReceivedMessage(
                new MessageId(topic, partition, offset),
                timestamp,
                copy(keyPosition, keyLength),
                copy(valuePosition, valueLength),
                headers());
    }

    /** Where the part begins that does not depend on the batch: key, value and headers with their lengths. */
    int bodyPosition() {
        return bodyPosition;
    }

    int bodySize() {
        return nextPosition - bodyPosition;
    }

    /** Frees the native decompressor. */
    @Override
    public void close() {
        unpacker.close();
    }

    private @Nullable ByteBuffer slice(int position, int length) {
        data.limit(dataEnd);
        return length == NULL_LENGTH ? null : data.slice(position, length);
    }

    private byte @Nullable [] copy(int position, int length) {
        if (length == NULL_LENGTH) {
            return null;
        }
        byte[] bytes = new byte[length];
        data.get(position, bytes);
        return bytes;
    }
}
