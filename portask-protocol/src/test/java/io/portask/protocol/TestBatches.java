package io.portask.protocol;

import io.portask.record.RecordBatch;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Record batches written by hand, so that the wire tests depend on the layout only. */
final class TestBatches {
    /** 2026-01-01T00:00:00Z. */
    static final long TIMESTAMP = 1_767_225_600_000L;

    private TestBatches() {}

    /** A batch of records without headers, all with the same key, which may be null. */
    static ByteBuffer batch(long baseOffset, String key, String... values) {
        return batch(baseOffset, -1, -1, key, values);
    }

    static ByteBuffer batch(long baseOffset, long producerId, int sequence, String key, String... values) {
        ByteBuffer out = ByteBuffer.allocateDirect(RecordBatch.HEADER_SIZE + sizeOf(key, values));
        out.putLong(baseOffset).putInt(0).putInt(-1).put(RecordBatch.MAGIC).putInt(0);
        out.putShort((short) 0).putInt(values.length - 1).putLong(TIMESTAMP).putLong(TIMESTAMP);
        out.putLong(producerId)
                .putShort((short) (producerId < 0 ? -1 : 0))
                .putInt(sequence)
                .putInt(values.length);
        for (int i = 0; i < values.length; i++) {
            record(out, i, key, values[i]);
        }
        out.flip();
        out.putInt(RecordBatch.LENGTH_OFFSET, out.limit() - RecordBatch.LENGTH_PREFIX_SIZE);
        out.putInt(RecordBatch.CRC_OFFSET, new RecordBatch().wrap(out, 0).computeChecksum());
        return out;
    }

    /** A batch of one record that is at least {@code size} bytes. */
    static ByteBuffer ofSize(int size) {
        return batch(0, null, "x".repeat(size));
    }

    private static int sizeOf(String key, String[] values) {
        int size = 0;
        for (String value : values) {
            size += 30 + (key == null ? 0 : key.length()) + value.length();
        }
        return size;
    }

    private static void record(ByteBuffer out, int offsetDelta, String key, String value) {
        ByteBuffer body = ByteBuffer.allocate(30 + (key == null ? 0 : key.length()) + value.length());
        body.put((byte) 0);
        varint(body, 0);
        varint(body, offsetDelta);
        text(body, key);
        text(body, value);
        varint(body, 0);
        body.flip();
        varint(out, body.remaining());
        out.put(body);
    }

    private static void text(ByteBuffer out, String text) {
        if (text == null) {
            varint(out, -1);
        } else {
            byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
            varint(out, bytes.length);
            out.put(bytes);
        }
    }

    private static void varint(ByteBuffer out, int value) {
        int zigzag = (value << 1) ^ (value >> 31);
        while ((zigzag & ~0x7F) != 0) {
            out.put((byte) (zigzag & 0x7F | 0x80));
            zigzag >>>= 7;
        }
        out.put((byte) zigzag);
    }
}
