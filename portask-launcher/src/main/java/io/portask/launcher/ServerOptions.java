package io.portask.launcher;

import io.portask.client.ClientConfig;
import io.portask.client.PortaskClient;
import io.portask.protocol.PortKeys;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How a command reaches a server. */
final class ServerOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--server",
            paramLabel = "HOST:PORT",
            defaultValue = "127.0.0.1:9092",
            description = "The server (default: ${DEFAULT-VALUE}); several with commas are tried in turn.")
    private String server = "";

    @Option(names = "--auth-token", paramLabel = "TOKEN", description = "Token, where the server asks for one.")
    private String token = "";

    @Option(
            names = "--encryption-key",
            paramLabel = "ID:KEY",
            split = ",",
            description = "Encrypt with this 32-byte key, in Base64 or hexadecimal, that the server knows too.")
    private List<String> encryptionKeys = new ArrayList<>();

    @Option(
            names = "--timeout-ms",
            paramLabel = "MS",
            defaultValue = "30000",
            description = "Give up a request after this time (default: ${DEFAULT-VALUE}).")
    private int timeoutMs;

    /** For the command that has these options. */
    CommandLine.ParameterException usageError(String message) {
        return new CommandLine.ParameterException(spec.commandLine(), message);
    }

    PortaskClient connect(String clientName) {
        return PortaskClient.connect(OptionErrors.named(spec, () -> config(clientName)));
    }

    private ClientConfig config(String clientName) {
        ClientConfig.Builder config =
                ClientConfig.builder().server(server).clientName(clientName).requestTimeoutMs(timeoutMs);
        if (!token.isEmpty()) {
            config.token(token);
        }
        if (!encryptionKeys.isEmpty()) {
            config.encryptionKeys(PortKeys.parse(encryptionKeys));
        }
        return config.build();
    }
}
