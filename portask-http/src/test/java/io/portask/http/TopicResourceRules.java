package io.portask.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.http.RestProbe.Reply;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Topics. */
interface TopicResourceRules extends RestRules {
    String TOPICS = "/api/v1/topics";

    @Test
    default void topicsAreMadeDescribedListedAndDeleted() throws Exception {
        Reply made = rest().post(TOPICS, "{\"name\":\"orders\",\"partitions\":2,\"retentionMs\":3600000}")
                .is(201);
        assertThat(made.field("location")).isEqualTo("/api/v1/topics/orders");
        assertThat(made.json())
                .containsEntry("name", "orders")
                .containsEntry("retentionMs", 3_600_000L)
                .containsEntry("retentionBytes", null)
                .containsEntry("retentionMessages", null)
                .containsEntry("compacted", false)
                .containsEntry("tombstoneRetentionMs", 86_400_000L);
        rest().publish("orders", "x");
        Reply described = rest().get(TOPICS + "/orders").is(200);
        assertThat(described.each("partitions", "partition")).containsExactly(0L, 1L);
        assertThat(described.each("partitions", "endOffset")).containsExactlyInAnyOrder(0L, 1L);
        assertThat(described.each("partitions", "startOffset")).containsExactly(0L, 0L);
        rest().post(TOPICS, "{\"name\":\"a\"}").is(201);
        assertThat(rest().get(TOPICS).is(200).each("topics", "name")).containsExactly("a", "orders");
        rest().delete(TOPICS + "/orders").is(204);
        rest().get(TOPICS + "/orders").isProblem(404, ErrorCode.UNKNOWN_TOPIC);
        rest().delete(TOPICS + "/orders").isProblem(404, ErrorCode.UNKNOWN_TOPIC);
    }

    @Test
    default void aChangeKeepsWhatItDoesNotName() throws Exception {
        rest().post(TOPICS, "{\"name\":\"orders\",\"retentionMs\":5000,\"retentionMessages\":7}")
                .is(201);
        assertThat(rest().patch(TOPICS + "/orders", "{\"retentionBytes\":1000,\"retentionMs\":null}")
                        .is(200)
                        .json())
                .containsEntry("retentionMs", null)
                .containsEntry("retentionBytes", 1000L)
                .containsEntry("retentionMessages", 7L);
        assertThat(rest().patch(TOPICS + "/orders", "{\"tombstoneRetentionMs\":0,\"compacted\":false}")
                        .is(200)
                        .json())
                .containsEntry("retentionBytes", 1000L)
                .containsEntry("tombstoneRetentionMs", 0L);
    }

    @Test
    default void whatATopicCannotBeIsRefused() throws Exception {
        rest().post(TOPICS, "{\"name\":\"orders\"}").is(201);
        rest().post(TOPICS, "{\"name\":\"orders\"}").isProblem(409, ErrorCode.TOPIC_EXISTS);
        Map<String, String> wrong = Map.of(
                "{}", "/name is missing",
                "{\"name\":\"b\",\"partitions\":0}", "/partitions",
                "{\"name\":\"b\",\"partitions\":10001}", "1 to 10000",
                "{\"name\":\"b\",\"retentionMs\":0}", "/retentionMs",
                "{\"name\":\"b\",\"compacted\":\"yes\"}", "/compacted",
                "{\"name\":\"b\",\"color\":1}", "/color",
                "{\"name\":\"b\",\"name\":\"c\"}", "name");
        for (Map.Entry<String, String> each : wrong.entrySet()) {
            rest().post(TOPICS, each.getKey()).isProblem(400, ErrorCode.INVALID_REQUEST, each.getValue());
        }
        rest().post(TOPICS, "{\"name\":\"..\"}").isProblem(400, ErrorCode.INVALID_TOPIC_NAME);
        rest().post(TOPICS, "{\"name\":\"b\",\"compacted\":true}").isProblem(501, ErrorCode.UNSUPPORTED_OPERATION);
    }

    @Test
    default void aChangeIsCheckedBeforeItsTopic() throws Exception {
        rest().patch(TOPICS + "/nowhere", "").isProblem(400, ErrorCode.INVALID_REQUEST, "object is missing");
        rest().patch(TOPICS + "/nowhere", "{\"partitions\":2}")
                .isProblem(400, ErrorCode.INVALID_REQUEST, "/partitions");
        rest().patch(TOPICS + "/nowhere", "{\"retentionMs\":5}").isProblem(404, ErrorCode.UNKNOWN_TOPIC);
        assertThat(rest().get(TOPICS).json()).containsEntry("topics", List.of());
    }
}
