package io.portask.http.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.broker.Broker;
import io.portask.consumer.GroupConsumer;
import io.portask.consumer.GroupDescription;
import io.portask.consumer.GroupOptions;
import io.portask.consumer.Groups;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.TestJson;
import io.portask.record.Message;
import io.portask.record.ReceivedMessage;
import io.portask.record.TopicPartition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Members of ordered groups on WebSockets. */
class LiveMemberTest {
    private static final TopicPartition FIRST = new TopicPartition("orders", 0);
    private static final TopicPartition SECOND = new TopicPartition("orders", 1);
    private static final String JOIN =
            "{'type':'join','group':'billing','topics':['orders'],'sessionTimeoutMs':3600000}";

    private final Broker broker = Broker.builder().store("memory:").build();
    private LivePeer peer;

    @BeforeEach
    void open() {
        broker.start();
        broker.createTopic("orders", 2);
        peer = new LivePeer(broker, LiveConfig.defaults());
    }

    @AfterEach
    void close() {
        broker.close();
    }

    private void publish(TopicPartition partition, String... texts) {
        for (String text : texts) {
            broker.publish(Message.of(partition.topic(), text).withPartition(partition.partition()));
        }
    }

    private static List<Map<String, Object>> messages(LivePeer from) {
        return from.received().stream()
                .map(text -> TestJson.object(TestJson.parse(text.replace('\'', '"'))))
                .toList();
    }

    private static List<Map<String, Object>> ofType(List<Map<String, Object>> messages, String type) {
        return messages.stream().filter(each -> each.get("type").equals(type)).toList();
    }

    private static List<TopicPartition> partitions(List<Map<String, Object>> events) {
        List<TopicPartition> found = new ArrayList<>();
        for (Map<String, Object> event : events) {
            for (Object each : TestJson.array(event.get("partitions"))) {
                Map<String, Object> place = TestJson.object(each);
                found.add(new TopicPartition((String) place.get("topic"), ((Long) place.get("partition")).intValue()));
            }
        }
        return found.stream().sorted().toList();
    }

    private static long generation(List<Map<String, Object>> messages, TopicPartition partition) {
        return ofType(messages, "assigned").stream()
                .flatMap(event -> TestJson.array(event.get("partitions")).stream())
                .map(TestJson::object)
                .filter(place -> place.get("partition").equals((long) partition.partition()))
                .map(place -> (Long) place.get("generation"))
                .findFirst()
                .orElseThrow();
    }

    private static String ack(long generation, String id) {
        return "{'type':'ack','subscription':1,'generation':" + generation + ",'id':'" + id + "'}";
    }

    private static String release(TopicPartition partition) {
        return "{'type':'release','subscription':1,'partitions':[{'topic':'" + partition.topic() + "','partition':"
                + partition.partition() + "}]}";
    }

    private GroupDescription describe() {
        return Groups.of(broker).describeAsync("billing").toCompletableFuture().join();
    }

    @Test
    void aMemberGetsTheMessagesOfItsPartitionsAndCommitsThem() {
        publish(FIRST, "a", "b");
        publish(SECOND, "c");
        peer.send(JOIN);
        List<Map<String, Object>> got = messages(peer);
        assertThat(got.get(0))
                .containsEntry("type", "ack")
                .containsEntry("subscription", 1L)
                .containsEntry("group", "billing")
                .containsKey("member");
        assertThat(got.get(1)).containsEntry("type", "assigned").containsEntry("subscription", 1L);
        assertThat(partitions(ofType(got, "assigned"))).containsExactly(FIRST, SECOND);
        assertThat(ofType(got, "message").stream().map(each -> each.get("id")))
                .containsExactlyInAnyOrder("orders:0:0", "orders:0:1", "orders:1:0");
        long generation = generation(got, FIRST);
        assertThat(ofType(got, "message"))
                .allSatisfy(each ->
                        assertThat(each).containsEntry("subscription", 1L).containsEntry("generation", generation));

        assertThat(peer.ask(ack(generation, "orders:0:0")))
                .isEqualTo("{'type':'ack','subscription':1,'id':'orders:0:0'}");
        assertThat(broker.committedAsync("billing").toCompletableFuture().join())
                .isEqualTo(Map.of(FIRST, 1L));
        publish(SECOND, "d");
        assertThat(ofType(messages(peer), "message"))
                .singleElement()
                .satisfies(each -> assertThat(each).containsEntry("text", "d"));
    }

