package io.portask.http.json;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.record.Header;
import io.portask.record.Message;
import io.portask.record.MessageId;
import io.portask.record.ReceivedMessage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageJsonTest {
    private static final long SEED = 20_260_105;
    private static final Header JSON = header("content-type", "application/json");

    private static Header header(String name, String value) {
        return new Header(name, utf8(value));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String json(byte[] key, byte[] value, Header... headers) {
        JsonBuffer buffer = new JsonBuffer();
        MessageJson.write(buffer, new ReceivedMessage(new MessageId("orders", 0, 42), 7, key, value, List.of(headers)));
        return new String(buffer.toByteArray(), StandardCharsets.UTF_8);
    }

    /** What stands behind the headers. */
    private static String content(byte[] value, Header... headers) {
        String json = json(null, value, headers);
        return json.substring(json.lastIndexOf("],") + 2, json.length() - 1);
    }

    @Test
    void allFieldsStandInTheirOrder() {
        assertThat(json(utf8("k"), utf8("v"), header("h", "x"), new Header("h", null), new Header("b", new byte[] {-1
                })))
                .isEqualTo("{\"id\":\"orders:0:42\",\"topic\":\"orders\",\"partition\":0,\"offset\":42,\"timestamp\":7,"
                        + "\"key\":\"k\",\"headers\":[{\"name\":\"h\",\"value\":\"x\"},{\"name\":\"h\",\"value\":null},"
                        + "{\"name\":\"b\",\"valueBase64\":\"/w==\"}],\"text\":\"v\"}");
    }

    @Test
    void keysAreTextOrBase64OrNull() {
        assertThat(json(null, utf8(""))).contains("\"key\":null,");
        assertThat(json(utf8(""), utf8(""))).contains("\"key\":\"\",");
        assertThat(json(new byte[] {-1, 0}, utf8("")))
                .contains("\"keyBase64\":\"/wA=\",")
                .doesNotContain("\"key\"");
    }

    @Test
    void theContentShowsWhatItIs() {
        assertThat(content(null)).isEqualTo("\"text\":null");
        assertThat(content(null, JSON)).isEqualTo("\"text\":null");
        assertThat(content(utf8(""))).isEqualTo("\"text\":\"\"");
        assertThat(content(utf8(""), JSON)).isEqualTo("\"text\":\"\"");
        assertThat(content(utf8("null"), JSON)).isEqualTo("\"value\":null");
        assertThat(content(utf8("{}"))).isEqualTo("\"text\":\"{}\"");
        assertThat(content(new byte[] {(byte) 0xC3})).isEqualTo("\"valueBase64\":\"ww==\"");
        assertThat(content(new byte[] {'"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"'}, JSON))
                .isEqualTo("\"valueBase64\":\"Iu2ggCI=\"");
    }

    @Test
    void whiteSpaceOfAStoredValueIsLeftOutAndNothingElse() {
        assertThat(content(utf8("{ \"a b\" : [ 1.00 , -0e+1,\n\t\"\\u0061 \\\" x\" ] }\r\n"), JSON))
                .isEqualTo("\"value\":{\"a b\":[1.00,-0e+1,\"\\u0061 \\\" x\"]}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "{} {}",
                "{}x",
                "1 2",
                "01",
                "NaN",
                "'a'",
                "[1,]",
                "{\"a\":1,\"a\":2}",
                "\"\u0001\"",
                "tru",
                "/**/1"
            })
    void whatIsNotOneStrictValueIsText(String value) {
        assertThat(content(utf8(value), JSON)).startsWith("\"text\":");
    }

    @Test
    void whatIsNestedTooDeepIsText() {
        assertThat(content(utf8("[".repeat(129) + "]".repeat(129)), JSON)).startsWith("\"text\":");
        assertThat(content(utf8("[".repeat(128) + "]".repeat(128)), JSON)).startsWith("\"value\":");
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json; charset=utf-8", "Application/JSON", " application/json "})
    void theContentTypeMayHaveParametersAndAnyCase(String type) {
        assertThat(content(utf8("1"), header("Content-Type", type))).isEqualTo("\"value\":1");
    }

    @Test
    void theFirstContentTypeCounts() {
        assertThat(content(utf8("1"), header("content-type", "text/plain"), JSON))
                .isEqualTo("\"text\":\"1\"");
        assertThat(content(utf8("1"), header("content-type", "application/jsonx")))
                .isEqualTo("\"text\":\"1\"");
    }

    @Test
    void everyCharacterComesBack() {
        StringBuilder all = new StringBuilder();
        for (int c = 0; c < 0x11_0000; c += c < 0x3000 ? 1 : 97) {
            if (c < 0xD800 || c > 0xDFFF) {
                all.appendCodePoint(c);
            }
        }
        byte[] text = utf8(all.toString());
        assertThat(republish(text, text, List.of(new Header(all.toString(), text))))
                .isTrue();
    }

    @Test
    void whatWasReadAsJsonPublishesTheSame() {
        Random random = new Random(SEED);
        for (int round = 0; round < 20_000; round++) {
            List<Header> headers = new ArrayList<>();
            for (int i = random.nextInt(3); i > 0; i--) {
                headers.add(random.nextInt(3) == 0 ? JSON : new Header("h" + random.nextInt(2), bytes(random)));
            }
            byte[] key = bytes(random);
            byte[] value = bytes(random);
            assertThat(republish(key, value, headers))
                    .as("seed %d, round %d: %s", SEED, round, json(key, value, headers.toArray(Header[]::new)))
                    .isTrue();
        }
    }

    private static byte[] bytes(Random random) {
        byte[] bytes = new byte[random.nextInt(6)];
        random.nextBytes(bytes);
        return switch (random.nextInt(6)) {
            case 0 -> null;
            case 1 -> bytes;
            case 2 -> utf8("{\"n\":1.0" + "0".repeat(random.nextInt(30)) + "e5,\"s\":\"\\ud800\\n€\"}");
            case 3 -> utf8(String.valueOf(random.nextInt(10)));
            case 4 -> utf8("null");
            default -> utf8("t\u0000\"\\\n€𝄞".substring(random.nextInt(6)));
        };
    }

    /** Takes what was read out of its place and publishes it. */
    private static boolean republish(byte[] key, byte[] value, List<Header> headers) {
        String read = json(key, value, headers.toArray(Header[]::new));
        String fields = read.replaceFirst("\"id\":\"orders:0:42\",", "").replaceFirst("\"offset\":42,", "");
        byte[] document = utf8(fields);
        PublishRequest request = PublishRequest.parse(document, 0, document.length);
        Message message = request.messages().get(0);
        boolean same = Arrays.equals(message.key(), key)
                && Arrays.equals(message.value(), value)
                && message.timestamp() == 7
                && message.headers().size() == headers.size();
        for (int i = 0; same && i < headers.size(); i++) {
            same = headers.get(i).name().equals(message.headers().get(i).name())
                    && Arrays.equals(
                            headers.get(i).value(), message.headers().get(i).value());
        }
        return same;
    }
}
