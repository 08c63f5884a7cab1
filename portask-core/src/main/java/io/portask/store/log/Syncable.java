package io.portask.store.log;

/** Something with unforced bytes and acknowledgements that wait for them. */
interface Syncable {
    /**
     * Forces what was written before the call and completes what waited for that, without locks held. Never throws. Called
     * by the {@link Syncer} only.
     *
     * @param urgent whether the call answers an urgent request or one that could wait
     */
    void sync(boolean urgent);
}
