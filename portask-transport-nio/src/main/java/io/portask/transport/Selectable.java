package io.portask.transport;

/** What is attached to a selection key. Everything is called on its loop's thread. */
interface Selectable {
    /** The channel is ready. */
    void onReady(int readyOps);

    /** The owner wants to stop: finish, within the time that it waits. */
    void onShutdown();

    /** The loop ends: release everything at once. */
    void onLoopClosed();
}
