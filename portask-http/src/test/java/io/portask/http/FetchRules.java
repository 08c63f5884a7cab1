package io.portask.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.http.RestProbe.Reply;
import io.portask.record.TopicPartition;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Reading by offset, waiting for more, and single messages by id. */
interface FetchRules extends RestRules {
    String FETCH = "/api/v1/messages/fetch";
    TopicPartition PLACE = new TopicPartition("orders", 0);

    @Test
    default void messagesAreFetchedFromAnOffsetOn() throws Exception {
        rest().publish("orders", "a", "b", "c", "d");
        Reply page = rest().post(FETCH, "{\"topic\":\"orders\",\"partition\":0,\"offset\":1,\"limit\":2}")
                .is(200);
        assertThat(page.each("messages", "text")).containsExactly("b", "c");
        assertThat(page.json())
                .containsEntry("nextOffset", 3L)
                .containsEntry("startOffset", 0L)
                .containsEntry("endOffset", 4L);
        assertThat(rest().get("/api/v1/messages?topic=orders&offset=3").each("messages", "text"))
                .containsExactly("d");
        assertThat(rest().get("/api/v1/messages?topic=orders").list("messages")).hasSize(4);
        assertThat(rest().post(FETCH, "{\"topic\":\"orders\"}").list("messages"))
                .hasSize(4);
    }

    @Test
    default void aFetchMayBeginAtATime() throws Exception {
        rest().post(
                        PublishRules.PUBLISH,
                        "{\"topic\":\"orders\",\"messages\":[{\"text\":\"old\",\"timestamp\":1000},{\"text\":\"new\",\"timestamp\":2000}]}")
                .is(200);
        assertThat(rest().get("/api/v1/messages?topic=orders&from=1970-01-01T00:00:01.500Z")
                        .each("messages", "text"))
                .containsExactly("new");
        assertThat(rest().post(FETCH, "{\"topic\":\"orders\",\"from\":\"latest\"}")
                        .is(200)
                        .json())
                .containsEntry("messages", List.of())
                .containsEntry("nextOffset", 2L);
    }

    @Test
    default void aFetchWithoutAWaitIsEmptyAtTheEnd() throws Exception {
        rest().publish("orders", "a");
        assertThat(rest().get("/api/v1/messages?topic=orders&offset=1").is(200).json())
                .containsEntry("messages", List.of())
                .containsEntry("nextOffset", 1L);
    }

    @Test
    default void aFetchWaitsForTheFirstMessage() throws Exception {
        rest().publish("orders", "a");
        rest().held.hold("read");
        CompletableFuture<Reply> waiting =
                rest().sendAsync(rest().request("/api/v1/messages?topic=orders&from=latest&maxWaitMs=60000"));
        rest().releaseFirstRead();
        rest().publish("orders", "awaited");

        Reply woken = waiting.get(20, TimeUnit.SECONDS).is(200);
        assertThat(woken.each("messages", "text")).containsExactly("awaited");
        assertThat(woken.json()).containsEntry("nextOffset", 2L);
    }

    @Test
    default void aWaitThatIsOverIsAnsweredEmpty() throws Exception {
        rest().broker.createTopic("orders", 1);
        assertThat(rest().post(FETCH, "{\"topic\":\"orders\",\"maxWaitMs\":1}")
                        .is(200)
                        .list("messages"))
                .isEmpty();
    }

    @Test
    default void offsetsThatAreNotThereAreRefusedWithWhatIs() throws Exception {
        rest().publish("orders", "a", "b", "c");
        rest().broker.trim(PLACE, 2);
        rest().get("/api/v1/messages?topic=orders&offset=1").isProblem(416, ErrorCode.OFFSET_OUT_OF_RANGE, "2 to 3");
        rest().get("/api/v1/messages?topic=orders&offset=4").isProblem(416, ErrorCode.OFFSET_OUT_OF_RANGE, "2 to 3");
        assertThat(rest().get("/api/v1/messages?topic=orders").each("messages", "text"))
                .containsExactly("c");
    }

    @Test
    default void aTopicThatIsOnlyReadIsNotMade() throws Exception {
        rest().get("/api/v1/messages?topic=nowhere").isProblem(404, ErrorCode.UNKNOWN_TOPIC);
        rest().get("/api/v1/messages/nowhere:0:0").isProblem(404, ErrorCode.UNKNOWN_TOPIC);
        assertThat(rest().broker.listTopics()).isEmpty();
        rest().broker.createTopic("orders", 1);
        rest().get("/api/v1/messages?topic=orders&partition=1").isProblem(404, ErrorCode.UNKNOWN_PARTITION);
    }

