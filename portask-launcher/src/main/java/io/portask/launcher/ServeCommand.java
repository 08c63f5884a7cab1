package io.portask.launcher;

import io.portask.broker.BrokerConfig;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.protocol.PortConfig;
import io.portask.protocol.PortKeys;
import io.portask.store.MessageStores;
import io.portask.transport.NioServerConfig;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code portask serve}: a broker and its ports, until a signal comes. */
@Command(name = "serve", description = "Run a broker that serves the network, until SIGTERM or SIGINT.")
final class ServeCommand implements Callable<Integer> {
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(60);
    private static final Duration STORE_RETRY = Duration.ofMillis(500);

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Option(
            names = "--store",
            paramLabel = "URI",
            defaultValue = "file:./portask-data",
            description =
                    "Where messages are kept: file:DIR, memory:, redis://HOST:PORT/DB, rediss://, redis-socket://, "
                            + "redis-sentinel:// or redis-cluster:// (default: ${DEFAULT-VALUE}).")
    private String store = "";

    @Option(
            names = "--wait-for-store",
            paramLabel = "SECONDS",
            defaultValue = "0",
            description = "How long to try again while the store cannot be reached (default: ${DEFAULT-VALUE}).")
    private int waitForStore;

    @Option(
            names = "--bind",
            paramLabel = "HOST",
            defaultValue = "127.0.0.1",
            description = "The address to listen on (default: ${DEFAULT-VALUE}).")
    private String bind = "";

    @Option(
            names = "--tcp-port",
            paramLabel = "PORT",
            defaultValue = "9092",
            description = "Port of the binary protocol, and of HTTP with --tcp-http; 0 takes a free one (default: "
                    + "${DEFAULT-VALUE}).")
    private int tcpPort;

    @Mixin
    private HttpOptions http = new HttpOptions();

    @Option(
            names = "--auth-token",
            paramLabel = "TOKEN",
            split = ",",
            description = "Let in only clients that know one of these tokens, through any port. HTTP wants "
                    + "Authorization: Bearer TOKEN.")
    private List<String> authTokens = new ArrayList<>();

    @Option(
            names = "--encryption-key",
            paramLabel = "ID:KEY",
            split = ",",
            description = "32-byte keys, in Base64 or hexadecimal, under which clients may encrypt.")
    private List<String> encryptionKeys = new ArrayList<>();

    @Option(
            names = "--require-encryption",
            fallbackValue = "true",
            description = "Refuse clients that do not encrypt; HTTP is off then.")
    private boolean requireEncryption;

    @Option(
            names = "--insecure",
            fallbackValue = "true",
            description =
                    "Allow a --bind beyond this machine without --auth-token. Whoever reaches the port is let in.")
    private boolean insecure;

    @Option(
            names = "--partitions",
            paramLabel = "N",
            defaultValue = "1",
            description = "Partitions of topics created without a number (default: ${DEFAULT-VALUE}).")
    private int partitions;

    @Option(
            names = "--auto-create-topics",
            paramLabel = "BOOLEAN",
            arity = "1",
            defaultValue = "true",
            description = "Whether publishing to an unknown topic creates it (default: ${DEFAULT-VALUE}).")
    private boolean autoCreateTopics;

    @Option(
            names = "--max-connections",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Refuse connections of a port beyond this number; 0 means 10000, or what the open-files limit "
                            + "allows (default: ${DEFAULT-VALUE}).")
    private int maxConnections;

    @Option(
            names = "--event-loops",
            paramLabel = "N",
            defaultValue = "0",
            description = "Network threads of each port; 0 chooses by the number of cores (default: ${DEFAULT-VALUE}).")
    private int eventLoops;

