package io.portask.http;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.portask.broker.Broker;
import io.portask.http.admin.AdminControl;
import io.portask.http.admin.ServerState;
import io.portask.http.filter.AccessFilter;
import io.portask.http.filter.BodyLimitFilter;
import io.portask.http.live.LiveConfig;
import io.portask.http.live.LiveUpgrade;
import io.portask.http.rest.RestRouter;
import io.portask.http.rest.RestSpec;
import io.portask.net.Connections;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A broker's REST resources. They run on Portask's own server ({@link #addTo}), which needs no thread for a connection or a
 * waiting request, or on any {@link HttpServer} ({@link #mountOn}), where those that stream hold one of its threads.
 */
public final class RestApi {
    private static final List<String> WHOLE_BODY_PATHS = List.of("/health", "/metrics", "/api/v1/");
    private static final String STREAMING_PATH = "/api/v1/topics/";

    private final Broker broker;
    private final MeterRegistry meters;
    private final Supplier<ServerState> state;
    private final RestRouter router;

    private RestApi(Broker broker, MeterRegistry meters, Supplier<ServerState> state, RestRouter router) {
        this.broker = broker;
        this.meters = meters;
        this.state = state;
        this.router = router;
    }

    public static Builder builder(Broker broker) {
        return new Builder(broker);
    }

    public HttpProtocolBuilder addTo(HttpProtocolBuilder http) {
        WHOLE_BODY_PATHS.forEach(path -> http.inline(path, router::handle));
        return http.streaming(STREAMING_PATH, router::handlePushed, Long.MAX_VALUE);
    }

    /** As {@link #mountOn(HttpServer, HttpConfig, Filter...)}, with the default configuration. */
    public void mountOn(HttpServer server, Filter... filters) {
        mountOn(server, HttpConfig.defaults(), filters);
    }

    /**
     * @param config says who may call, and how large a body may be that is held whole; other limits are the server's own business
     * @param filters run before the handlers, behind those for request ids, CORS, access and errors
     */
    public void mountOn(HttpServer server, HttpConfig config, Filter... filters) {
        List<Filter> chain = HttpProtocolBuilder.standard(config, new AccessFilter(config.guard()));
        List<Filter> limited = new ArrayList<>(chain);
        limited.add(new BodyLimitFilter(config.limits().maxBodyBytes()));
        WHOLE_BODY_PATHS.forEach(path -> mount(server, path, limited, filters));
        mount(server, STREAMING_PATH, chain, filters);
    }

    private void mount(HttpServer server, String path, List<Filter> chain, Filter... further) {
        List<Filter> filters = server.createContext(path, router::handle).getFilters();
        filters.addAll(chain);
        filters.addAll(List.of(further));
    }

    /**
     * This API and the WebSocket at {@code /ws}, to be hosted by Portask's transport. While the state is starting, only the
     * health is served. Further handlers may be added.
     */
    public HttpProtocolBuilder http(HttpConfig config) {
        StartingFilter starting = new StartingFilter(state);
        HttpProtocolBuilder http = HttpProtocol.builder(config, meters).filter(starting);
        return addTo(http).upgrade("/ws", starting.guarded(new LiveUpgrade(broker, LiveConfig.defaults())));
    }

    /** Collects what the resources tell of besides the broker. */
    public static final class Builder {
        private final Broker broker;
        private final List<Connections> connections = new ArrayList<>();
        private MeterRegistry meters = new CompositeMeterRegistry();
        private Supplier<ServerState> state = () -> ServerState.READY;
        private @Nullable AdminControl admin;
        private String version = "";

        private Builder(Broker broker) {
            this.broker = broker;
        }

        /** What {@code /metrics} shows; for text it needs a Prometheus registry, or a composite with one. */
        public Builder meterRegistry(MeterRegistry registry) {
            meters = registry;
            return this;
        }

        /** Adds connections to list and close. */
        public Builder connections(Connections source) {
            connections.add(source);
            return this;
        }

        public Builder state(Supplier<ServerState> current) {
            state = current;
            return this;
        }

        /** Without it there is no configuration to see or change, and no shutdown. */
        public Builder admin(AdminControl control) {
            admin = control;
            return this;
        }

        public Builder version(String text) {
            version = text;
            return this;
        }

        public RestApi build() {
            RestSpec spec = new RestSpec(broker, meters, connections, state, admin, version);
            return new RestApi(broker, meters, state, spec.router());
        }
    }
}
