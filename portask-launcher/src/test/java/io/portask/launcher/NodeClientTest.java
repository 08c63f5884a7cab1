package io.portask.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Scripts of Node, tests themselves, against a server. */
@Timeout(120)
class NodeClientTest {
    @TempDir
    private Path data;

    private static String script(String name) throws URISyntaxException {
        return Path.of(NodeClientTest.class.getResource("/clients/" + name).toURI())
                .toString();
    }

    private static void assertPasses(List<String> arguments) throws IOException {
        String node = ForeignClient.NODE.assumed();
        ForeignProcess run = ForeignProcess.run(node, arguments, Map.of());
        assertThat(run.exitCode()).as(run.output()).isZero();
        assertThat(run.output()).containsPattern("pass [1-9]").containsPattern("fail 0");
    }

    @Test
    void fetchPublishesReadsFollowsAndLeaves() throws Exception {
        ForeignClient.NODE.assumed();
        try (ServerProcess server = ServerProcess.start(data)) {
            assertPasses(List.of(script("fetch.cjs"), server.httpAddress()));
        }
    }

    @Test
    void webSocketsOfNodeAreUnderstood() throws Exception {
        ForeignClient.NODE.assumed();
        NodeSockets sockets = NodeSockets.found();
        Assumptions.assumeTrue(sockets.any(), "Node with " + sockets);
        try (ServerProcess server = ServerProcess.start(data)) {
            List<String> arguments = new ArrayList<>(sockets.options());
            arguments.addAll(List.of(script("websocket.cjs"), server.httpAddress()));
            if (!sockets.packaged().isEmpty()) {
                arguments.add("ws");
            }
            assertPasses(arguments);
        }
    }
}
