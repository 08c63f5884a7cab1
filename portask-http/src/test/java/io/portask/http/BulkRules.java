package io.portask.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.http.RestProbe.Reply;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Many messages as lines of JSON. */
interface BulkRules extends RestRules {
    private static byte[] bytes(String line) {
        return line.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    default void eachLineIsAMessage() throws Exception {
        rest().broker.createTopic("bulk", 2);
        Reply done = rest().lines(
                        "bulk",
                        BodyPublishers.ofString(
                                "{\"partition\":0,\"text\":\"a\"}\r\n\n  \t\n"
                                        + "{\"partition\":1,\"value\":{\"n\":1},\"key\":\"k\"}\n{\"partition\":0,\"text\":null}"))
                .is(200);
        assertThat(done.json())
                .isEqualTo(Map.of(
                        "topic",
                        "bulk",
                        "messages",
                        3L,
                        "ack",
                        "none",
                        "partitions",
                        List.of(
                                Map.of("partition", 0L, "firstOffset", 0L, "lastOffset", 1L, "messages", 2L),
                                Map.of("partition", 1L, "firstOffset", 0L, "lastOffset", 0L, "messages", 1L))));
    }

    @Test
    default void moreThanAnyBufferIsStreamed() throws Exception {
        int lines = 20_000;
        String filler = "x".repeat(200);
        Iterable<byte[]> parts = () -> IntStream.range(0, lines)
                .mapToObj(i -> bytes("{\"text\":\"" + i + " " + filler + "\"}\n"))
                .iterator();
        Reply done = rest().lines("bulk", BodyPublishers.ofByteArrays(parts)).is(200);

        assertThat(done.json()).containsEntry("messages", (long) lines);
        assertThat((String) rest().get("/api/v1/messages/bulk:0:12345").json().get("text"))
                .startsWith("12345 ");
    }

    @Test
    default void nothingIsPublishedOfNoLines() throws Exception {
        assertThat(rest().lines("bulk", BodyPublishers.ofString("\n\n")).is(200).json())
                .containsEntry("messages", 0L)
                .containsEntry("partitions", List.of());
    }

    @Test
    default void whatStoodBeforeABadLineIsPublishedAndCounted() throws Exception {
        Stream<String> good = IntStream.range(0, 1_500).mapToObj(i -> "{\"text\":\"" + i + "\"}\n");
        String lines = String.join("", good.toList()) + "{\"text\":7}\n{\"text\":\"after\"}\n";
        rest().lines("bulk", BodyPublishers.ofString(lines))
                .isProblem(400, ErrorCode.INVALID_REQUEST, "Line 1501", "/text", "first 1500 messages were published");
        assertThat(rest().broker.describeTopic("bulk").partitions().get(0).endOffset())
                .isEqualTo(1_500);
    }

    @Test
    default void aLineThatIsTooLongIsRefused() throws Exception {
        String lines = "{\"text\":\"a\"}\n{\"text\":\"" + "x".repeat(2 * RestProbe.MAX_BATCH_BYTES) + "\"}\n";
        rest().lines("bulk", BodyPublishers.ofString(lines))
                .isProblem(413, ErrorCode.BATCH_TOO_LARGE, "Line 2", "up to 524288 bytes", "first 1 messages");
    }

    @Test
    default void aStoreThatFailsEndsIt() throws Exception {
        rest().broker.createTopic("bulk", 1);
        rest().held.fail("append", ErrorCode.OVERLOADED);
        rest().lines("bulk", BodyPublishers.ofString("{\"text\":\"a\"}\n".repeat(5_000)))
                .isProblem(503, ErrorCode.OVERLOADED, "first 0 messages were published");
    }

    @Test
    default void linesNameTheirPartitionAndKeyThemselves() throws Exception {
        rest().send(rest().request("/api/v1/topics/bulk/messages?key=x")
                        .header("Content-Type", "application/jsonl")
                        .POST(BodyPublishers.ofString("{\"text\":\"a\"}\n")))
                .isProblem(400, ErrorCode.INVALID_REQUEST, "key");
        rest().lines("bulk", BodyPublishers.ofString("{\"topic\":\"other\",\"text\":\"a\"}\n"))
                .isProblem(400, ErrorCode.INVALID_REQUEST, "Line 1", "/topic");
    }
}