    @Test
    void topicsOfAPatternAreJoinedFromWhereTheGroupIsToBegin() {
        broker.createTopic("logs.web", 1);
        publish(new TopicPartition("logs.web", 0), "old");
        peer.send("{'type':'join','group':'g','topics':['logs.>'],'from':'latest','assignor':'range'}");
        assertThat(partitions(ofType(messages(peer), "assigned"))).containsExactly(new TopicPartition("logs.web", 0));
        publish(new TopicPartition("logs.web", 0), "new");
        assertThat(peer.received())
                .singleElement()
                .satisfies(each -> assertThat(each).contains("'text':'new'"));
    }

    @Test
    void allPartitionsOfAMemberShareItsCredit() {
        publish(FIRST, "a", "b");
        publish(SECOND, "c", "d");
        peer.send(JOIN.replace("}", ",'credit':1}"));
        assertThat(ofType(messages(peer), "message")).hasSize(1);
        peer.send("{'type':'credit','subscription':1,'credit':2}");
        assertThat(messages(peer)).hasSize(2);
        peer.send("{'type':'credit','subscription':1,'credit':9}");
        assertThat(messages(peer)).hasSize(1);
    }

    @Test
    void partitionsAreHandedOverInThreeSteps() {
        peer.send(JOIN);
        List<Map<String, Object>> got = messages(peer);
        LivePeer other = new LivePeer(broker, LiveConfig.defaults());
        other.send(JOIN);
        assertThat(messages(other)).hasSize(1);

        List<TopicPartition> revoked = partitions(ofType(messages(peer), "revoked"));
        assertThat(revoked).hasSize(1);
        TopicPartition moved = revoked.get(0);
        publish(moved, "a");
        assertThat(peer.received()).isEmpty();
        long generation = generation(got, moved);
        String committed = ack(generation, "orders:" + moved.partition() + ":0");
        assertThat(peer.ask(committed)).contains("'type':'ack'");
        assertThat(messages(other)).isEmpty();
        assertThat(peer.ask(release(moved))).isEqualTo("{'type':'ack','subscription':1}");

        List<Map<String, Object>> taken = messages(other);
        assertThat(partitions(ofType(taken, "assigned"))).containsExactly(moved);
        assertThat(generation(taken, moved)).isGreaterThan(generation);
        publish(moved, "b");
        assertThat(messages(other))
                .singleElement()
                .satisfies(each -> assertThat(each).containsEntry("text", "b"));
        assertThat(peer.ask(committed)).contains("'code':'STALE_GENERATION'");
    }

    @Test
    void membersOfOneGroupComeThroughDifferentDoors() {
        try (GroupConsumer worker =
                Groups.of(broker).join(GroupOptions.of("billing", "orders").sessionTimeout(Duration.ofHours(1)))) {
            while (worker.assignment().size() < 2) {
                worker.poll(Duration.ofMillis(100));
            }
            peer.send(JOIN);
            List<Map<String, Object>> got = new ArrayList<>();
            while (ofType(got, "assigned").isEmpty()) {
                worker.poll(Duration.ZERO);
                got.addAll(messages(peer));
            }
            TopicPartition here = partitions(ofType(got, "assigned")).get(0);
            assertThat(worker.assignment()).doesNotContain(here).hasSize(1);
            TopicPartition there = worker.assignment().iterator().next();
            publish(here, "for the page");
            publish(there, "for the worker");
            assertThat(messages(peer))
                    .singleElement()
                    .satisfies(each -> assertThat(each).containsEntry("text", "for the page"));
            assertThat(texts(worker)).containsExactly("for the worker");
            worker.commit();

            assertThat(peer.ask("{'type':'leave','subscription':1}")).isEqualTo("{'type':'ack','subscription':1}");
            assertThat(texts(worker)).as("was not acknowledged").containsExactly("for the page");
            assertThat(worker.assignment()).hasSize(2);
        }
    }

    private static List<String> texts(GroupConsumer worker) {
        List<ReceivedMessage> found = List.of();
        while (found.isEmpty()) {
            found = worker.poll(Duration.ofMillis(100));
        }
        return found.stream().map(message -> new String(message.value())).toList();
    }

