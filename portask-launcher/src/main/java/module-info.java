/** The command line: configuration, wiring and main. */
module io.portask.launcher {
    requires ch.qos.logback.classic;
    requires ch.qos.logback.core;
    requires info.picocli;
    requires io.portask.client;
    requires io.portask.core;
    requires io.portask.http;
    requires io.portask.protocol;
    requires io.portask.transport;
    requires HdrHistogram;
    requires java.management;
    requires java.net.http;
    requires micrometer.registry.prometheus;
    requires static org.jspecify;
    requires org.slf4j;
    requires tools.jackson.core;

    opens io.portask.launcher to
            info.picocli;
}
