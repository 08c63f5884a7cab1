package io.portask.store.redis;

import io.portask.error.PortaskException;
import io.portask.record.RecordBatch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The batches of one entry, one behind the other. Where they end and how many offsets they take is checked, nothing else. */
final class EntryBatches {
    private final List<ByteBuffer> batches = new ArrayList<>();
    private long offsets;
    private @Nullable String problem;

    EntryBatches(byte[] content) {
        ByteBuffer whole = ByteBuffer.wrap(content);
        RecordBatch batch = new RecordBatch();
        int at = 0;
        while (problem == null && at < content.length) {
            long size = RecordBatch.sizeAt(whole, at);
            if (size < RecordBatch.HEADER_SIZE || size > content.length - at) {
                problem = "a batch is cut short";
            } else if (batch.wrap(whole, at).lastOffsetDelta() < 0) {
                problem = "a batch takes no offsets";
            } else {
                batches.add(whole.slice(at, (int) size));
                offsets += batch.lastOffsetDelta() + 1L;
                at += (int) size;
            }
        }
        if (batches.isEmpty() && problem == null) {
            problem = "it holds no batch";
        }
    }

    List<ByteBuffer> batches() {
        return batches;
    }

    /** How many offsets all of them take. */
    long offsets() {
        return offsets;
    }

    /** Why the entry as a whole cannot be trusted; null if it can. */
    @Nullable
    String problem() {
        return problem;
    }

    /** What is wrong with a batch itself; null if nothing is. */
    static @Nullable String problem(RecordBatch flyweight, ByteBuffer batch) {
        try {
            flyweight.wrapChecked(batch, 0);
            return null;
        } catch (PortaskException e) {
            return e.getMessage();
        }
    }
}