    @Option(
            names = "--max-batch-bytes",
            paramLabel = "BYTES",
            defaultValue = "4194304",
            description = "The largest record batch accepted (default: ${DEFAULT-VALUE}).")
    private int maxBatchBytes;

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws InterruptedException {
        checkBind();
        http.complete(requireEncryption);
        log.apply();
        PrintWriter err = spec.commandLine().getErr();
        try (GracefulStop stop = GracefulStop.onSignal(STOP_PATIENCE)) {
            try (PortaskServer server = started(stop, err)) {
                if (server == null) {
                    return 0;
                }
                log.say(err, banner(server));
                stop.await();
            }
            log.say(err, "Portask stopped");
        }
        return 0;
    }

    /** A server that runs; null if the signal to stop came before the store did. */
    private @Nullable PortaskServer started(GracefulStop stop, PrintWriter err) throws InterruptedException {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(waitForStore);
        boolean told = false;
        ServerAdmin admin = new ServerAdmin(spec, stop);
        PortaskServer server = OptionErrors.named(spec, () -> new PortaskServer(config(), admin));
        admin.administer(server);
        try {
            server.listen();
            while (!isStarted(server, deadlineNs, told ? null : err)) {
                told = true;
                if (stop.await(STORE_RETRY)) {
                    server.close();
                    return null;
                }
            }
            return server;
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /** Whether it runs; false if it may be tried again. */
    private boolean isStarted(PortaskServer server, long deadlineNs, @Nullable PrintWriter tell) {
        try {
            server.start();
            return true;
        } catch (PortaskException e) {
            if (e.code() != ErrorCode.STORE_UNAVAILABLE || System.nanoTime() >= deadlineNs) {
                throw e;
            }
            if (tell != null) {
                InetSocketAddress web = server.httpAddress();
                String health = web == null ? "" : ", health on " + PortaskServer.text(web);
                log.say(tell, "portask: " + e.getMessage() + "; waiting up to " + waitForStore + " s for it" + health);
            }
            return false;
        }
    }

    private ServerConfig config() {
        BrokerConfig broker = BrokerConfig.builder()
                .autoCreateTopics(autoCreateTopics)
                .defaultPartitions(partitions)
                .maxBatchBytes(maxBatchBytes)
                .build();
        PortConfig.Builder port = PortConfig.builder()
                .serverVersion(Version.current())
                .tokens(authTokens)
                .requireEncryption(requireEncryption);
        if (!encryptionKeys.isEmpty()) {
            port.keys(PortKeys.parse(encryptionKeys));
        }
        Integer httpPort = http.port();
        return new ServerConfig(
                store,
                broker,
                port.build(),
                http.config(authTokens),
                listener(tcpPort),
                http.tcpHttp(),
                httpPort == null ? null : listener(httpPort));
    }

    private NioServerConfig listener(int port) {
        NioServerConfig.Builder listener = NioServerConfig.builder().host(bind).port(port);
        if (maxConnections != 0) {
            listener.maxConnections(maxConnections);
        }
        if (eventLoops != 0) {
            listener.eventLoops(eventLoops);
        }
        return listener.build();
    }

    private void checkBind() {
        if (insecure || !authTokens.isEmpty()) {
            return;
        }
        try {
            if (!InetAddress.getByName(bind).isLoopbackAddress()) {
                throw new CommandLine.ParameterException(
                        spec.commandLine(),
                        "Binding to " + bind
                                + " would let everybody in who reaches it; give --auth-token, or --insecure to accept that");
            }
        } catch (UnknownHostException e) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--bind " + bind + " is no address of this machine", e);
        }
    }

    private String banner(PortaskServer server) {
        long startedMs = System.currentTimeMillis()
                - ManagementFactory.getRuntimeMXBean().getStartTime();
        InetSocketAddress web = server.httpAddress();
        return "Portask " + Version.current() + " | PORT" + (http.tcpHttp() ? " and HTTP" : "") + " on "
                + PortaskServer.text(server.tcpAddress())
                + (web == null ? "" : " | HTTP on " + PortaskServer.text(web))
                + " | store " + MessageStores.masked(store)
                + " | started in " + startedMs + " ms";
    }
}
