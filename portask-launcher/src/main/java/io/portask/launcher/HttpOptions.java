package io.portask.launcher;

import io.portask.http.HttpConfig;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How a server speaks HTTP and WebSocket. */
final class HttpOptions {
    private static final String DEFAULT_PORT = "8080";
    private static final String NONE = "none";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--http-port",
            paramLabel = "PORT",
            description = "Port of HTTP and WebSocket; 0 takes a free one, none opens none (default: 8080; none with "
                    + "--require-encryption).")
    private @Nullable String port;

    @Option(
            names = "--tcp-http",
            paramLabel = "BOOLEAN",
            arity = "1",
            description = "Whether --tcp-port answers HTTP and WebSocket too, by the first bytes of a connection "
                    + "(default: true; false with --require-encryption).")
    private @Nullable Boolean tcpHttp;

    @Option(
            names = "--cors-origin",
            paramLabel = "ORIGIN",
            split = ",",
            description =
                    "Pages that may call over HTTP and WebSocket, such as https://app.example, or * for all. Without "
                            + "it only pages from this very server, by localhost or an address, may.")
    private List<String> corsOrigins = new ArrayList<>();

    @Option(
            names = "--http-host-name",
            paramLabel = "NAME",
            split = ",",
            description =
                    "Names by which the server may be called on this machine's loopback, besides localhost: that of "
                            + "a reverse proxy which passes its own on.")
    private List<String> hostNames = new ArrayList<>();

    /** Completes what was not said. HTTP is not encrypted here: where only what is encrypted may come in, it is off. */
    void complete(boolean requireEncryption) {
        if (port == null) {
            port = requireEncryption ? NONE : DEFAULT_PORT;
        }
        if (tcpHttp == null) {
            tcpHttp = !requireEncryption;
        }
        if (requireEncryption && (port() != null || tcpHttp())) {
            throw usage(
                    "--require-encryption leaves no room for HTTP, which is not encrypted here; give --http-port none "
                            + "and --tcp-http false, or neither");
        }
    }

    /** Null for none. */
    @Nullable
    Integer port() {
        String text = port == null ? DEFAULT_PORT : port;
        if (text.equalsIgnoreCase(NONE) || text.equals("-1")) {
            return null;
        }
        try {
            int number = Integer.parseInt(text);
            if (number >= 0 && number <= 65_535) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw usage("--http-port is " + text + "; allowed is 0 to 65535, or none");
    }

    boolean tcpHttp() {
        return tcpHttp == null || tcpHttp;
    }

    private CommandLine.ParameterException usage(String message) {
        return new CommandLine.ParameterException(spec.commandLine(), message);
    }

    HttpConfig config(List<String> tokens) {
        return HttpConfig.builder()
                .corsOrigins(corsOrigins)
                .hostNames(hostNames)
                .tokens(tokens)
                .build();
    }
}
