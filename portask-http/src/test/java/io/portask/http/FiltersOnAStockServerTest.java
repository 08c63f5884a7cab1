package io.portask.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpServer;
import io.portask.http.filter.AccessMetricsFilter;
import io.portask.http.filter.BodyLimitFilter;
import io.portask.http.filter.CorsFilter;
import io.portask.http.filter.ErrorFilter;
import io.portask.http.filter.GzipFilter;
import io.portask.http.filter.RequestIdFilter;
import io.portask.http.filter.RequestIds;
import io.portask.http.filter.RequestMeters;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

class FiltersOnAStockServerTest extends FiltersContract {
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private HttpServer server;

    @Override
    InetSocketAddress start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        List<Filter> filters =
                server.createContext("/t", FiltersContract::handle).getFilters();
        filters.add(new AccessMetricsFilter(new RequestMeters(meters), System::nanoTime));
        filters.add(new RequestIdFilter(new RequestIds()));
        filters.add(new CorsFilter(List.of("https://app.example")));
        filters.add(new ErrorFilter());
        filters.add(new BodyLimitFilter(BODY_LIMIT));
        filters.add(new GzipFilter(1000));
        server.start();
        return server.getAddress();
    }

    @Override
    void stop() throws InterruptedException {
        threads.shutdown();
        assertThat(threads.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
        server.stop(0);
    }
}
