/** HTTP/1.1 and WebSocket for a broker: a protocol handler, REST resources that any JDK HTTP server can mount, metrics. */
module io.portask.http {
    requires transitive io.portask.core;
    requires transitive jdk.httpserver;
    requires micrometer.core;
    requires org.slf4j;
    requires tools.jackson.core;
    requires static transitive org.jspecify;

    exports io.portask.http;
    exports io.portask.http.exchange;
}
