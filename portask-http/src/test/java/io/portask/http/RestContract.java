package io.portask.http;

import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The same resources on this server and on the JDK's own. */
abstract class RestContract
        implements PublishRules,
                BulkRules,
                FetchRules,
                TopicResourceRules,
                ConsumerResourceRules,
                GroupResourceRules,
                ServerResourceRules {
    private RestProbe probe;

    abstract InetSocketAddress start(RestApi api) throws Exception;

    abstract void stop();

    @BeforeEach
    void startServer() throws Exception {
        probe = new RestProbe();
        probe.servedAt(start(probe.api));
    }

    @AfterEach
    void stopServer() {
        stop();
        probe.close();
    }

    @Override
    public final RestProbe rest() {
        return probe;
    }
}
