package io.portask.store.log;

/** When a read compares batches with their checksums. */
enum ReadVerification {
    /** Each time: no byte leaves the store that was not checked in the buffer that it leaves in. */
    ALWAYS,

    /**
     * The first time since the segment was opened; afterwards whole index intervals go from the file to the channel unseen.
     * What the disk damages in between is for the consumer to detect, whose client checks every batch.
     */
    ONCE
}
