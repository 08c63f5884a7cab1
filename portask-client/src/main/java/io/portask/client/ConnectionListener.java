package io.portask.client;

/** What follows the client from connection to connection. On the loop's thread. */
interface ConnectionListener {
    /** Requests may be sent from now on. */
    void onReady(ClientSession session);

    /** The session can take more again, after it said that it cannot. */
    default void onWritable() {}

    /** The session is gone; its requests fail after this call. */
    void onLost();

    /** The client is closed: there will be no other session. Last of all calls, and perhaps the only one. */
    void onClosed();
}
