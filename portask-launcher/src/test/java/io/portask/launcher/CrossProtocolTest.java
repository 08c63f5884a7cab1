package io.portask.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.portask.launcher.MessageDocument.Form;
import io.portask.record.Message;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/** Whatever is published through any door reads the same through each, byte by byte. All pairs of doors. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CrossProtocolTest {
    private static final long TIMESTAMP = 1_764_000_000_000L;
    private static final byte[] BINARY = {0, (byte) 0xFF, (byte) 0xC3, 0x28, '\n', '"', '\\'};
    private static final byte[] NOTHING = {};

    private Doors doors;

    private interface Publisher {
        void publish(Message message, Form form) throws Exception;
    }

    private interface Reader {
        List<String> read(String topic, int count) throws Exception;
    }

    private record Sample(Message message, Form form) {}

    @BeforeAll
    void open() {
        doors = new Doors();
    }

    @AfterAll
    void close() {
        doors.close();
    }

    private static Message message(String topic, byte[] key, byte[] value) {
        return Message.of(topic, key, value).withPartition(0).withTimestamp(TIMESTAMP);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] large() {
        byte[] bytes = new byte[200_000];
        new Random(1).nextBytes(bytes);
        return bytes;
    }

    /** What a body, a key and a content type can say. */
    private static List<Sample> plainSamples(String topic) {
        return List.of(
                new Sample(message(topic, null, utf8("plain text")), Form.TEXT),
                new Sample(message(topic, utf8("k-1"), utf8("")), Form.TEXT),
                new Sample(
                        message(topic, utf8("ключ & key=1"), utf8("é😀\u0000\u001f\u007f\u2028\"\\\r\n\t")), Form.TEXT),
                new Sample(message(topic, null, BINARY), Form.BASE64),
                new Sample(message(topic, null, large()), Form.BASE64),
                new Sample(json(topic, "{\"total\":10.50,\"é\":[1e3,\"\\u00e9\\n\",null],\"\":{}}"), Form.VALUE),
                new Sample(json(topic, "null"), Form.VALUE),
                new Sample(json(topic, "-0.0"), Form.VALUE),
                new Sample(json(topic, "\"[ : , ]\""), Form.VALUE),
                new Sample(json(topic, "{\"not\": \"compact\"").withPartition(0), Form.TEXT),
                new Sample(
                        message(topic, null, utf8("<p/>")).withHeader("content-type", "text/html; charset=utf-8"),
                        Form.TEXT));
    }

    private static Message json(String topic, String value) {
        return message(topic, null, utf8(value)).withHeader("content-type", "application/json");
    }

    private static List<Sample> samples(String topic) {
        List<Sample> all = new ArrayList<>(plainSamples(topic));
        all.add(new Sample(message(topic, utf8("gone"), null), Form.TEXT));
        all.add(new Sample(message(topic, BINARY, NOTHING), Form.BASE64));
        all.add(new Sample(message(topic, NOTHING, utf8("an empty key")), Form.TEXT));
        all.add(new Sample(
                message(topic, utf8("k"), utf8("v"))
                        .withHeader("trace", "é")
                        .withHeader("bytes", BINARY)
                        .withHeader("trace", "again")
                        .withHeader("", NOTHING)
                        .withHeader("null", (byte[]) null),
                Form.TEXT));
        all.add(new Sample(json(topic, "[true]").withHeader("Content-Type", "text/plain"), Form.VALUE));
        return all;
    }

    @TestFactory
    Stream<DynamicNode> whatIsPublishedByOneDoorIsReadByAll() {
        Map<String, Publisher> publishers = new TreeMap<>(Map.of(
                "in-process", doors::publishInProcess,
                "PORT", doors::publishOverPort,
                "REST", doors::publishByRest,
                "raw", doors::publishRaw,
                "lines", doors::publishLines,
                "WebSocket", doors::publishOverWebSocket));
        return publishers.entrySet().stream()
                .map(publisher -> dynamicContainer(
                        "published by " + publisher.getKey(), readings(publisher.getKey(), publisher.getValue())));
    }

    private Stream<DynamicNode> readings(String name, Publisher publisher) {
        String topic = name;
        List<Sample> samples = name.equals("raw") ? plainSamples(topic) : samples(topic);
        List<String> expected = new ArrayList<>();
        samples.forEach(sample -> expected.add(StoredMessage.of(topic + ":0:" + expected.size(), sample.message())));
        Map<String, Reader> readers = new TreeMap<>(Map.of(
                "in-process", doors::readInProcess,
                "PORT", doors::readOverPort,
                "fetch", doors::fetchByRest,
                "id", doors::readByIds,
                "events", doors::readEvents,
                "lines", doors::readLines,
                "WebSocket", doors::readOverWebSocket));
        DynamicNode published = dynamicTest("published", () -> {
            doors.broker.createTopic(topic, 1);
            for (Sample sample : samples) {
                publisher.publish(sample.message(), sample.form());
            }
        });
        return Stream.concat(
                Stream.of(published),
                readers.entrySet().stream()
                        .map(reader -> dynamicTest(
                                "read by " + reader.getKey(),
                                () -> assertThat(reader.getValue().read(topic, samples.size()))
                                        .containsExactlyElementsOf(expected))));
    }
}
