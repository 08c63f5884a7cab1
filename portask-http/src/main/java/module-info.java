/** HTTP/1.1 and WebSocket for a broker: a protocol handler, REST resources that any JDK HTTP server can mount, metrics. */
@SuppressWarnings("module") // The module that packages are exported to is built after this one.
module io.portask.http {
    requires transitive io.portask.core;
    requires transitive jdk.httpserver;
    requires micrometer.core;
    requires micrometer.registry.prometheus;
    requires org.slf4j;
    requires tools.jackson.core;
    requires static transitive org.jspecify;

    exports io.portask.http;
    exports io.portask.http.admin;
    exports io.portask.http.exchange;
    exports io.portask.http.json to
            io.portask.launcher;
}
