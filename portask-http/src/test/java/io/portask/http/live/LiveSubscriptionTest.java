package io.portask.http.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.broker.Broker;
import io.portask.broker.BrokerConfig;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Message;
import io.portask.record.TopicPartition;
import io.portask.store.contract.HeldStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LiveSubscriptionTest {
    private final HeldStore held = new HeldStore();
    private final Broker broker = Broker.builder()
            .store(held.store())
            .config(BrokerConfig.builder().maxBatchBytes(8 << 20).build())
            .build();
    private LivePeer peer;

    @BeforeEach
    void open() {
        broker.start();
        broker.createTopic("t", 1);
        peer = new LivePeer(broker, LiveConfig.defaults());
    }

    @AfterEach
    void close() {
        held.release();
        peer.connection.runTasks();
        broker.close();
        assertThat(held.openResults).isZero();
    }

    /** As one batch. */
    private void publish(int from, int to) {
        broker.publishAll(IntStream.range(from, to)
                .mapToObj(i -> Message.of("t", "m" + i).withTimestamp(i))
                .toList());
    }

    /** The texts of the messages that came; whatever else came stands as it is. */
    private List<String> texts() {
        return peer.received().stream()
                .map(message -> message.replaceFirst("\\{'type':'message',.*'text':'(.*)'}", "$1"))
                .toList();
    }

    private static List<String> expected(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "m" + i).toList();
    }

    @Test
    void whatIsThereAndWhatComesIsDelivered() {
        publish(0, 2);
        peer.send("{'type':'subscribe','requestId':1,'topic':'t'}");
        assertThat(peer.received())
                .containsExactly(
                        "{'type':'ack','requestId':1,'subscription':1,'topic':'t','positions':[{'partition':0,'offset':0}]}",
                        "{'type':'message','subscription':1,'id':'t:0:0','topic':'t','partition':0,'offset':0,'timestamp':0,"
                                + "'key':null,'headers':[],'text':'m0'}",
                        "{'type':'message','subscription':1,'id':'t:0:1','topic':'t','partition':0,'offset':1,'timestamp':1,"
                                + "'key':null,'headers':[],'text':'m1'}");
        publish(2, 5);
        assertThat(texts()).isEqualTo(expected(2, 5));
    }

    @Test
    void readingStartsWhereItIsAsked() {
        publish(0, 10);
        broker.commit("g", Map.of(new TopicPartition("t", 0), 7L));
        peer.send("{'type':'subscribe','topic':'t','partition':0,'from':8}");
        assertThat(texts().subList(1, 3)).isEqualTo(expected(8, 10));
        peer.send("{'type':'subscribe','topic':'t','from':'latest'}");
        assertThat(texts()).hasSize(1);
        peer.send("{'type':'subscribe','topic':'t','group':'g'}");
        assertThat(texts().subList(1, 4)).isEqualTo(expected(7, 10));
        peer.send("{'type':'subscribe','topic':'t','group':'g','from':'earliest'}");
        assertThat(texts()).hasSize(11);
        peer.send("{'type':'subscribe','topic':'t','from':'1970-01-01T00:00:00.009Z'}");
        List<String> byTime = texts();
        assertThat(byTime.get(byTime.size() - 1)).isEqualTo("m9");
    }

    @Test
    void withoutAPartitionAllAreRead() {
        broker.createTopic("many", 3);
        peer.send("{'type':'subscribe','topic':'many'}");
        assertThat(peer.received().get(0))
                .contains("[{'partition':0,'offset':0},{'partition':1,'offset':0},{'partition':2,'offset':0}]");
        for (int i = 0; i < 3; i++) {
            broker.publish(Message.of("many", "m" + i).withPartition(i));
        }
        assertThat(texts()).containsExactlyInAnyOrderElementsOf(expected(0, 3));
    }

    @Test
    void onlyAsManyMessagesAsThereIsCreditForAreSent() {
        publish(0, 10);
        peer.send("{'type':'subscribe','topic':'t','credit':3}");
        assertThat(texts().subList(1, 4)).isEqualTo(expected(0, 3));
        peer.send("{'type':'credit','subscription':1,'credit':2}");
        assertThat(texts()).isEqualTo(expected(3, 5));
        publish(10, 12);
        assertThat(texts()).isEmpty();
        peer.send("{'type':'credit','subscription':1,'credit':100}");
        assertThat(texts()).isEqualTo(expected(5, 12));
        publish(12, 13);
        assertThat(texts()).isEqualTo(expected(12, 13));
    }

    @Test
    void partitionsShareTheCredit() {
        broker.createTopic("many", 3);
        for (int i = 0; i < 9; i++) {
            broker.publish(Message.of("many", "m" + i).withPartition(i % 3));
        }
        peer.send("{'type':'subscribe','topic':'many','credit':4}");
        assertThat(peer.received()).hasSize(5);
        peer.send("{'type':'credit','subscription':1,'credit':4}");
        assertThat(peer.received()).hasSize(4);
        peer.send("{'type':'credit','subscription':1,'credit':4}");
        assertThat(peer.received()).hasSize(1);
    }

    @Test
    void withoutCreditNothingIsRead() {
        publish(0, 1);
        held.hold("read");
        peer.send("{'type':'subscribe','topic':'t','credit':0}");
        assertThat(peer.received()).hasSize(1);
        assertThat(held.heldCount()).isZero();
    }

    @Test
    void aSlowClientGetsEverythingInOrderAndIsNeverSentMoreThanItTakes() {
        publish(0, 200);
        peer.connection.highWatermark = 2_000;
        peer.send("{'type':'subscribe','topic':'t'}");
        List<String> all = new ArrayList<>();
        for (int round = 0; round < 200 && all.size() < 201; round++) {
            assertThat(peer.connection.queuedBytes()).isLessThan(2_300);
            all.addAll(texts());
            peer.connection.becomeWritable();
        }
        assertThat(all.subList(1, all.size())).isEqualTo(expected(0, 200));
    }

    @Test
    void whileTheConnectionIsNotWritableNothingIsRead() {
        peer.send("{'type':'subscribe','topic':'t'}");
        assertThat(texts()).hasSize(1);
        peer.connection.writable = false;
        held.hold("read");
        publish(0, 3);
        peer.connection.runTasks();
        assertThat(held.heldCount()).isZero();
        peer.connection.becomeWritable();
        assertThat(held.heldCount()).isEqualTo(1);
        held.release();
        assertThat(texts()).isEqualTo(expected(0, 3));
    }

    @Test
    void whatWasReadWhileTheConnectionFilledUpIsReadAgain() {
        held.hold("read");
        publish(0, 3);
        peer.send("{'type':'subscribe','topic':'t'}");
        assertThat(texts()).hasSize(1);
        peer.connection.writable = false;
        held.release();
        assertThat(texts()).isEmpty();
        peer.connection.becomeWritable();
        held.release();
        assertThat(texts()).isEqualTo(expected(0, 3));
    }

    @Test
    void nothingComesAfterAnUnsubscribe() {
        peer.send("{'type':'subscribe','topic':'t'}");
        peer.received();
        assertThat(peer.ask("{'type':'unsubscribe','requestId':5,'subscription':1}"))
                .isEqualTo("{'type':'ack','requestId':5,'subscription':1}");
        publish(0, 1);
        assertThat(peer.received()).isEmpty();
        assertThat(peer.ask("{'type':'unsubscribe','subscription':1}")).contains("UNKNOWN_SUBSCRIPTION");
        peer.send("{'type':'credit','subscription':1,'credit':1}");
        assertThat(peer.received()).isEmpty();
    }

    @Test
    void aReadOnItsWayWhenTheSubscriptionEndsIsClosed() {
        publish(0, 1);
        held.hold("read");
        peer.send("{'type':'subscribe','topic':'t'}");
        peer.received();
        peer.ask("{'type':'unsubscribe','subscription':1}");
        held.release();
        assertThat(peer.received()).isEmpty();
        assertThat(held.openResults).isZero();
    }

    @Test
    void aLostConnectionLeavesNothingBehind() {
        publish(0, 1);
        held.hold("read");
        peer.send("{'type':'subscribe','topic':'t'}");
        peer.connection.close(new PortaskException(ErrorCode.CONNECTION_LOST, "gone"));
        held.release();
        assertThat(held.openResults).isZero();
        publish(1, 2);
    }

    @Test
    void aDeletedTopicEndsItsSubscriptionsWithAnError() {
        peer.send("{'type':'subscribe','requestId':'r','topic':'t'}");
        peer.received();
        broker.deleteTopic("t");
        assertThat(peer.received())
                .singleElement()
                .asString()
                .startsWith(
                        "{'type':'error','requestId':'r','subscription':1,'code':'UNKNOWN_TOPIC','retriable':false,");
        assertThat(peer.ask("{'type':'unsubscribe','subscription':1}")).contains("UNKNOWN_SUBSCRIPTION");
    }

    @Test
    void theNumberOfPartitionsIsBounded() {
        broker.createTopic("many", 3);
        peer = new LivePeer(broker, LiveConfig.builder().maxPartitions(2).build());
        assertThat(peer.ask("{'type':'subscribe','topic':'many'}")).contains("OVERLOADED");
        peer.send("{'type':'subscribe','topic':'many','partition':0}");
        peer.send("{'type':'subscribe','topic':'many','partition':1}");
        assertThat(peer.received()).hasSize(2);
        assertThat(peer.ask("{'type':'subscribe','requestId':4,'topic':'many','partition':2}"))
                .startsWith("{'type':'error','requestId':4,'code':'OVERLOADED'");
        assertThat(peer.ask("{'type':'subscribe','topic':'many','partition':7}"))
                .contains("OVERLOADED");
        peer.ask("{'type':'unsubscribe','subscription':2}");
        assertThat(peer.ask("{'type':'subscribe','topic':'many','partition':2}"))
                .startsWith("{'type':'ack'");
        peer.ask("{'type':'unsubscribe','subscription':3}");
        assertThat(peer.ask("{'type':'subscribe','topic':'many','partition':7}"))
                .contains("UNKNOWN_PARTITION");
        assertThat(peer.ask("{'type':'subscribe','topic':'many','partition':1}"))
                .startsWith("{'type':'ack'");
    }

    @Test
    void aMessageDeletedMeanwhileIsLeftOut() {
        publish(0, 3);
        broker.deleteMessages(new TopicPartition("t", 0), List.of(1L));
        peer.send("{'type':'subscribe','topic':'t'}");
        List<String> all = texts();
        assertThat(all.subList(1, all.size())).containsExactly("m0", "m2");
    }

    @Test
    void aMessageThatIsTooLargeAsJsonEndsItsSubscriptionWithItsName() {
        broker.publish(Message.of("t", "\u0001".repeat(6 << 20)));
        publish(1, 2);
        peer.send("{'type':'subscribe','topic':'t'}");
        assertThat(peer.received().get(1))
                .startsWith("{'type':'error','subscription':1,'code':'BATCH_TOO_LARGE','retriable':false,")
                .contains("Message t:0:0 takes more than");
        peer.send("{'type':'subscribe','topic':'t','partition':0,'from':1}");
        assertThat(texts().get(1)).isEqualTo("m1");
    }

    @Test
    void whatWasReadIsKeptForTheCreditToCome() {
        publish(0, 50);
        peer.send("{'type':'subscribe','topic':'t','credit':1}");
        List<String> all = new ArrayList<>(texts().subList(1, 2));
        for (int i = 1; i < 50; i++) {
            peer.send("{'type':'credit','subscription':1,'credit':1}");
            all.addAll(texts());
        }
        assertThat(all).isEqualTo(expected(0, 50));
        assertThat(held.reads).isLessThanOrEqualTo(2);
        assertThat(held.openResults).isZero();
        publish(50, 51);
        peer.send("{'type':'credit','subscription':1,'credit':1}");
        assertThat(texts()).isEqualTo(expected(50, 51));
    }

    @Test
    void whatAllClientsKeepIsBounded() {
        peer = new LivePeer(broker, LiveConfig.builder().maxKeptBytes(10).build());
        publish(0, 5);
        peer.send("{'type':'subscribe','topic':'t','credit':1}");
        List<String> all = new ArrayList<>(texts().subList(1, 2));
        for (int i = 1; i < 5; i++) {
            peer.send("{'type':'credit','subscription':1,'credit':1}");
            all.addAll(texts());
        }
        assertThat(all).isEqualTo(expected(0, 5));
        assertThat(held.reads).isGreaterThanOrEqualTo(5);
    }
}
