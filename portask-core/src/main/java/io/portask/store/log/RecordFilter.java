package io.portask.store.log;

import io.portask.record.RecordBatch;
import io.portask.record.RecordReader;

/** Which records a rewritten segment keeps. It gives the same answer however often it is asked. */
interface RecordFilter {
    /** Whether it is worth looking at the batch's records. */
    boolean concerns(RecordBatch batch);

    /** Whether the record that the reader is at stays. */
    boolean keeps(RecordReader record);
}
