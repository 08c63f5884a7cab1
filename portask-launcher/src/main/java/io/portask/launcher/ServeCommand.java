package io.portask.launcher;

import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
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
            description = "Port of the binary protocol; 0 takes a free one (default: ${DEFAULT-VALUE}).")
    private int tcpPort;

    @Option(
            names = "--http-port",
            paramLabel = "PORT",
            description =
                    "Reserved for HTTP and WebSocket, usually 8080. This version has neither and opens no such port.")
    private @Nullable Integer httpPort;

    @Option(
            names = "--auth-token",
            paramLabel = "TOKEN",
            split = ",",
            description = "Let in only clients that know one of these tokens.")
    private List<String> authTokens = new ArrayList<>();

    @Option(
            names = "--encryption-key",
            paramLabel = "ID:KEY",
            split = ",",
            description = "32-byte keys, in Base64 or hexadecimal, under which clients may encrypt.")
    private List<String> encryptionKeys = new ArrayList<>();

    @Option(names = "--require-encryption", fallbackValue = "true", description = "Refuse clients that do not encrypt.")
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
            description = "Refuse connections beyond this number; 0 means 10000, or what the open-files limit allows "
                    + "(default: ${DEFAULT-VALUE}).")
    private int maxConnections;

    @Option(
            names = "--event-loops",
            paramLabel = "N",
            defaultValue = "0",
            description = "Network threads; 0 chooses by the number of cores (default: ${DEFAULT-VALUE}).")
    private int eventLoops;

    @Option(
            names = "--max-batch-bytes",
            paramLabel = "BYTES",
            defaultValue = "4194304",
            description = "The largest record batch accepted (default: ${DEFAULT-VALUE}).")
    private int maxBatchBytes;

    @Override
    public Integer call() throws InterruptedException {
        checkBind();
        PrintWriter err = spec.commandLine().getErr();
        if (httpPort != null) {
            err.println("portask: --http-port has no effect, this version serves the binary protocol only");
        }
        try (GracefulStop stop = GracefulStop.onSignal(STOP_PATIENCE)) {
            try (PortaskServer server = started(stop, err)) {
                if (server == null) {
                    return 0;
                }
                err.println(banner(server.tcpAddress()));
                stop.await();
            }
            err.println("Portask stopped");
        }
        return 0;
    }

    /** A server that runs; null if the signal to stop came before the store did. */
    private @Nullable PortaskServer started(GracefulStop stop, PrintWriter err) throws InterruptedException {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(waitForStore);
        boolean told = false;
        while (true) {
            PortaskServer server = OptionErrors.named(spec, this::server);
            try {
                server.start();
                return server;
            } catch (PortaskException e) {
                server.close();
                if (e.code() != ErrorCode.STORE_UNAVAILABLE || System.nanoTime() >= deadlineNs) {
                    throw e;
                }
                if (!told) {
                    err.println("portask: " + e.getMessage() + "; waiting up to " + waitForStore + " s for it");
                    told = true;
                }
            } catch (RuntimeException e) {
                server.close();
                throw e;
            }
            if (stop.await(STORE_RETRY)) {
                return null;
            }
        }
    }

    private PortaskServer server() {
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
        NioServerConfig.Builder tcp = NioServerConfig.builder().host(bind).port(tcpPort);
        if (maxConnections != 0) {
            tcp.maxConnections(maxConnections);
        }
        if (eventLoops != 0) {
            tcp.eventLoops(eventLoops);
        }
        return new PortaskServer(store, broker, port.build(), tcp.build(), new CompositeMeterRegistry());
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

    private String banner(InetSocketAddress tcp) {
        long startedMs = System.currentTimeMillis()
                - ManagementFactory.getRuntimeMXBean().getStartTime();
        return "Portask " + Version.current() + " | PORT on " + PortaskServer.text(tcp) + " | store "
                + MessageStores.masked(store)
                + " | started in " + startedMs + " ms";
    }
}
