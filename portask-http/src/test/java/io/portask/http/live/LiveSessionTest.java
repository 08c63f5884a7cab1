package io.portask.http.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.Headers;
import io.portask.broker.Broker;
import io.portask.broker.BrokerConfig;
import io.portask.error.ErrorCode;
import io.portask.http.exchange.UpgradeAnswer;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatches;
import io.portask.record.TopicPartition;
import io.portask.store.FetchResult;
import io.portask.store.contract.HeldStore;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LiveSessionTest {
    private final HeldStore held = new HeldStore();
    private final Broker broker = Broker.builder().store(held.store()).build();
    private LivePeer peer;

    @BeforeEach
    void open() {
        broker.start();
        peer = new LivePeer(broker, LiveConfig.defaults());
    }

    @AfterEach
    void close() {
        held.release();
        broker.close();
    }

    private List<ReceivedMessage> stored(String topic) {
        TopicPartition partition = new TopicPartition(topic, 0);
        try (FetchResult result = broker.fetch(partition, 0, 1 << 20)) {
            return RecordBatches.decode(partition, result.batches().buffer(), 0);
        }
    }

    @Test
    void aRefusedHandshakeHasNoSession() {
        UpgradeAnswer answer = new LiveUpgrade(broker, LiveConfig.defaults())
                .answer("GET", URI.create("/ws"), new Headers(), peer.connection);
        assertThat(answer)
                .isInstanceOfSatisfying(
                        UpgradeAnswer.Refused.class,
                        refused -> assertThat(refused.problem().status()).isEqualTo(400));
    }

    @Test
    void aPingIsAnsweredWithItsRequestId() {
        assertThat(peer.ask("{'type':'ping'}")).isEqualTo("{'type':'pong'}");
        assertThat(peer.ask("{'requestId':'a \\u00e9','type':'ping'}"))
                .isEqualTo("{'type':'pong','requestId':'a \\u00e9'}");
        assertThat(peer.ask("{'requestId':-7,'type':'ping'}")).isEqualTo("{'type':'pong','requestId':-7}");
    }

    @Test
    void aPublishIsAcknowledgedWithWhereItIs() {
        assertThat(peer.ask(
                        "{'type':'publish','requestId':1,'topic':'orders','key':'k','value':{'a': 1.0},'ack':'none'}"))
                .isEqualTo(
                        "{'type':'ack','requestId':1,'id':'orders:0:0','topic':'orders','partition':0,'offset':0,'ack':'none'}");
        ReceivedMessage message = stored("orders").get(0);
        assertThat(message.text()).isEqualTo("{\"a\":1.0}");
        assertThat(message.keyText()).isEqualTo("k");
        assertThat(message.headers()).extracting("name").containsExactly("content-type");
    }

    @Test
    void manyMessagesGetOneAcknowledgement() {
        assertThat(peer.ask("{'type':'publish','topic':'t','messages':[{'text':'1'},{'text':null}]}"))
                .startsWith("{'type':'ack','messages':[{'id':'t:0:0',")
                .contains("{'id':'t:0:1',");
        assertThat(stored("t").get(1).value()).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{ | INVALID_REQUEST",
                "[] | INVALID_REQUEST",
                "{} | INVALID_REQUEST",
                "{'type':'hello'} | INVALID_REQUEST",
                "{'type':'ping','topic':'t'} | INVALID_REQUEST",
                "{'type':'ping','requestId':{}} | INVALID_REQUEST",
                "{'type':'publish','topic':'t','text':'','credit':1} | INVALID_REQUEST",
                "{'type':'publish','topic':'t'} | INVALID_REQUEST",
                "{'type':'publish','topic':'a b','text':''} | INVALID_TOPIC_NAME",
                "{'type':'publish','topic':'t','text':'','ack':'synced'} | DURABILITY_UNAVAILABLE",
                "{'type':'publish','topic':'t','text':'','partition':5} | UNKNOWN_PARTITION",
                "{'type':'subscribe'} | INVALID_REQUEST",
                "{'type':'subscribe','topic':'t','from':'yesterday'} | INVALID_REQUEST",
                "{'type':'subscribe','topic':'t','from':5} | INVALID_REQUEST",
                "{'type':'subscribe','topic':'t','from':5,'partition':0} | OFFSET_OUT_OF_RANGE",
                "{'type':'subscribe','topic':'t','from':'committed'} | INVALID_REQUEST",
                "{'type':'subscribe','topic':'t','partition':5} | UNKNOWN_PARTITION",
                "{'type':'unsubscribe'} | INVALID_REQUEST",
                "{'type':'unsubscribe','subscription':9} | UNKNOWN_SUBSCRIPTION",
                "{'type':'credit','subscription':1} | INVALID_REQUEST",
                "{'type':'ack','group':'g'} | INVALID_REQUEST",
                "{'type':'ack','group':'g','id':'t:0'} | INVALID_REQUEST",
                "{'type':'ack','id':'t:0:1'} | INVALID_REQUEST",
                "{'type':'ack','group':'','id':'t:0:1'} | INVALID_REQUEST"
            })
    void errorsAreNamedAndTheConnectionGoesOn(String json, String code) {
        assertThat(peer.ask(json)).startsWith("{'type':'error','code':'" + code + "','retriable':false,'message':'");
        assertThat(peer.ask("{'type':'ping'}")).isEqualTo("{'type':'pong'}");
    }

    @Test
    void errorsEchoTheRequestIdAndSayWhetherToTryAgain() {
        assertThat(peer.ask("{'type':'ping','requestId':'r','nonsense':1}"))
                .startsWith("{'type':'error','requestId':'r','code':'INVALID_REQUEST'");
        assertThat(peer.ask("{'id':'nonsense','type':'ack','headers':{'a':[1]},'requestId':3}"))
                .startsWith("{'type':'error','requestId':3,'code':'INVALID_REQUEST'");
        peer.ask("{'type':'publish','topic':'t','text':''}");
        held.fail("append", ErrorCode.STORE_UNAVAILABLE);
        assertThat(peer.ask("{'type':'publish','requestId':2,'topic':'t','text':''}"))
                .startsWith("{'type':'error','requestId':2,'code':'STORE_UNAVAILABLE','retriable':true,");
    }

    @Test
    void anAckCommitsForItsGroup() {
        peer.ask("{'type':'publish','topic':'t','messages':[{'text':'0'},{'text':'1'},{'text':'2'}]}");
        assertThat(peer.ask("{'type':'ack','requestId':1,'group':'billing','id':'t:0:1'}"))
                .isEqualTo("{'type':'ack','requestId':1,'group':'billing','id':'t:0:1'}");
        assertThat(broker.committed("billing")).isEqualTo(Map.of(new TopicPartition("t", 0), 2L));
    }

    @Test
    void answersThatComeLaterKeepTheirRequestIds() {
        peer.ask("{'type':'publish','topic':'t','text':'0'}");
        held.hold("append");
        peer.send("{'type':'publish','requestId':1,'topic':'t','text':'1'}");
        peer.send("{'type':'publish','requestId':2,'topic':'t','text':'2'}");
        assertThat(peer.received()).isEmpty();
        held.release();
        assertThat(peer.received())
                .satisfiesExactly(
                        first -> assertThat(first).startsWith("{'type':'ack','requestId':1,'id':'t:0:1'"),
                        second -> assertThat(second).startsWith("{'type':'ack','requestId':2,'id':'t:0:2'"));
    }

    @Test
    void aClientWithTooManyUnansweredRequestsIsNotReadFrom() {
        peer = new LivePeer(broker, LiveConfig.builder().maxInFlight(2).build());
        peer.ask("{'type':'publish','topic':'t','text':'0'}");
        held.hold("append");
        for (int i = 1; i <= 4; i++) {
            peer.send("{'type':'publish','topic':'t','text':'" + i + "'}");
        }
        assertThat(held.heldCount()).isEqualTo(2);
        assertThat(peer.connection.paused).isTrue();
        held.release();
        peer.connection.runTasks();
        assertThat(held.heldCount()).isEqualTo(2);
        held.release();
        assertThat(peer.received()).hasSize(4);
        assertThat(peer.connection.paused).isFalse();
    }

    @Test
    void unansweredBytesAreBoundedToo() {
        peer = new LivePeer(broker, LiveConfig.builder().maxMessageBytes(1024).build());
        peer.ask("{'type':'publish','topic':'t','text':'0'}");
        held.hold("append");
        for (int i = 0; i < 5; i++) {
            peer.send("{'type':'publish','topic':'t','text':'" + "x".repeat(500) + "'}");
        }
        assertThat(held.heldCount()).isEqualTo(2);
    }

    @Test
    void binaryMessagesAreNotSpokenHere() {
        peer.frame(0x82, new byte[] {1});
        assertThat(peer.received()).containsExactly("close 1003");
    }

    @Test
    void aShutdownAnswersWhatIsInFlightFirst() {
        peer.ask("{'type':'publish','topic':'t','text':'0'}");
        held.hold("append");
        peer.send("{'type':'publish','topic':'t','text':'1'}");
        peer.shutdown();
        assertThat(peer.received()).isEmpty();
        held.release();
        assertThat(peer.received())
                .satisfiesExactly(
                        ack -> assertThat(ack).startsWith("{'type':'ack'"),
                        close -> assertThat(close).isEqualTo("close 1001"));
        peer.frame(0x88, new byte[] {3, (byte) 0xE9});
        assertThat(peer.connection.closeReason.code()).isEqualTo(ErrorCode.SHUTTING_DOWN);
    }

    @Test
    void topicsAreNotMadeWhereTheBrokerMakesNone() {
        try (Broker strict = Broker.builder()
                .store("memory:")
                .config(BrokerConfig.builder().autoCreateTopics(false).build())
                .build()) {
            strict.start();
            peer = new LivePeer(strict, LiveConfig.defaults());
            assertThat(peer.ask("{'type':'subscribe','topic':'t'}")).contains("UNKNOWN_TOPIC");
        }
    }
}
