package io.portask.client;

import io.portask.error.PortaskException;

/** What the server sends to without being asked each time, under the id of the request that began it. On the loop's thread. */
interface PushTarget {
    /** The server ended it. */
    void onEnded(PortaskException failure, boolean retriable);
}
