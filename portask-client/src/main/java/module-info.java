/** The Java client for the network: connections, producers and consumers over PORT/1. */
module io.portask.client {
    requires transitive io.portask.core;
    requires transitive io.portask.protocol;
    requires io.portask.transport;
    requires org.agrona;
    requires org.slf4j;
    requires static transitive org.jspecify;

    exports io.portask.client;
}
