package io.portask.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.http.RestProbe.Reply;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Single messages, arrays of them, and raw bodies. */
interface PublishRules extends RestRules {
    String PUBLISH = "/api/v1/messages/publish";

    @Test
    default void jsonTextAndBytesArePublishedAndReadBack() throws Exception {
        Reply first = rest().post(PUBLISH, "{\"topic\":\"orders\",\"key\":\"k\",\"value\":{\"total\": 10.50}}")
                .is(200);
        assertThat(first.json())
                .isEqualTo(Map.of("id", "orders:0:0", "topic", "orders", "partition", 0L, "offset", 0L, "ack", "none"));
        assertThat(first.field("content-type")).isEqualTo("application/json");
        assertThat(first.field("cache-control")).isEqualTo("no-store");
        assertThat(first.field("x-request-id")).isNotNull();
        rest().publish("orders", "plain");
        rest().post(PUBLISH, "{\"topic\":\"orders\",\"valueBase64\":\"/wAB\"}").is(200);

        assertThat(rest().get("/api/v1/messages/orders:0:0").is(200).body())
                .contains("\"value\":{\"total\":10.50}", "\"key\":\"k\"", "\"name\":\"content-type\"");
        assertThat(rest().get("/api/v1/messages/orders:0:1").json()).containsEntry("text", "plain");
        assertThat(rest().get("/api/v1/messages/orders:0:2").json()).containsEntry("valueBase64", "/wAB");
    }

    @Test
    default void manyAreAnsweredInTheirOrder() throws Exception {
        rest().broker.createTopic("orders", 4);
        Reply many = rest().post(
                        PUBLISH,
                        "{\"topic\":\"orders\",\"messages\":[{\"partition\":3,\"text\":\"a\"},{\"partition\":1,\"text\":\"b\"},"
                                + "{\"partition\":3,\"text\":null}]}")
                .is(200);
        assertThat(many.each("messages", "id")).containsExactly("orders:3:0", "orders:1:0", "orders:3:1");
    }

    @Test
    default void theLevelOfAcknowledgementIsChosen() throws Exception {
        assertThat(rest().post(PUBLISH, "{\"topic\":\"a\",\"text\":\"x\",\"ack\":\"none\"}")
                        .is(200)
                        .json())
                .containsEntry("ack", "none");
        rest().post(PUBLISH, "{\"topic\":\"a\",\"text\":\"x\",\"ack\":\"synced\"}")
                .isProblem(422, ErrorCode.DURABILITY_UNAVAILABLE);
        rest().post(PUBLISH, "{\"topic\":\"a\",\"text\":\"x\",\"ack\":\"perhaps\"}")
                .isProblem(400, ErrorCode.INVALID_REQUEST, "/ack", "none, written or synced");
    }

    @Test
    default void errorsNameTheField() throws Exception {
        Map<String, String> wrong = Map.of(
                "{\"topic\":\"a\"}", "text",
                "{\"text\":\"x\"}", "/topic",
                "{\"topic\":\"a\",\"text\":\"x\",\"value\":1}", "value",
                "{\"topic\":\"a\",\"text\":\"x\",\"colour\":1}", "/colour",
                "{\"topic\":\"a\",\"partition\":-1,\"text\":\"x\"}", "/partition",
                "{\"topic\":\"a\",\"valueBase64\":\"?\"}", "/valueBase64",
                "{\"topic\":\"a\",\"messages\":[{\"text\":\"x\"},{\"text\":1}]}", "/messages/1/text",
                "{\"topic\":\"a\",\"topic\":\"b\",\"text\":\"x\"}", "topic",
                "{\"topic\":\"a\",\"text\":\"x\"} {}", "follows",
                "[]", "object");
        for (Map.Entry<String, String> each : wrong.entrySet()) {
            rest().post(PUBLISH, each.getKey()).isProblem(400, ErrorCode.INVALID_REQUEST, each.getValue());
        }
        rest().post(PUBLISH, "").isProblem(400, ErrorCode.INVALID_REQUEST, "object is missing");
        rest().post(PUBLISH, "{\"topic\":\"a b\",\"text\":\"x\"}")
                .isProblem(400, ErrorCode.INVALID_TOPIC_NAME, "U+0020");
        rest().broker.createTopic("one", 1);
        rest().post(PUBLISH, "{\"topic\":\"one\",\"partition\":1,\"text\":\"x\"}")
                .isProblem(404, ErrorCode.UNKNOWN_PARTITION);
    }

