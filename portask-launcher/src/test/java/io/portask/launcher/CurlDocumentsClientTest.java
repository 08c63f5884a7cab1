package io.portask.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.launcher.DocumentBlocks.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every command with curl in the documents, run as it is printed but for the port, answers as the documents say. */
@Timeout(120)
class CurlDocumentsClientTest {
    private static final String HTTP = "docs/HTTP.md";
    private static final Predicate<Command> FOLLOWS = command -> command.text().contains("curl -N");
    private static final Predicate<Command> SHOWS_A_TOKEN =
            command -> command.text().contains("TOKEN");

    @TempDir
    private Path data;

    @TempDir
    private Path home;

    private static String comparable(String text) {
        return text.replaceAll("\"timestamp\":\\d+", "\"timestamp\":0")
                .replace(Version.current(), "0.1.0")
                .strip();
    }

    @Test
    void theCommandsOfTheReadmeWork() throws Exception {
        ForeignClient.CURL.assumed();
        List<Command> commands = DocumentBlocks.curl("README.md");
        assertThat(commands).hasSizeGreaterThanOrEqualTo(8);
        try (ServerProcess server = ServerProcess.start(data)) {
            Curl curl = new Curl(server.httpAddress(), home);
            for (Command command : commands) {
                Curl.Answer answer = curl.run(command.text());
                assertThat(answer.status())
                        .as("%s answered %s", command.text(), answer.body())
                        .isEqualTo(200);
                assertThat(answer.body()).as(command.text()).contains(expected(command));
            }
        }
    }

    /** What the reader of the README wants to see of it. */
    private static String expected(Command command) {
        String path = command.text().replaceAll(".*localhost:8080(/[^ ?']*).*", "$1");
        return switch (path) {
            case "/api/v1/messages/publish" -> "{\"id\":\"orders:0:0\",";
            case "/api/v1/messages" -> "\"messages\":[{\"id\":\"orders:0:0\"";
            case "/api/v1/messages/orders:0:0" -> "\"value\":{\"total\":10.5}}";
            case "/api/v1/topics/files/messages" -> "{\"id\":\"files:0:0\",";
            case "/api/v1/topics/orders" -> "\"endOffset\":1,";
            case "/api/v1/connections" -> "\"protocol\":\"http\"";
            case "/health" -> "{\"status\":\"up\"";
            case "/metrics" -> "# TYPE portask_publish_records_total counter";
            default -> throw new AssertionError("Say what is expected of " + command.text());
        };
    }

    @Test
    void theConversationOfTheDocumentAnswersWordForWord() throws Exception {
        ForeignClient.CURL.assumed();
        List<Command> commands = DocumentBlocks.curl(HTTP).stream()
                .filter(FOLLOWS.or(SHOWS_A_TOKEN).negate())
                .toList();
        assertThat(commands).hasSizeGreaterThanOrEqualTo(12);
        try (ServerProcess server = ServerProcess.start(data)) {
            Curl curl = new Curl(server.httpAddress(), home);
            for (Command command : commands) {
                Curl.Answer answer = curl.run(command.text());
                assertThat(comparable(answer.body())).as(command.text()).isEqualTo(comparable(command.answer()));
                if (command.answer().isEmpty()) {
                    assertThat(answer.status()).as(command.text()).isEqualTo(204);
                }
            }
        }
    }

    @Test
    void theStreamsOfTheDocumentFollowATopic() throws Exception {
        ForeignClient.CURL.assumed();
        List<Command> commands =
                DocumentBlocks.curl(HTTP).stream().filter(FOLLOWS).toList();
        assertThat(commands).hasSize(2);
        try (ServerProcess server = ServerProcess.start(data)) {
            Curl curl = new Curl(server.httpAddress(), home);
            curl.run("curl localhost:8080/api/v1/topics -d '{\"name\":\"orders\",\"partitions\":2}'");
            publishTo(0, curl);
            String events = curl.follow(commands.get(0).text(), line -> {
                if (line.equals("id: 0:1,1:0")) {
                    publishTo(0, curl);
                }
                return line.startsWith("data: ");
            });
            assertThat(events).startsWith("id: 0:1,1:0\n\nid: 0:2,1:0\ndata: {\"id\":\"orders:0:1\",");
            assertThat(curl.follow(commands.get(1).text(), line -> line.contains("\"offset\":1")))
                    .startsWith("{\"id\":\"orders:0:0\",\"topic\":\"orders\",\"partition\":0,\"offset\":0,");
        }
    }

    private static void publishTo(int partition, Curl curl) {
        try {
            assertThat(curl.run("curl localhost:8080/api/v1/topics/orders/messages?partition=" + partition + " -d x")
                            .status())
                    .isEqualTo(200);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void theTokenOfTheDocumentOpensTheDoor() throws Exception {
        ForeignClient.CURL.assumed();
        List<Command> commands =
                DocumentBlocks.curl(HTTP).stream().filter(SHOWS_A_TOKEN).toList();
        assertThat(commands).hasSize(1);
        try (ServerProcess server = ServerProcess.start(data, "--auth-token", "TOKEN")) {
            Curl curl = new Curl(server.httpAddress(), home);
            Curl.Answer answer = curl.run(commands.get(0).text());
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("{\"topics\":[]}");
            assertThat(curl.run("curl http://localhost:8080/api/v1/topics").status())
                    .isEqualTo(401);
        }
    }
}
