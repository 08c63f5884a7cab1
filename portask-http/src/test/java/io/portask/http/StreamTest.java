package io.portask.http;

import static io.portask.http.StreamPeer.EVENTS;
import static io.portask.http.StreamPeer.LINES;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.broker.Broker;
import io.portask.broker.BrokerConfig;
import io.portask.consumer.GroupConsumer;
import io.portask.consumer.GroupDescription;
import io.portask.consumer.GroupOptions;
import io.portask.consumer.Groups;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Message;
import io.portask.record.TopicPartition;
import io.portask.store.contract.HeldStore;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code GET /api/v1/topics/{topic}/stream} on a connection in memory. */
class StreamTest {
    private static final String PATH = "/api/v1/topics/t/stream";
    private static final Pattern TEXT = Pattern.compile("'text':'(.*)'}");
    private static final Pattern ID = Pattern.compile("id: (.*)");

    private final HeldStore held = new HeldStore();
    private final Broker broker = Broker.builder()
            .store(held.store())
            .config(BrokerConfig.builder().maxBatchBytes(8 << 20).build())
            .build();
    private StreamPeer peer;

    @BeforeEach
    void open() {
        broker.start();
        broker.createTopic("t", 2);
        peer = new StreamPeer(broker);
    }

    @AfterEach
    void close() {
        held.release();
        peer.connection.runTasks();
        broker.close();
        assertThat(held.openResults).isZero();
    }

    /** As one batch. */
    private void publish(int partition, int from, int to) {
        broker.publishAll(IntStream.range(from, to)
                .mapToObj(i -> Message.of("t", "m" + i).withPartition(partition).withTimestamp(i))
                .toList());
    }

    private static String texts(String received) {
        return TEXT.matcher(received).results().map(found -> found.group(1)).collect(Collectors.joining(" "));
    }

