package io.portask.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.http.RestProbe.Reply;
import io.portask.record.TopicPartition;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Named consumers and their offsets. */
interface ConsumerResourceRules extends RestRules {
    String BILLING = "/api/v1/consumers/billing";

    private String offset(String topic, int partition, long offset) {
        return "{\"topic\":\"" + topic + "\",\"partition\":" + partition + ",\"offset\":" + offset + "}";
    }

    @Test
    default void committedOffsetsAreShownWithTheirLag() throws Exception {
        rest().publish("orders", "a", "b", "c", "d", "e");
        rest().broker.createTopic("other", 2);
        rest().post(
                        BILLING + "/offsets",
                        "{\"offsets\":[" + offset("orders", 0, 1) + "," + offset("other", 1, 0) + "]}")
                .is(204);
        rest().broker.trim(new TopicPartition("orders", 0), 2);

        Reply consumer = rest().get(BILLING).is(200);
        assertThat(consumer.json()).containsEntry("consumer", "billing");
        assertThat(consumer.first("offsets"))
                .isEqualTo(Map.of(
                        "topic",
                        "orders",
                        "partition",
                        0L,
                        "offset",
                        1L,
                        "startOffset",
                        2L,
                        "endOffset",
                        5L,
                        "lag",
                        3L));
        assertThat(consumer.each("offsets", "lag")).containsExactly(3L, 0L);
        assertThat(rest().get("/api/v1/consumers/nobody").is(200).json()).containsEntry("offsets", List.of());
    }

    @Test
    default void allConsumersAreListedPageByPage() throws Exception {
        rest().publish("orders", "a", "b");
        for (String consumer : List.of("c", "a%2Fb", "gr%C3%BC%C3%9Fe")) {
            rest().post("/api/v1/consumers/" + consumer + "/offsets", "{\"offsets\":[" + offset("orders", 0, 1) + "]}")
                    .is(204);
        }
        Reply all = rest().get("/api/v1/consumers").is(200);
        assertThat(all.each("consumers", "consumer")).containsExactly("a/b", "c", "grüße");
        assertThat(all.first("consumers")).isEqualTo(Map.of("consumer", "a/b", "topics", List.of("orders"), "lag", 1L));
        assertThat(all.json()).containsEntry("more", false);

        Reply page = rest().get("/api/v1/consumers?limit=1&after=a/b").is(200);
        assertThat(page.each("consumers", "consumer")).containsExactly("c");
        assertThat(page.json()).containsEntry("more", true);
    }

    @Test
    default void aForgottenConsumerHasNoOffsets() throws Exception {
        rest().publish("orders", "a");
        rest().post(BILLING + "/offsets", "{\"offsets\":[" + offset("orders", 0, 1) + "]}")
                .is(204);
        rest().delete(BILLING).is(204);
        assertThat(rest().get("/api/v1/consumers").json()).containsEntry("consumers", List.of());
        assertThat(rest().get(BILLING).json()).containsEntry("offsets", List.of());
        rest().delete(BILLING).is(204);
    }

    @Test
    default void aCommitThatIsNoneIsRefused() throws Exception {
        rest().broker.createTopic("orders", 1);
        Map<String, String> wrong = Map.of(
                "{}",
                "/offsets is needed",
                "{\"offsets\":[]}",
                "/offsets is needed",
                "{\"offsets\":[{\"topic\":\"orders\",\"offset\":1}]}",
                "/offsets/0 needs topic",
                "{\"offsets\":[" + offset("orders", 0, -1) + "]}",
                "/offsets/0/offset",
                "{\"offsets\":[" + offset("orders", 0, 1) + "," + offset("orders", 0, 2) + "]}",
                "second time",
                "{\"offsets\":[{\"topics\":1}]}",
                "/offsets/0/topics");
        for (Map.Entry<String, String> each : wrong.entrySet()) {
            rest().post(BILLING + "/offsets", each.getKey()).isProblem(400, ErrorCode.INVALID_REQUEST, each.getValue());
        }
        rest().post(BILLING + "/offsets", "{\"offsets\":[" + offset("no", 0, 1) + "]}")
                .isProblem(404, ErrorCode.UNKNOWN_TOPIC);
        rest().post("/api/v1/consumers/a%0Ab/offsets", "{\"offsets\":[" + offset("orders", 0, 1) + "]}")
                .isProblem(400, ErrorCode.INVALID_REQUEST, "control characters");
    }

    @Test
    default void aResetGoesToAPositionOfEachPartition() throws Exception {
        rest().broker.createTopic("orders", 2);
        for (int partition = 0; partition < 2; partition++) {
            rest().post(
                            PublishRules.PUBLISH,
                            "{\"topic\":\"orders\",\"messages\":[{\"partition\":" + partition
                                    + ",\"text\":\"a\",\"timestamp\":1000},{\"partition\":" + partition
                                    + ",\"text\":\"b\",\"timestamp\":2000}]}")
                    .is(200);
        }
        rest().broker.trim(new TopicPartition("orders", 1), 1);
        Map<String, List<Object>> wanted = Map.of(
                "earliest", List.of(0L, 1L),
                "latest", List.of(2L, 2L),
                "0", List.of(0L, 1L),
                "9", List.of(2L, 2L),
                "1970-01-01T00:00:02Z", List.of(1L, 1L));
        for (Map.Entry<String, List<Object>> each : wanted.entrySet()) {
            Reply reset = rest().post(BILLING + "/reset", "{\"topic\":\"orders\",\"to\":\"" + each.getKey() + "\"}")
                    .is(200);
            assertThat(reset.json()).containsEntry("dryRun", false);
            assertThat(reset.each("offsets", "offset")).as(each.getKey()).isEqualTo(each.getValue());
            assertThat(rest().get(BILLING).each("offsets", "offset")).isEqualTo(each.getValue());
        }
    }

    @Test
    default void aResetOfOnePartitionMayBeTried() throws Exception {
        rest().broker.createTopic("orders", 2);
        Reply tried = rest().post(
                        BILLING + "/reset", "{\"topic\":\"orders\",\"partition\":1,\"to\":\"latest\",\"dryRun\":true}")
                .is(200);
        assertThat(tried.json()).containsEntry("dryRun", true);
        assertThat(tried.each("offsets", "partition")).containsExactly(1L);
        assertThat(rest().get(BILLING).json()).containsEntry("offsets", List.of());
    }

    @Test
    default void aResetToNowhereIsRefused() throws Exception {
        rest().broker.createTopic("orders", 1);
        String reset = BILLING + "/reset";
        rest().post(reset, "{\"topic\":\"orders\"}").isProblem(400, ErrorCode.INVALID_REQUEST, "/to is missing");
        rest().post(reset, "{\"to\":\"latest\"}").isProblem(400, ErrorCode.INVALID_REQUEST, "/topic is missing");
        rest().post(reset, "{\"topic\":\"orders\",\"to\":\"noon\"}").isProblem(400, ErrorCode.INVALID_REQUEST, "/to");
        rest().post(reset, "{\"topic\":\"no\",\"to\":\"latest\"}").isProblem(404, ErrorCode.UNKNOWN_TOPIC);
        rest().post(reset, "{\"topic\":\"orders\",\"partition\":1,\"to\":\"latest\"}")
                .isProblem(404, ErrorCode.UNKNOWN_PARTITION);
    }
}
