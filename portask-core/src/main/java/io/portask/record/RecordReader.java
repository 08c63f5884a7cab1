package io.portask.record;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Walks the records of one batch after another without an object for each. Compressed batches are inflated into a buffer that
 * the reader keeps. Every length is compared with what is there before it is used. One thread.
 */
public final class RecordReader {
    /** How far a batch may inflate unless the constructor says otherwise. */
    public static final int DEFAULT_MAX_UNCOMPRESSED_BYTES = 64 << 20;

    private static final int KEPT_SCRATCH_BYTES = 4 << 20;
    private static final int ABSENT = -1;

    private final int maxUncompressedBytes;
    private ByteBuffer inflated = ByteBuffer.allocateDirect(0);
    private ByteBuffer staging = ByteBuffer.allocateDirect(0);
    private ByteBuffer records = ByteBuffer.allocate(0);
    private int end;
    private int remainingRecords;
    private long baseOffset;
    private long baseTimestamp;
    private long appendTimestamp;
    private boolean isAppendTime;
    private int lastOffsetDelta;

    private int offsetDelta;
    private long timestampDelta;
    private int keyPosition;
    private int keyLength;
    private int valuePosition;
    private int valueLength;
    private int headersPosition;
    private int headerCount;

    public RecordReader() {
        this(DEFAULT_MAX_UNCOMPRESSED_BYTES);
    }

    /** @param maxUncompressedBytes batches that would inflate to more are refused */
    public RecordReader(int maxUncompressedBytes) {
        this.maxUncompressedBytes = maxUncompressedBytes;
    }

    /**
     * Goes before the first record of a batch that lies whole in its buffer.
     *
     * @throws PortaskException {@link ErrorCode#CORRUPT_BATCH}, {@link ErrorCode#BATCH_TOO_LARGE}, {@link
     *     ErrorCode#UNSUPPORTED_OPERATION}
     */
    public RecordReader wrap(RecordBatch batch) {
        ByteBuffer plain = batch.buffer().duplicate();
        plain.limit(batch.start() + batch.sizeInBytes()).position(batch.start() + RecordBatch.HEADER_SIZE);
        records = Compression.of(batch.compressionCode()) == Compression.ZSTD ? inflate(plain) : plain;
        end = records.limit();
        remainingRecords = batch.recordCount();
        baseOffset = batch.baseOffset();
        baseTimestamp = batch.baseTimestamp();
        isAppendTime = batch.isLogAppendTime();
        appendTimestamp = batch.maxTimestamp();
        lastOffsetDelta = batch.lastOffsetDelta();
        offsetDelta = -1;
        return this;
    }

    private ByteBuffer inflate(ByteBuffer frame) {
        if (inflated.capacity() > KEPT_SCRATCH_BYTES) {
            inflated = ByteBuffer.allocateDirect(0);
        }
        inflated = Zstd.decompress(frame.isDirect() ? frame : staged(frame), inflated, maxUncompressedBytes);
        return inflated;
    }

    private ByteBuffer staged(ByteBuffer frame) {
        if (staging.capacity() < frame.remaining()) {
            staging = ByteBuffer.allocateDirect(frame.remaining());
        }
        return staging.clear().put(frame).flip();
    }

    /**
     * Goes to the next record.
     *
     * @return false after the last one
     * @throws PortaskException {@link ErrorCode#CORRUPT_BATCH}, which says what is wrong
     */
    public boolean next() {
        if (remainingRecords <= 0) {
            if (records.position() != end) {
                throw corrupt((end - records.position()) + " bytes follow the last record");
            }
            return false;
        }
        int length = Varints.getInt(records);
        if (length < 0 || length > end - records.position()) {
            throw corrupt("a record of " + length + " bytes where " + (end - records.position()) + " are left");
        }
        int recordEnd = records.position() + length;
        records.limit(recordEnd);
        try {
            parse();
        } finally {
            records.limit(end);
        }
        remainingRecords--;
        return true;
    }

    private void parse() {
        if (!records.hasRemaining()) {
            throw corrupt("an empty record");
        }
        records.get();
        timestampDelta = Varints.getLong(records);
        int delta = Varints.getInt(records);
        if (delta <= offsetDelta || delta > lastOffsetDelta) {
            throw corrupt(
                    "offset delta " + delta + " after " + offsetDelta + " in a batch that ends at " + lastOffsetDelta);
        }
        offsetDelta = delta;
        keyLength = length("key");
        keyPosition = skip(keyLength);
        valueLength = length("value");
        valuePosition = skip(valueLength);
        headerCount = Varints.getInt(records);
        if (headerCount < 0 || headerCount > records.remaining() / 2) {
            throw corrupt(headerCount + " headers in " + records.remaining() + " bytes");
        }
        headersPosition = records.position();
        for (int i = 0; i < headerCount; i++) {
            int name = length("header name");
            if (name == ABSENT) {
                throw corrupt("a header without a name");
            }
            skip(name);
            skip(length("header value"));
        }
        if (records.hasRemaining()) {
            throw corrupt(records.remaining() + " bytes are left over in a record");
        }
    }

    /** A length that fits into the record, or {@link #ABSENT}. */
    private int length(String what) {
        int length = Varints.getInt(records);
        if (length < ABSENT || length > records.remaining()) {
            throw corrupt("a " + what + " of " + length + " bytes where " + records.remaining() + " are left");
        }
        return length;
    }

    private int skip(int length) {
        int position = records.position();
        records.position(position + Math.max(0, length));
        return position;
    }

    private static PortaskException corrupt(String what) {
        return new PortaskException(ErrorCode.CORRUPT_BATCH, "Corrupt record batch: " + what);
    }

    /** Walks a whole batch, and so proves that it can be read. */
    public void check(RecordBatch batch) {
        wrap(batch);
        boolean more = true;
        while (more) {
            more = next();
        }
    }

    public long offset() {
        return baseOffset + offsetDelta;
    }

    public int offsetDelta() {
        return offsetDelta;
    }

    public long timestamp() {
        return isAppendTime ? appendTimestamp : baseTimestamp + timestampDelta;
    }

    /** The key in place; null without one. Valid until the next {@link #wrap}. */
    public @Nullable ByteBuffer key() {
        return keyLength == ABSENT ? null : records.slice(keyPosition, keyLength);
    }

    /** The value in place; null for a tombstone. Valid until the next {@link #wrap}. */
    public @Nullable ByteBuffer value() {
        return valueLength == ABSENT ? null : records.slice(valuePosition, valueLength);
    }

    public List<Header> headers() {
        if (headerCount == 0) {
            return List.of();
        }
        List<Header> headers = new ArrayList<>(headerCount);
        ByteBuffer at = records.duplicate().position(headersPosition);
        for (int i = 0; i < headerCount; i++) {
            byte[] name = new byte[Varints.getInt(at)];
            at.get(name);
            int length = Varints.getInt(at);
            byte[] value = length == ABSENT ? null : new byte[length];
            if (value != null) {
                at.get(value);
            }
            headers.add(new Header(new String(name, StandardCharsets.UTF_8), value));
        }
        return headers;
    }

    /** A copy of the record that outlives the batch. */
    public ReceivedMessage toMessage(String topic, int partition) {
        return new ReceivedMessage(
                new MessageId(topic, partition, offset()),
                timestamp(),
                copy(keyPosition, keyLength),
                copy(valuePosition, valueLength),
                headers());
    }

    private byte @Nullable [] copy(int position, int length) {
        if (length == ABSENT) {
            return null;
        }
        byte[] bytes = new byte[length];
        records.get(position, bytes);
        return bytes;
    }
}
