package io.portask.benchmarks;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.broker.Broker;
import io.portask.http.HttpConfig;
import io.portask.http.HttpProtocol;
import io.portask.http.RestApi;
import io.portask.transport.NioServer;
import io.portask.transport.NioServerConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Prints how many messages of 100 B are published with {@code POST /api/v1/messages/publish}, one a request, each acknowledged
 * when it is in the file, over 64 connections; beside a server of the JDK whose handler reads the body and gives an answer of the
 * same size. Both in turn. {@code HttpMeasurement [serve]}; needs {@code -Dsun.net.httpserver.nodelay=true}. With {@code serve} both
 * servers are there for another client, and their ports are printed.
 */
public final class HttpMeasurement implements AutoCloseable {
    private static final int CONNECTIONS = 64;
    private static final int ROUNDS = 6;
    private static final int REQUESTS = 200_000;
    private static final int VALUE_BYTES = 100;
    private static final byte[] ANSWER =
            "{\"id\":\"bench:0:1234567\",\"topic\":\"bench\",\"partition\":0,\"offset\":1234567,\"ack\":\"written\"}"
                    .getBytes(StandardCharsets.US_ASCII);

    private final Path directory = LogFixture.newDirectory();
    private final Broker broker = LogFixture.broker(directory);
    private final NioServer server;
    private final HttpServer stock;

    private HttpMeasurement() throws IOException {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        server = new NioServer(
                NioServerConfig.builder().port(0).build(),
                List.of(RestApi.builder(broker)
                        .build()
                        .addTo(HttpProtocol.builder(HttpConfig.defaults(), meters))
                        .build()),
                meters);
        server.start();
        broker.createTopic("bench", 1);
        stock = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        stock.createContext("/api/v1/messages/publish", HttpMeasurement::answer);
        stock.start();
    }

    private static void answer(HttpExchange exchange) throws IOException {
        exchange.getRequestBody().readAllBytes();
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, ANSWER.length);
        exchange.getResponseBody().write(ANSWER);
        exchange.close();
    }

    public static void main(String[] arguments) throws Exception {
        try (HttpMeasurement measurement = new HttpMeasurement()) {
            if (arguments.length > 0) {
                System.out.println("Portask " + measurement.server.address().getPort() + ", stock "
                        + measurement.stock.getAddress().getPort());
                Thread.sleep(Long.MAX_VALUE);
            }
            measurement.compare();
        }
        System.exit(0);
    }

    /** Medians of all rounds but the first. */
    private void compare() throws IOException {
        double[][] figures = new double[4][ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            measure(server.address(), figures[0], figures[1], round);
            measure(stock.getAddress(), figures[2], figures[3], round);
        }
        System.out.println(String.format(
                Locale.ROOT,
                "Portask %.0f/s, p99 %.2f ms; stock %.0f/s, p99 %.2f ms; ratio %.2f",
                Rounds.warmMedian(figures[0]),
                Rounds.warmMedian(figures[1]),
                Rounds.warmMedian(figures[2]),
                Rounds.warmMedian(figures[3]),
                Rounds.warmMedian(figures[0]) / Rounds.warmMedian(figures[2])));
    }

    private static void measure(InetSocketAddress address, double[] perSecond, double[] p99Ms, int round)
            throws IOException {
        try (HttpPublisher publisher = new HttpPublisher(address, CONNECTIONS, "bench", VALUE_BYTES)) {
            HttpPublisher.Run run = publisher.run(REQUESTS);
            perSecond[round] = run.perSecond();
            p99Ms[round] = run.percentile(99) / 1e6;
            System.out.println(
                    String.format(Locale.ROOT, "  %s %.0f/s, p99 %.2f ms", address, perSecond[round], p99Ms[round]));
        }
    }

    @Override
    public void close() throws IOException {
        stock.stop(0);
        server.close();
        broker.close();
        LogFixture.delete(directory);
    }
}
