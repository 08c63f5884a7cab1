package io.portask.store.log;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.RecordBatches;
import io.portask.record.RecordReader;
import java.nio.ByteBuffer;

/** Looks at the keys of what is appended to a compacted topic. */
final class KeyedRecords {
    private static final int NO_KEY = -1;

    private KeyedRecords() {}

    /** @throws PortaskException {@link ErrorCode#INVALID_REQUEST} if a record has no key */
    static void check(ByteBuffer batches) {
        try (RecordReader records = new RecordReader()) {
            RecordBatches.forEach(batches, batch -> {
                records.wrap(batch);
                while (records.next()) {
                    if (records.keyLength() == NO_KEY) {
                        throw new PortaskException(
                                ErrorCode.INVALID_REQUEST,
                                "A compacted topic takes no message without a key. Give every message a key");
                    }
                }
            });
        }
    }
}
