package io.portask.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.consumer.GroupConsumer;
import io.portask.consumer.GroupOptions;
import io.portask.consumer.Groups;
import io.portask.consumer.QueueConsumer;
import io.portask.consumer.QueueOptions;
import io.portask.error.ErrorCode;
import io.portask.http.RestProbe.Reply;
import io.portask.record.Message;
import io.portask.record.TopicPartition;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Consumer groups with their members. */
interface GroupResourceRules extends RestRules {
    String TEAM = "/api/v1/groups/team";

    /** A member that owns all of {@code orders}, two partitions of which the first has five messages, two of them committed. */
    private GroupConsumer member(GroupOptions options) {
        rest().broker.createTopic("orders", 2);
        for (int i = 0; i < 5; i++) {
            rest().broker.publish(Message.of("orders", "m" + i).withPartition(0));
        }
        rest().broker.commit("team", Map.of(new TopicPartition("orders", 0), 2L));
        GroupConsumer member = Groups.of(rest().broker).join(options);
        while (member.assignment().size() < 2) {
            member.poll(Duration.ofMillis(100));
        }
        return member;
    }

    @Test
    default void aGroupIsDescribedWithItsMembersAndTheLagOfEachPartition() throws Exception {
        try (GroupConsumer member = member(GroupOptions.of("team", "orders").instanceId("eu-1"))) {
            Reply group = rest().get(TEAM).is(200);
            assertThat(group.json())
                    .containsEntry("group", "team")
                    .containsEntry("mode", "ordered")
                    .containsEntry("state", "stable")
                    .containsEntry("lag", 3L);
            assertThat(group.first("members"))
                    .containsEntry("instanceId", "eu-1")
                    .containsEntry("state", "stable")
                    .containsEntry(
                            "partitions",
                            List.of(
                                    Map.of("topic", "orders", "partition", 0L),
                                    Map.of("topic", "orders", "partition", 1L)));
            Object id = group.first("members").get("member");
            assertThat(group.first("partitions"))
                    .isEqualTo(Map.of(
                            "topic",
                            "orders",
                            "partition",
                            0L,
                            "member",
                            id,
                            "committed",
                            2L,
                            "startOffset",
                            0L,
                            "endOffset",
                            5L,
                            "lag",
                            3L));
            assertThat(rest().get("/api/v1/groups").is(200).first("groups"))
                    .isEqualTo(Map.of(
                            "group",
                            "team",
                            "mode",
                            "ordered",
                            "state",
                            "stable",
                            "lag",
                            3L,
                            "members",
                            1L,
                            "topics",
                            List.of("orders")));
            member.leave();
        }
        Reply without = rest().get(TEAM).is(200);
        assertThat(without.json())
                .containsEntry("mode", "offsets")
                .containsEntry("state", "empty")
                .containsEntry("members", List.of());
        rest().get("/api/v1/groups/nobody").isProblem(404, null, "There is no group 'nobody'");
    }

    @Test
    default void whatMembersReadIsNotMovedByOthers() throws Exception {
        String consumer = "/api/v1/consumers/team";
        String offsets = "{\"offsets\":[{\"topic\":\"orders\",\"partition\":0,\"offset\":1}]}";
        String reset = "{\"topic\":\"orders\",\"partition\":0,\"to\":\"earliest\"}";
        try (GroupConsumer member = member(GroupOptions.of("team", "orders"))) {
            assertThat(member.assignment()).hasSize(2);
            rest().post(consumer + "/offsets", offsets).isProblem(409, ErrorCode.GROUP_MODE_MISMATCH);
            rest().post(consumer + "/reset", reset).isProblem(409, ErrorCode.GROUP_MODE_MISMATCH);
            rest().post(TEAM + "/reset", reset).isProblem(409, ErrorCode.GROUP_MODE_MISMATCH);
            rest().delete(consumer).isProblem(409, ErrorCode.GROUP_MODE_MISMATCH);
            rest().delete(TEAM).isProblem(409, ErrorCode.GROUP_MODE_MISMATCH);
            assertThat(rest().get(consumer).each("offsets", "offset")).contains(2L);
        }
        rest().post(TEAM + "/reset", reset).is(200);
        rest().delete(TEAM).is(204);
        rest().get(TEAM).isProblem(404, null, "team");
        rest().delete(TEAM).is(204);
    }

    @Test
    default void aGroupIsResetByANumberOfMessages() throws Exception {
        member(GroupOptions.of("team", "orders")).close();
        Map<String, Object> wanted = Map.of("-1", 1L, "2", 4L, "-9", 0L, "9", 5L);
        for (Map.Entry<String, Object> each : wanted.entrySet()) {
            Reply tried = rest().post(
                            TEAM + "/reset",
                            "{\"topic\":\"orders\",\"partition\":0,\"dryRun\":true,\"shift\":" + each.getKey() + "}")
                    .is(200);
            assertThat(tried.json()).containsEntry("group", "team").containsEntry("dryRun", true);
            assertThat(tried.each("offsets", "offset")).as(each.getKey()).containsExactly(each.getValue());
        }
        assertThat(rest().get(TEAM).each("partitions", "committed")).startsWith(2L);
        rest().post(TEAM + "/reset", "{\"topic\":\"orders\",\"partition\":0,\"shift\":-1}")
                .is(200);
        assertThat(rest().get(TEAM).each("partitions", "committed")).startsWith(1L);
        rest().post(TEAM + "/reset", "{\"topic\":\"orders\",\"to\":\"latest\",\"shift\":-1}")
                .isProblem(400, ErrorCode.INVALID_REQUEST, "/shift");
        rest().post(TEAM + "/reset", "{\"topic\":\"orders\"}")
                .isProblem(400, ErrorCode.INVALID_REQUEST, "/to is missing");
    }

    @Test
    default void aWorkQueueIsAGroupToo() throws Exception {
        rest().publish("orders", "a", "b", "c");
        try (QueueConsumer worker = Groups.of(rest().broker).work(QueueOptions.of("team", "orders"))) {
            worker.ackAll(worker.poll(2, Duration.ofSeconds(20)));
            Reply group = rest().get(TEAM).is(200);
            assertThat(group.json()).containsEntry("mode", "queue").containsEntry("lag", 1L);
            assertThat(group.each("members", "state")).containsExactly("stable");
            rest().delete(TEAM).isProblem(409, ErrorCode.GROUP_MODE_MISMATCH);
        }
        assertThat(rest().get(TEAM).is(200).json()).containsEntry("mode", "queue");
        rest().delete("/api/v1/consumers/team").is(204);
        rest().get(TEAM).isProblem(404, null);
    }
}
