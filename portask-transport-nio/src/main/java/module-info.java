/** Event loops, connections, buffers and timeouts. Hosts any {@code ProtocolHandler}; knows none. */
module io.portask.transport {
    requires transitive io.portask.core;
    requires transitive org.agrona;
    requires static transitive org.jspecify;
    requires org.slf4j;

    exports io.portask.transport;
}
