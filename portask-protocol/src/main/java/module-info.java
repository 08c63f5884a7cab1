/** PORT/1: the sans-IO codec that clients and servers share, and the protocol handler that serves a broker. */
module io.portask.protocol {
    requires transitive io.portask.core;
    requires com.github.luben.zstd_jni;
    requires org.agrona;
    requires org.slf4j;
    requires static transitive org.jspecify;

    exports io.portask.protocol;
}
