package io.portask.consumer;

/** Calls back in time. */
interface GroupTimer extends AutoCloseable {
    /** Has the task run soon, and then whenever it asked to. Any thread, also with locks held. */
    void wake();

    /** Waits, for a bounded time, until the task has nothing to wait for and does not run. */
    @Override
    void close();
}
