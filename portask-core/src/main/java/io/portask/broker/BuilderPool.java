package io.portask.broker;

import io.portask.record.RecordBatchBuilder;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/** Batch builders between uses, as many as a machine's threads need; more are made and dropped. Any thread. */
final class BuilderPool implements AutoCloseable {
    private static final int INITIAL_BYTES = 16 * 1024;
    private static final int MAX_KEPT = 8;

    private final BlockingQueue<RecordBatchBuilder> kept = new ArrayBlockingQueue<>(MAX_KEPT);

    RecordBatchBuilder borrow() {
        RecordBatchBuilder builder = kept.poll();
        return builder == null ? new RecordBatchBuilder(INITIAL_BYTES) : builder;
    }

    void giveBack(RecordBatchBuilder builder) {
        if (!kept.offer(builder)) {
            builder.close();
        }
    }

    @Override
    public void close() {
        for (RecordBatchBuilder builder = kept.poll(); builder != null; builder = kept.poll()) {
            builder.close();
        }
    }
}