    @Test
    default void aFetchNamesWhatIsWrongWithIt() throws Exception {
        rest().get("/api/v1/messages").isProblem(400, ErrorCode.INVALID_REQUEST, "topic is missing");
        rest().get("/api/v1/messages?topic=a&limit=0").isProblem(400, ErrorCode.INVALID_REQUEST, "limit", "1 to 10000");
        rest().get("/api/v1/messages?topic=a&offset=1&from=latest").isProblem(400, ErrorCode.INVALID_REQUEST, "both");
        rest().get("/api/v1/messages?topic=a&from=committed").isProblem(400, ErrorCode.INVALID_REQUEST, "from");
        rest().get("/api/v1/messages?topic=a&from=noon").isProblem(400, ErrorCode.INVALID_REQUEST, "from", "'noon'");
        rest().post(FETCH, "{}").isProblem(400, ErrorCode.INVALID_REQUEST, "/topic is missing");
        rest().post(FETCH, "{\"topic\":\"a\",\"from\":\"noon\"}").isProblem(400, ErrorCode.INVALID_REQUEST, "/from");
        rest().post(FETCH, "{\"topic\":\"a\",\"offset\":1,\"from\":\"latest\"}")
                .isProblem(400, ErrorCode.INVALID_REQUEST, "/from", "both");
        rest().post(FETCH, "{\"topic\":\"a\",\"maxWaitMs\":60001}")
                .isProblem(400, ErrorCode.INVALID_REQUEST, "/maxWaitMs");
    }

    @Test
    default void damageIsSaidAndNotServed() throws Exception {
        rest().publish("orders", "a");
        rest().held.fail("read", ErrorCode.CORRUPT_STORE);
        rest().get("/api/v1/messages?topic=orders").isProblem(500, ErrorCode.CORRUPT_STORE);
        rest().get("/api/v1/messages/orders:0:0").isProblem(500, ErrorCode.CORRUPT_STORE);
    }

    @Test
    default void everyResultOfTheStoreIsClosed() throws Exception {
        rest().publish("orders", "a", "b");
        rest().get("/api/v1/messages?topic=orders&limit=1").is(200);
        rest().get("/api/v1/messages?topic=orders&offset=2&maxWaitMs=1").is(200);
        rest().get("/api/v1/messages/orders:0:0").is(200);
        rest().get("/api/v1/messages/orders:0:7").is(404);
        assertThat(rest().held.openResults).isZero();
    }

    @Test
    default void oneMessageIsReadAndDeletedByItsId() throws Exception {
        rest().post(
                        PublishRules.PUBLISH,
                        "{\"topic\":\"orders\",\"messages\":[{\"text\":\"a\"},{\"text\":\"b\"},{\"text\":\"c\"}]}")
                .is(200);
        assertThat(rest().get("/api/v1/messages/orders%3A0%3A1").is(200).json())
                .containsEntry("text", "b")
                .containsEntry("id", "orders:0:1");
        assertThat(rest().delete("/api/v1/messages/orders:0:1").is(204).body()).isEmpty();
        rest().get("/api/v1/messages/orders:0:1").isProblem(404, null, "orders:0:1");
        rest().delete("/api/v1/messages/orders:0:1").isProblem(404, null, "orders:0:1");
        assertThat(rest().get("/api/v1/messages?topic=orders").each("messages", "text"))
                .containsExactly("a", "c");
    }

    @Test
    default void messagesThatAreNotThereAreNotFound() throws Exception {
        rest().publish("orders", "a", "b");
        rest().broker.trim(PLACE, 1);
        for (String id : List.of("orders:0:0", "orders:0:2", "orders:0:99")) {
            rest().get("/api/v1/messages/" + id).isProblem(404, null, id);
        }
        rest().get("/api/v1/messages/orders:5:0").isProblem(404, ErrorCode.UNKNOWN_PARTITION);
        rest().delete("/api/v1/messages/nowhere:0:0").isProblem(404, ErrorCode.UNKNOWN_TOPIC);
    }

    @Test
    default void malformedIdsAreRefused() throws Exception {
        for (String id : List.of("orders", "orders:0", "orders:0:x", "orders:-1:0", "orders:0:00", "a%20b:0:0")) {
            assertThat(rest().get("/api/v1/messages/" + id).is(400).json().get("code"))
                    .as(id)
                    .isIn("INVALID_REQUEST", "INVALID_TOPIC_NAME");
        }
        rest().get("/api/v1/messages/%FF:0:0").isProblem(400, ErrorCode.INVALID_REQUEST, "is not UTF-8");
    }

    @Test
    default void aMessageReadAndPublishedAgainIsTheSame() throws Exception {
        rest().post(
                        PublishRules.PUBLISH,
                        "{\"topic\":\"orders\",\"keyBase64\":\"/w==\",\"headers\":[{\"name\":\"h\",\"value\":null},"
                                + "{\"name\":\"h\",\"valueBase64\":\"/w==\"}],\"timestamp\":7,\"text\":\"grüße €\"}")
                .is(200);
        Map<String, Object> read = rest().get("/api/v1/messages/orders:0:0").json();
        Map<String, Object> again = new java.util.LinkedHashMap<>(read);
        again.keySet().removeAll(List.of("id", "offset"));
        rest().post(PublishRules.PUBLISH, TestJson.write(again)).is(200);
        Map<String, Object> second = rest().get("/api/v1/messages/orders:0:1").json();
        assertThat(second).containsAllEntriesOf(again);
    }
}
