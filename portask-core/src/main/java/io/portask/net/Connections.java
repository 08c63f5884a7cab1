package io.portask.net;

import io.portask.error.PortaskException;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** The open connections of whoever accepts or makes them. Any thread. */
public interface Connections {
    /** What they look like now. Completes on a connection's thread. */
    CompletionStage<List<ConnectionInfo>> connections();

    /**
     * Closes one of them as {@link Connection#close} does.
     *
     * @return whether there was one with this id
     */
    CompletionStage<Boolean> closeConnection(long id, PortaskException reason);
}