    @Test
    default void whatTheStoreRefusesIsSaid() throws Exception {
        rest().broker.createTopic("orders", 1);
        rest().held.fail("append", ErrorCode.OVERLOADED);
        Reply refused =
                rest().post(PUBLISH, "{\"topic\":\"orders\",\"text\":\"x\"}").isProblem(503, ErrorCode.OVERLOADED);
        assertThat(refused.json()).containsEntry("retriable", true);
        assertThat(refused.field("retry-after")).isEqualTo("1");
    }

    @Test
    default void aBodyAboveTheLimitIsRefused() throws Exception {
        rest().post(PUBLISH, "{\"topic\":\"a\",\"text\":\"" + "x".repeat(RestProbe.MAX_BATCH_BYTES + 1) + "\"}")
                .isProblem(413, ErrorCode.BATCH_TOO_LARGE);
        rest().post(PUBLISH, " ".repeat(4 * RestProbe.MAX_BATCH_BYTES + 1)).isProblem(413, null, "has up to");
    }

    @Test
    default void aCompressedBodyIsRefused() throws Exception {
        rest().send(rest().request(PUBLISH)
                        .header("Content-Encoding", "gzip")
                        .POST(BodyPublishers.ofString("{\"topic\":\"a\",\"text\":\"x\"}")))
                .isProblem(415, null, "Content-Encoding");
    }

    @Test
    default void jsonIsReadWhateverTypeItClaims() throws Exception {
        for (String type : List.of("application/json; charset=utf-8", "application/x-www-form-urlencoded")) {
            rest().send(rest().request(PUBLISH)
                            .header("Content-Type", type)
                            .POST(BodyPublishers.ofString("{\"topic\":\"a\",\"text\":\"x\"}")))
                    .is(200);
        }
    }

    @Test
    default void aRawBodyIsOneMessageWithItsTypeAndKey() throws Exception {
        rest().broker.createTopic("files", 3);
        Reply stored = rest().send(rest().request("/api/v1/topics/files/messages?partition=2&key=a%20b%2B&ack=none")
                        .header("Content-Type", "image/x-test; q=1")
                        .POST(BodyPublishers.ofByteArray(new byte[] {(byte) 0xFF, 0, 1})))
                .is(200);
        assertThat(stored.json()).containsEntry("id", "files:2:0");
        assertThat(rest().get("/api/v1/messages/files:2:0").json())
                .containsEntry("key", "a b+")
                .containsEntry("valueBase64", "/wAB")
                .containsEntry("headers", List.of(Map.of("name", "content-type", "value", "image/x-test; q=1")));
    }

    @Test
    default void aRawBodyMayBeEmptyAndWithoutAType() throws Exception {
        rest().send(rest().request("/api/v1/topics/files/messages").POST(BodyPublishers.noBody()))
                .is(200);
        assertThat(rest().get("/api/v1/messages/files:0:0").json())
                .containsEntry("text", "")
                .containsEntry("key", null)
                .containsEntry("headers", List.of());
    }

    @Test
    default void aRawBodyIsRefusedWithItsReason() throws Exception {
        String path = "/api/v1/topics/files/messages";
        rest().post(path, "x".repeat(RestProbe.MAX_BATCH_BYTES + 1)).isProblem(413, null, "A message has up to");
        rest().post(path + "?key=%FF", "x").isProblem(400, ErrorCode.INVALID_REQUEST, "is not UTF-8");
        rest().post(path + "?partition=x", "x").isProblem(400, ErrorCode.INVALID_REQUEST, "partition", "'x'");
        rest().post(path + "?ack=maybe", "x").isProblem(400, ErrorCode.INVALID_REQUEST, "Parameter ack");
        rest().post(path + "?keys=x", "x").isProblem(400, ErrorCode.INVALID_REQUEST, "keys", "ack, key, partition");
        rest().post(path + "?key=x&key=y", "x").isProblem(400, ErrorCode.INVALID_REQUEST, "twice");
        rest().post("/api/v1/topics/a%20b/messages", "x").isProblem(400, ErrorCode.INVALID_TOPIC_NAME);
        rest().held.fail("append", ErrorCode.DISK_FULL);
        rest().broker.createTopic("files", 1);
        rest().post(path, "x").isProblem(507, ErrorCode.DISK_FULL);
    }
}