    private static String expected(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "m" + i).collect(Collectors.joining(" "));
    }

    private static String lastId(String received) {
        Matcher ids = ID.matcher(received);
        String last = "";
        while (ids.find()) {
            last = ids.group(1);
        }
        return last;
    }

    @Test
    void eventsTellWhereTheClientIsAndThenWhatComes() {
        publish(0, 0, 2);
        assertThat(peer.get(PATH, "*/*", "").received()).isEqualTo("id: 0:2,1:0\n\n");
        assertThat(peer.head())
                .startsWith("HTTP/1.1 200 OK")
                .contains("Content-type: text/event-stream\r\n", "Cache-control: no-store\r\n", "Vary: Accept\r\n");
        publish(1, 7, 8);
        assertThat(peer.received())
                .isEqualTo("id: 0:2,1:1\ndata: {'id':'t:1:0','topic':'t','partition':1,'offset':0,'timestamp':7,"
                        + "'key':null,'headers':[],'text':'m7'}\n\n");
        assertThat(peer.ended()).isFalse();
    }

    @Test
    void linesAreDocumentsOfTheirOwn() {
        publish(0, 0, 2);
        assertThat(peer.get(PATH + "?from=earliest", "text/plain, application/x-ndjson;q=0.9", "")
                        .received())
                .isEqualTo(
                        "{'id':'t:0:0','topic':'t','partition':0,'offset':0,'timestamp':0,'key':null,'headers':[],'text':'m0'}\n"
                                + "{'id':'t:0:1','topic':'t','partition':0,'offset':1,'timestamp':1,'key':null,'headers':[],'text':'m1'}\n");
        assertThat(peer.head()).contains("Content-type: application/x-ndjson\r\n");
    }

    @Test
    void readingStartsWhereItIsAsked() {
        publish(0, 0, 10);
        publish(1, 10, 12);
        broker.commit("g", Map.of(new TopicPartition("t", 0), 7L));
        assertThat(start("?from=earliest")).isEqualTo(expected(0, 12));
        assertThat(start("?from=latest")).isEmpty();
        assertThat(start("?partition=1&from=1")).isEqualTo(expected(11, 12));
        assertThat(start("?partition=0&from=1970-01-01T00:00:00.004Z")).isEqualTo(expected(4, 10));
        assertThat(start("?group=g")).isEqualTo(expected(7, 12));
        assertThat(start("?group=g&partition=0&from=committed")).isEqualTo(expected(7, 10));
        assertThat(start("?group=g&partition=0&from=earliest")).isEqualTo(expected(0, 10));
    }

    @Test
    void aStreamIsNoMemberOfItsGroupAndCommitsNothing() {
        publish(0, 0, 10);
        Map<TopicPartition, Long> committed = Map.of(new TopicPartition("t", 0), 7L);
        broker.commit("g", committed);
        try (GroupConsumer member = Groups.of(broker).join(GroupOptions.of("g", "t"))) {
            assertThat(start("?group=g")).isEqualTo(expected(7, 10));
            GroupDescription group =
                    Groups.of(broker).describeAsync("g").toCompletableFuture().join();
            assertThat(group.members()).hasSize(1);
            peer.connection.close(new PortaskException(ErrorCode.CONNECTION_LOST, "gone"));
            assertThat(broker.committedAsync("g").toCompletableFuture().join()).isEqualTo(committed);
        }
    }

    private String start(String query) {
        return texts(new StreamPeer(broker).get(PATH + query, LINES, "").received());
    }

    @Test
    void whatDoesNotFitTogetherIsRefused() {
        assertThat(refusal("?from=3", "")).contains("400", "give partition beside from");
        assertThat(refusal("?from=committed", "")).contains("400", "give group");
        assertThat(refusal("?from=newest", "")).contains("400", "'newest' is no position");
        assertThat(refusal("?offset=1", "")).contains("400", "Parameter offset is not known");
        assertThat(refusal("?partition=2", "")).contains("404", "UNKNOWN_PARTITION");
        assertThat(refusal("?partition=1&from=1", "")).contains("416", "OFFSET_OUT_OF_RANGE");
        for (String id : new String[] {"x", "0", "0:1,", "0:1,0:2", "0:1:2", "-1:2", "0:9999999999999999999"}) {
            assertThat(refusal("", "Last-Event-ID: " + id + "\r\n")).contains("400", "Last-Event-ID");
        }
        peer.get("/api/v1/topics/nobody/stream", EVENTS, "");
        assertThat(peer.received()).contains("404", "UNKNOWN_TOPIC");
        assertThat(broker.listTopics()).hasSize(1);
    }

    private String refusal(String query, String fields) {
        return new StreamPeer(broker).get(PATH + query, EVENTS, fields).received();
    }

    @Test
    void whoComesBackGoesOnExactlyBehindWhatItGotInEachPartition() {
        publish(0, 0, 4);
        publish(1, 10, 14);
        peer.connection.highWatermark = 600;
        String first = peer.get(PATH + "?from=earliest", EVENTS, "").received();
        String id = lastId(first);
        assertThat(texts(first)).isNotEmpty().isNotEqualTo(expected(0, 4) + " " + expected(10, 14));
        publish(0, 4, 6);

        String second = new StreamPeer(broker)
                .get(PATH + "?from=earliest", EVENTS, "Last-Event-ID: " + id + "\r\n")
                .received();
        assertThat((texts(first) + " " + texts(second)).split(" "))
                .containsExactlyInAnyOrder((expected(0, 6) + " " + expected(10, 14)).split(" "));
        assertThat(lastId(second)).isEqualTo("0:6,1:4");
    }

    @Test
    void whoComesBackBeforeAnythingCameMissesNothing() {
        publish(0, 0, 4);
        String id = lastId(peer.get(PATH, EVENTS, "").received());
        publish(0, 4, 5);
        publish(1, 5, 6);
        assertThat(texts(new StreamPeer(broker)
                        .get(PATH, LINES, "Last-Event-ID: " + id + "\r\n")
                        .received()))
                .isEqualTo("m4 m5");
    }

    @Test
    void aPartitionThatAnIdDoesNotNameIsReadFromItsBeginning() {
        publish(0, 0, 4);
        publish(1, 4, 6);
        assertThat(texts(peer.get(PATH, LINES, "Last-Event-ID: 0:3\r\n").received()))
                .isEqualTo("m3 m4 m5");
    }

    @Test
    void aClientThatTakesNothingHasNothingReadAndLosesNothing() {
        peer.connection.highWatermark = 2_000;
        publish(0, 0, 1_000);
        StringBuilder all = new StringBuilder();
        String part = peer.get(PATH + "?from=earliest", LINES, "").received();
        assertThat(part.length()).isLessThan(4_000);
        peer.connection.writable = false;
        held.hold("read");
        publish(0, 1_000, 1_001);
        publish(1, 1_001, 1_002);
        peer.connection.runTasks();
        assertThat(held.heldCount()).isZero();
        held.hold("");
        while (!part.isEmpty()) {
            all.append(part);
            peer.connection.becomeWritable();
            part = peer.received();
        }
        assertThat(texts(all.toString()).split(" "))
                .containsExactlyInAnyOrder(expected(0, 1_002).split(" "));
    }

    @Test
    void aStoreThatReadsLaterIsWaitedForWithoutAThread() {
        publish(0, 0, 3);
        held.hold("read");
        assertThat(peer.get(PATH + "?from=earliest", LINES, "").received()).isEmpty();
        assertThat(held.heldCount()).isEqualTo(2);
        held.hold("");
        held.release();
        assertThat(texts(peer.received())).isEqualTo(expected(0, 3));
    }

    @Test
    void aQuietStreamHasHeartbeats() {
        peer.get(PATH, EVENTS, "").received();
        peer.connection.advance(15_000);
        assertThat(peer.received()).isEmpty();
        peer.connection.advance(15_000);
        assertThat(peer.received()).isEqualTo(":\n\n");
        publish(0, 0, 1);
        peer.connection.advance(15_000);
        assertThat(peer.received()).doesNotContain(":\n\n:");
        StreamPeer lines = new StreamPeer(broker).get(PATH, LINES, "");
        lines.connection.advance(30_000);
        lines.connection.advance(30_000);
        assertThat(lines.received()).isEqualTo("\n");
    }

    @Test
    void aServerThatStopsSaysSoAndEndsTheStream() {
        StreamPeer lines = new StreamPeer(broker).get(PATH, LINES, "");
        peer.get(PATH, EVENTS, "").received();
        peer.shutdown();
        lines.shutdown();
        assertThat(peer.received())
                .startsWith("event: error\ndata: {'type':'urn:portask:error:SHUTTING_DOWN',")
                .contains("'retriable':true")
                .endsWith("}\n\n");
        assertThat(lines.received()).startsWith("{'error':{'type':").endsWith("}}\n");
        assertThat(peer.ended()).isTrue();
        assertThat(lines.ended()).isTrue();
        assertThat(peer.connection.closeReason.code()).isEqualTo(ErrorCode.CLOSED);
    }

    @Test
    void aDeletedTopicEndsTheStreamAndTheConnectionLivesOn() {
        peer.get(PATH, EVENTS, "").received();
        broker.deleteTopic("t");
        assertThat(peer.received()).startsWith("event: error\ndata: {").contains("'code':'UNKNOWN_TOPIC'");
        assertThat(peer.ended()).isTrue();
        assertThat(peer.connection.timers()).isLessThanOrEqualTo(1);
        peer.send("HEAD /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertThat(peer.received()).isEmpty();
        assertThat(peer.head()).startsWith("HTTP/1.1 200 OK");
    }

    @Test
    void aStoreThatFailsEndsTheStreamWithoutItsSecrets() {
        peer.get(PATH, LINES, "").received();
        held.fail("read", ErrorCode.STORE_IO_ERROR);
        publish(0, 0, 1);
        assertThat(peer.received())
                .contains("{'error':", "'code':'STORE_IO_ERROR'")
                .doesNotContain("The test wants");
        assertThat(peer.ended()).isTrue();
    }

    @Test
    void headIsAnsweredWithoutAStream() {
        peer.send("HEAD " + PATH + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertThat(peer.received()).isEmpty();
        assertThat(peer.head()).contains("200 OK", "text/event-stream");
        publish(0, 0, 1);
        assertThat(peer.received()).isEmpty();
    }

    @Test
    void nothingIsKeptOfAClientThatLeft() {
        WeakReference<StreamPeer> gone = leave();
        for (int i = 0; i < 100 && gone.get() != null; i++) {
            System.gc();
        }
        assertThat(gone.get()).isNull();
    }

    private WeakReference<StreamPeer> leave() {
        StreamPeer left = new StreamPeer(broker).get(PATH, EVENTS, "");
        assertThat(left.received()).isNotEmpty();
        left.connection.close(new PortaskException(ErrorCode.CONNECTION_LOST, "The peer left"));
        return new WeakReference<>(left);
    }

    @Test
    void aMessageThatIsTooLargeAsJsonEndsTheStreamOnce() {
        broker.publish(Message.of("t", "\u0001".repeat(6 << 20)).withPartition(0));
        publish(0, 1, 2);
        String first = peer.get(PATH + "?from=earliest", EVENTS, "").received();
        assertThat(first).contains("event: error", "'code':'BATCH_TOO_LARGE'", "Message t:0:0 takes more than");
        assertThat(peer.ended()).isTrue();

        StreamPeer again = new StreamPeer(broker);
        assertThat(texts(again.get(PATH, EVENTS, "Last-Event-ID: " + lastId(first) + "\r\n")
                        .received()))
                .isEqualTo("m1");
    }
}
