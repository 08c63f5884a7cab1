package io.portask.http.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Durability;
import io.portask.record.Message;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PublishRequestTest {
    private static PublishRequest parse(String json) {
        byte[] bytes = ("  " + json + "!").getBytes(StandardCharsets.UTF_8);
        return PublishRequest.parse(bytes, 2, bytes.length - 1);
    }

    private static Message message(String fields) {
        return parse("{\"topic\":\"t\"," + fields + "}").messages().get(0);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    void aSingleMessageHasItsFieldsBesideTheTopic() {
        PublishRequest request = parse(
                "{\"text\":\"v\",\"key\":\"k\",\"partition\":3,\"timestamp\":9,\"ack\":\"written\","
                        + "\"headers\":[{\"name\":\"a\",\"value\":\"1\"},{\"valueBase64\":\"/w==\",\"name\":\"a\"}],\"topic\":\"t\"}");
        Message message = request.messages().get(0);
        assertThat(request.single()).isTrue();
        assertThat(request.durability()).isEqualTo(Durability.WRITTEN);
        assertThat(message.topic()).isEqualTo("t");
        assertThat(message.partition()).isEqualTo(3);
        assertThat(message.timestamp()).isEqualTo(9);
        assertThat(text(message.key())).isEqualTo("k");
        assertThat(text(message.value())).isEqualTo("v");
        assertThat(message.headers()).extracting("name").containsExactly("a", "a");
        assertThat(message.headers().get(1).value()).containsExactly(-1);
    }

    @Test
    void whatIsLeftOutIsLeftToTheBroker() {
        PublishRequest request = parse("{\"topic\":\"t\",\"text\":\"\"}");
        assertThat(request.durability()).isNull();
        assertThat(request.messages().get(0))
                .isEqualTo(request.messages().get(0).withPartition(Message.ANY_PARTITION));
        assertThat(request.messages().get(0).timestamp()).isEqualTo(Message.NOW);
        assertThat(request.messages().get(0).key()).isNull();
        assertThat(request.messages().get(0).value()).isEmpty();
    }

    @Test
    void manyMessagesKeepTheirOrder() {
        PublishRequest request = parse("{\"messages\":[{\"text\":\"1\"},{\"value\":2,\"key\":\"k\"}],\"topic\":\"t\"}");
        assertThat(request.single()).isFalse();
        assertThat(request.messages()).extracting(Message::topic).containsExactly("t", "t");
        assertThat(request.messages())
                .extracting(message -> text(message.value()))
                .containsExactly("1", "2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1",
                "-0",
                "1.000e+05",
                "123456789012345678901234567890",
                "true",
                "null",
                "\"\"",
                "\"a\\u00e9 \\ud800\"",
                "{}",
                "[]",
                "{ \"a\" : [ 1 , { } ] }",
                "\"key\\\"\"",
                " [ \"a b\" , 1 ] "
            })
    void aValueKeepsItsTextWithoutWhiteSpace(String value) {
        Message message = message("\"value\":" + value + " , \"key\":null");
        assertThat(text(message.value()))
                .isEqualTo(
                        value.contains("a b")
                                ? "[\"a b\",1]"
                                : value.startsWith("\"") ? value : value.replace(" ", ""));
        assertThat(message.headers()).hasSize(1);
        assertThat(message.headers().get(0).name()).isEqualTo("content-type");
        assertThat(text(message.headers().get(0).value())).isEqualTo("application/json");
    }

    @Test
    void aValueWhoseTypeIsSaidGetsNoSecondHeader() {
        assertThat(message("\"value\":1,\"headers\":[{\"name\":\"Content-Type\",\"value\":\"application/json;x=y\"}]")
                        .headers())
                .hasSize(1);
    }

    @Test
    void tombstonesAreNullText() {
        assertThat(message("\"text\":null").value()).isNull();
        assertThat(message("\"valueBase64\":null").value()).isNull();
        assertThat(text(message("\"value\":null").value())).isEqualTo("null");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | /topic is missing",
                "[] | must be an object",
                "'' | is missing",
                "{\"topic\":\"t\"} | exactly one of",
                "{\"topic\":\"t\",\"text\":\"\",\"value\":1} | exactly one of",
                "{\"topic\":\"t\",\"text\":1} | Field /text must be a string",
                "{\"topic\":1} | Field /topic must be a string",
                "{\"topic\":null} | Field /topic must be a string",
                "{\"topic\":\"t\",\"valeu\":1} | Field /valeu is not known",
                "{\"topic\":\"t\",\"text\":\"\",\"text\":\"\"} | text",
                "{\"topic\":\"t\",\"text\":\"\"} x | byte",
                "{\"topic\":\"t\",\"text\":\"\"} {} | Something follows",
                "{\"topic\":\"t\",\"text\":\"\"]  | byte",
                "{\"topic\":\"t\",\"text\":\"\\ud800\"} | Field /text has half of a surrogate pair",
                "{\"topic\":\"t\",\"text\":\"\",\"key\":\"\\udc00\"} | Field /key has half",
                "{\"topic\":\"t\",\"text\":\"\",\"key\":\"\",\"keyBase64\":\"\"} | both key and keyBase64",
                "{\"topic\":\"t\",\"valueBase64\":\"?\"} | Field /valueBase64 must be base64",
                "{\"topic\":\"t\",\"partition\":-1} | Field /partition must be a whole number from 0 to 9999",
                "{\"topic\":\"t\",\"partition\":1.0} | Field /partition",
                "{\"topic\":\"t\",\"partition\":\"1\"} | Field /partition",
                "{\"topic\":\"t\",\"partition\":99999999999999999999} | Field /partition",
                "{\"topic\":\"t\",\"ack\":\"SYNCED\"} | Field /ack must be none, written or synced",
                "{\"topic\":\"t\",\"headers\":{}} | Field /headers must be an array",
                "{\"topic\":\"t\",\"headers\":[1]} | Field /headers/0 must be an object",
                "{\"topic\":\"t\",\"headers\":[{\"name\":\"a\"}]} | Field /headers/0 must have a name",
                "{\"topic\":\"t\",\"headers\":[{\"value\":\"a\"}]} | Field /headers/0 must have a name",
                "{\"topic\":\"t\",\"headers\":[{\"name\":null}]} | Field /headers/0/name",
                "{\"topic\":\"t\",\"messages\":[]} | at least one",
                "{\"topic\":\"t\",\"messages\":[{\"text\":\"\"}],\"key\":\"k\"} | beside topic",
                "{\"topic\":\"t\",\"messages\":[{\"text\":\"\"},{}]} | Field /messages/1 must have exactly one",
                "{\"topic\":\"t\",\"messages\":[{\"topic\":\"u\"}]} | Field /messages/0/topic is not known",
                "{\"topic\":\"t\",\"value\":1,\"headers\":[{\"name\":\"content-type\",\"value\":\"text/plain\"}]} | something else"
            })
    void whatIsWrongIsNamed(String json, String named) {
        assertThatThrownBy(() -> parse(json)).isInstanceOfSatisfying(PortaskException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
            assertThat(e.getMessage()).contains(named).doesNotContain("\n").hasSizeLessThan(600);
        });
    }

    @Test
    void topicNamesAreChecked() {
        assertThatThrownBy(() -> parse("{\"topic\":\"a/b\",\"text\":\"\"}"))
                .isInstanceOfSatisfying(
                        PortaskException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_TOPIC_NAME));
    }

    @Test
    void otherEncodingsAreRefused() {
        String json = "{\"topic\":\"t\",\"text\":\"\"}";
        for (byte[] bytes : Arrays.asList(
                json.getBytes(StandardCharsets.UTF_16LE),
                json.getBytes(StandardCharsets.UTF_16BE),
                ("\uFEFF" + json).getBytes(StandardCharsets.UTF_8),
                "{\"topic\":\"é\"}".getBytes(StandardCharsets.ISO_8859_1))) {
            assertThatThrownBy(() -> PublishRequest.parse(bytes, 0, bytes.length))
                    .hasMessageContaining("UTF-8");
        }
    }

    @Test
    void nestingAndNumbersOfMessagesAreBounded() {
        assertThatThrownBy(() -> parse("{\"topic\":\"t\",\"value\":" + "[".repeat(100_000)))
                .isInstanceOf(PortaskException.class);
        assertThatThrownBy(() -> parse(
                        "{\"topic\":\"t\",\"messages\":[{\"text\":\"\"}" + ",{\"text\":\"\"}".repeat(10_000) + "]}"))
                .hasMessageContaining("10000");
    }

    @Test
    void aLineIsAMessageWithoutATopic() {
        byte[] line = "{\"key\":\"k\",\"value\":{\"a\": 1}}".getBytes(StandardCharsets.UTF_8);
        Message message = PublishRequest.parseMessage("t", line, 0, line.length);
        assertThat(message.topic()).isEqualTo("t");
        assertThat(text(message.value())).isEqualTo("{\"a\":1}");
    }
}