    @Test
    void aConnectionThatEndsLeavesAndAStaticMembersPlaceIsKept() {
        peer.send(JOIN);
        LivePeer fixed = new LivePeer(broker, LiveConfig.defaults());
        fixed.send(JOIN.replace("}", ",'instanceId':'desk-1'}"));
        peer.connection.close(new PortaskException(ErrorCode.CONNECTION_LOST, "gone"));
        assertThat(describe().members()).hasSize(1);
        assertThat(partitions(ofType(messages(fixed), "assigned"))).containsExactly(FIRST, SECOND);
        fixed.shutdown();
        assertThat(describe().members())
                .singleElement()
                .satisfies(each -> assertThat(each.partitions()).containsExactly(FIRST, SECOND));
    }

    @Test
    void anotherWithTheSameInstanceIdFencesTheFirst() {
        String named = JOIN.replace("}", ",'instanceId':'desk-1','requestId':7}");
        peer.send(named);
        long generation = generation(messages(peer), FIRST);
        LivePeer other = new LivePeer(broker, LiveConfig.defaults());
        other.send(named);
        assertThat(peer.received())
                .singleElement()
                .asString()
                .startsWith("{'type':'error','requestId':7,'subscription':1,'code':'MEMBER_FENCED'");
        assertThat(peer.ask(ack(generation, "orders:0:0"))).contains("'code':'UNKNOWN_MEMBER'");
        assertThat(partitions(ofType(messages(other), "assigned"))).containsExactly(FIRST, SECOND);
    }

    @Test
    void acksUnderTheNameOfAGroupAreRefusedWhileItHasMembers() {
        publish(FIRST, "a");
        peer.send(JOIN);
        peer.received();
        LivePeer other = new LivePeer(broker, LiveConfig.defaults());
        assertThat(other.ask("{'type':'ack','group':'billing','id':'orders:0:0'}"))
                .contains("'code':'GROUP_MODE_MISMATCH'");
    }

    @Test
    void aMemberOfMorePartitionsThanAConnectionReadsLeaves() {
        peer = new LivePeer(broker, LiveConfig.builder().maxPartitions(1).build());
        peer.send(JOIN);
        List<Map<String, Object>> got = messages(peer);
        assertThat(got).hasSize(2);
        assertThat(got.get(1)).containsEntry("type", "error").containsEntry("code", "OVERLOADED");
        peer.send("{'type':'subscribe','topic':'orders','partition':0}");
        assertThat(messages(peer))
                .singleElement()
                .satisfies(each -> assertThat(each).containsEntry("subscription", 2L));
    }

    @Test
    void aTopicThatIsDeletedIsTakenFromItsMembers() {
        publish(FIRST, "a");
        peer.send(JOIN);
        peer.received();
        broker.deleteTopic("orders");
        List<Map<String, Object>> got = new ArrayList<>();
        while (got.isEmpty()) {
            got.addAll(messages(peer));
        }
        assertThat(partitions(ofType(got, "revoked"))).containsExactly(FIRST, SECOND);
        assertThat(ofType(got, "error")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'type':'join','group':'g'} | /topics is needed",
                "{'type':'join','topics':['orders']} | /group is missing",
                "{'type':'join','group':'g','topics':['orders'],'from':'committed'} | from is COMMITTED",
                "{'type':'join','group':'g','topics':['orders'],'assignor':'best'} | /assignor must be sticky",
                "{'type':'join','group':'g','topics':['orders'],'sessionTimeoutMs':1} | sessionTimeout",
                "{'type':'join','group':'g','topics':['orders'],'partition':1} | /partition has no meaning",
                "{'type':'ack','subscription':1,'id':'orders:0:0'} | /generation is missing",
                "{'type':'ack','subscription':1,'group':'g','generation':1,'id':'orders:0:0'} | or else a group",
                "{'type':'release','subscription':1} | /partitions is missing",
                "{'type':'release','subscription':1,'partitions':[{'topic':'orders'}]} | needs topic and partition",
                "{'type':'leave','subscription':9} | There is no membership 9",
                "{'type':'unsubscribe','subscription':1} | There is no subscription 1"
            })
    void whatMakesNoSenseIsRefusedByName(String request, String text) {
        peer.send(JOIN);
        peer.received();
        assertThat(peer.ask(request.replace('"', '\'')))
                .contains("'type':'error'")
                .contains(text);
    }
}
