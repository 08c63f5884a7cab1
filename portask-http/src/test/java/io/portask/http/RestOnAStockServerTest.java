package io.portask.http;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

class RestOnAStockServerTest extends RestContract {
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private HttpServer server;

    @Override
    InetSocketAddress start(RestApi api) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        api.mountOn(server);
        server.start();
        return server.getAddress();
    }

    @Override
    void stop() {
        server.stop(0);
        threads.shutdownNow();
    }
}
