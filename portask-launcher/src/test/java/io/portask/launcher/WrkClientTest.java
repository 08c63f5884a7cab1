package io.portask.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.client.PortaskClient;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many connections of wrk that publish as fast as they are answered. */
@Timeout(120)
class WrkClientTest {
    private static final int CONNECTIONS = 64;
    private static final Pattern COUNTED =
            Pattern.compile("requests=(\\d+) status=0 connect=0 read=0 write=0 timeout=0\n");

    @TempDir
    private Path data;

    @Test
    void everyPublishThatWasAnsweredIsInTheTopic() throws Exception {
        String wrk = ForeignClient.WRK.assumed();
        String script = Path.of(
                        WrkClientTest.class.getResource("/clients/publish.lua").toURI())
                .toString();
        try (ServerProcess server = ServerProcess.start(data)) {
            String url = "http://" + server.httpAddress() + "/api/v1/messages/publish";
            ForeignProcess run = ForeignProcess.run(
                    wrk,
                    List.of("-t", "2", "-c", Integer.toString(CONNECTIONS), "-d", "2s", "-s", script, url),
                    Map.of());
            assertThat(run.exitCode()).as(run.output()).isZero();
            Matcher counted = COUNTED.matcher(run.output());
            assertThat(counted.find()).as("errors in %s", run.output()).isTrue();
            assertThat(run.output()).doesNotContain("Non-2xx");
            long completed = Long.parseLong(counted.group(1));
            assertThat(completed).isPositive();
            try (PortaskClient client = PortaskClient.connect(server.address())) {
                long stored = client.ensureTopic("wrk").partitions().get(0).endOffset();
                assertThat(stored).isBetween(completed, completed + CONNECTIONS);
            }
        }
    }
}
