package io.portask.http.json;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.record.Durability;
import io.portask.record.MessageId;
import io.portask.record.PublishResult;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonBufferTest {
    private final JsonBuffer json = new JsonBuffer();

    private String text() {
        return new String(json.toByteArray(), StandardCharsets.UTF_8);
    }

    @Test
    void commasStandBetweenWhatIsInTheSameObjectOrArray() {
        json.beginObject()
                .name("a")
                .beginArray()
                .endArray()
                .name("b")
                .beginArray()
                .number(1)
                .bool(true)
                .nullValue();
        json.beginObject()
                .endObject()
                .beginObject()
                .name("c")
                .string("")
                .endObject()
                .endArray()
                .endObject()
                .endLine();
        json.beginArray().endArray();
        assertThat(text()).isEqualTo("{\"a\":[],\"b\":[1,true,null,{},{\"c\":\"\"}]}\n[]");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 9, 10, -1, -10, 1234567890123L, Long.MAX_VALUE, Long.MIN_VALUE})
    void numbersAreWritten(long number) {
        assertThat(json.number(number).size()).isEqualTo(Long.toString(number).length());
        assertThat(text()).isEqualTo(Long.toString(number));
    }

    @Test
    void textAndItsBytesAreWrittenTheSame() {
        String all = "a\"\\/\b\f\n\r\t\u0000\u001f\u007f\u0080é€\u2028\uD834\uDD1E";
        json.string(all);
        String asText = text();
        json.reset().string(all.getBytes(StandardCharsets.UTF_8));
        assertThat(text())
                .isEqualTo(asText)
                .isEqualTo("\"a\\\"\\\\/\\u0008\\u000c\\n\\r\\t\\u0000\\u001f\u007f\u0080é€\u2028\uD834\uDD1E\"");
    }

    @Test
    void halfAPairBecomesAReplacement() {
        json.string("\uD800x\uDC00\uD834");
        assertThat(text()).isEqualTo("\"\uFFFDx\uFFFD\uFFFD\"");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 1000})
    void base64IsThatOfTheJdk(int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (i * 37 + 200);
        }
        json.base64(bytes);
        assertThat(text()).isEqualTo('"' + Base64.getEncoder().encodeToString(bytes) + '"');
    }

    @Test
    void itGrowsAndDoesNotKeepWhatIsLarge() {
        String large = "x".repeat(2 << 20);
        json.string(large);
        assertThat(json.view().array()).hasSizeGreaterThan(2 << 20);
        json.reset().string("y");
        assertThat(json.view().array()).hasSizeLessThan(1024);
        assertThat(text()).isEqualTo("\"y\"");
    }

    @Test
    void resultsHaveTheirFields() {
        PublishResult one = new PublishResult(new MessageId("t", 1, 2), Durability.SYNCED, false);
        PublishResult two = new PublishResult(new MessageId("t", 1, 3), Durability.WRITTEN, true);
        json.beginObject();
        PublishResultJson.writeFields(json, List.of(one), true);
        json.endObject().endLine().beginObject();
        PublishResultJson.writeFields(json, List.of(one, two), false);
        json.endObject();
        String first = "{\"id\":\"t:1:2\",\"topic\":\"t\",\"partition\":1,\"offset\":2,\"ack\":\"synced\"}";
        assertThat(text())
                .isEqualTo(
                        first + "\n{\"messages\":[" + first
                                + ",{\"id\":\"t:1:3\",\"topic\":\"t\",\"partition\":1,\"offset\":3,\"ack\":\"written\",\"duplicate\":true}]}");
    }

    @ParameterizedTest
    @EnumSource(Durability.class)
    void everyLevelHasItsWord(Durability level) {
        assertThat(DurabilityWords.durability(DurabilityWords.word(level))).isEqualTo(level);
        assertThat(DurabilityWords.durability(level.name())).isNull();
    }

    @Test
    void aWriterThatWantsMoreThanItMayLeavesNothing() {
        JsonBuffer json = new JsonBuffer().beginArray().number(1);
        assertThat(json.tryWrite(1_000, out -> out.string("x".repeat(5_000)))).isFalse();
        assertThat(json.tryWrite(3, out -> out.number(1234))).isFalse();
        assertThat(json.tryWrite(4, out -> out.number(234))).isTrue();
        assertThat(json.string("y".repeat(5_000)).endArray().toString())
                .isEqualTo("[1,234,\"" + "y".repeat(5_000) + "\"]");
    }
}
