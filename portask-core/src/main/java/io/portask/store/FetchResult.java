package io.portask.store;

import io.portask.io.ByteSource;

/**
 * Whole batches from the one that contains the wanted offset, which may also hold records before it. Empty when the
 * wanted offset is the end. Close it when the bytes were used.
 */
public final class FetchResult implements AutoCloseable {
    private final long startOffset;
    private final long endOffset;
    private final long nextOffset;
    private final ByteSource batches;

    /**
     * @param startOffset the oldest offset kept in the partition
     * @param endOffset the offset that the next message gets
     * @param nextOffset where to read on: the offset after the last batch here, or the wanted one when empty
     */
    public FetchResult(long startOffset, long endOffset, long nextOffset, ByteSource batches) {
        this.startOffset = startOffset;
        this.endOffset = endOffset;
        this.nextOffset = nextOffset;
        this.batches = batches;
    }

    public long startOffset() {
        return startOffset;
    }

    public long endOffset() {
        return endOffset;
    }

    public long nextOffset() {
        return nextOffset;
    }

    public ByteSource batches() {
        return batches;
    }

    public int sizeInBytes() {
        return batches.size();
    }

    public boolean isEmpty() {
        return batches.size() == 0;
    }

    @Override
    public void close() {
        batches.close();
    }
}
