package io.portask.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** zstd frames (RFC 8878) written by hand: little that says, or inflates to, much. */
final class Zstds {
    private Zstds() {}

    /** A frame that claims a size and consists of blocks that repeat one byte. */
    static ByteBuffer frame(long claimedSize, int blocks, int blockSize) {
        ByteBuffer out = ByteBuffer.allocate(13 + 4 * blocks).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(0xFD2FB528).put((byte) 0xE0).putLong(claimedSize);
        for (int i = 0; i < blocks; i++) {
            out.put(rleBlock(i == blocks - 1, blockSize));
        }
        return out.flip();
    }

    static ByteBuffer frameThatHidesItsSize() {
        ByteBuffer hidden = ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN);
        return hidden.putInt(0xFD2FB528)
                .put((byte) 0)
                .put((byte) 0x50)
                .put(rleBlock(true, 10))
                .flip();
    }

    private static byte[] rleBlock(boolean last, int size) {
        int header = size << 3 | 1 << 1 | (last ? 1 : 0);
        return new byte[] {(byte) header, (byte) (header >> 8), (byte) (header >> 16), 'x'};
    }
}
