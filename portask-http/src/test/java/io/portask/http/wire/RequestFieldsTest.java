package io.portask.http.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.Headers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RequestFieldsTest {
    private static List<RequestHead> heads(DecoderLimits limits, String... requests) {
        List<RequestHead> heads = new ArrayList<>();
        RequestSink sink = new RequestSink() {
            @Override
            public long onHead(RequestHead head) {
                heads.add(head);
                return 0;
            }

            @Override
            public void onBody(ByteBuffer part) {}

            @Override
            public void onEnd(@Nullable Headers trailers) {}

            @Override
            public void onRefused(int status, String reason) {}

            @Override
            public boolean wantsMore() {
                return true;
            }
        };
        for (String request : requests) {
            new RequestDecoder(limits).decode(ByteBuffer.wrap(request.getBytes(StandardCharsets.ISO_8859_1)), sink);
        }
        return heads;
    }

    @Test
    void fieldsAreFoundWhateverTheirCase() {
        RequestFields fields = new RequestFields();
        fields.add("hOST", "a");
        fields.put("X-Y", new ArrayList<>(List.of("1", "2")));
        fields.putAll(Map.of("z", List.of("3")));
        assertThat(fields.getFirst("Host")).isEqualTo("a");
        assertThat(fields.get("x-y")).containsExactly("1", "2");
        assertThat(fields.containsKey("Z")).isTrue();
        assertThat(fields.getFirst("Origin")).isNull();
        assertThat(fields.get("")).isNull();
        assertThat(fields.containsKey("Hist")).isFalse();
    }

    @Test
    void whatWasReadCannotBeChanged() {
        RequestFields fields = new RequestFields();
        fields.add("Host", "a");
        fields.freeze();
        assertThatThrownBy(() -> fields.set("Host", "b")).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> fields.remove("Host")).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(fields::clear).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> fields.get("Host").add("b")).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> fields.keySet().clear()).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> fields.values().clear()).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> fields.entrySet().clear()).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> fields.entrySet().iterator().next().setValue(List.of("b")))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> fields.replaceAll((name, values) -> List.of("b")))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThat(fields.entrySet()).containsExactly(Map.entry("Host", List.of("a")));
        assertThat(fields.getFirst("Host")).isEqualTo("a");
    }

    @Test
    void headsThatProveWhoCallsAreNotKept() {
        DecoderLimits limits = new DecoderLimits(1024, 10, 100);
        for (String field : List.of("Authorization: Bearer x", "Cookie: a=b", "Sec-WebSocket-Protocol: bearer.x")) {
            String request = "GET /a HTTP/1.1\r\nHost: localhost\r\n" + field + "\r\n\r\n";
            List<RequestHead> heads = heads(limits, request, request);
            assertThat(heads.get(1)).isNotSameAs(heads.get(0));
        }
    }

    @Test
    void aHeadThatIsRepeatedIsReadOnceAndAnotherIsNotTakenForIt() {
        DecoderLimits limits = new DecoderLimits(1024, 10, 100);
        String one = "GET /a HTTP/1.1\r\nHost: localhost\r\nX: 1\r\n\r\n";
        List<RequestHead> heads = heads(limits, one, one, one.replace("X: 1", "X: 2"), one.replace("Host", "Hosx"));
        assertThat(heads).hasSize(3);
        assertThat(heads.get(1)).isSameAs(heads.get(0));
        assertThat(heads.get(2).headers().getFirst("X")).isEqualTo("2");
    }

    @Test
    void aHeadThatOneServerTakesIsStillTooLongForAnother() {
        String request = "GET /abcdefgh HTTP/1.1\r\nHost: localhost\r\n\r\n";
        assertThat(heads(new DecoderLimits(1024, 10, 100), request)).hasSize(1);
        assertThat(heads(new DecoderLimits(1024, 10, 5), request)).isEmpty();
    }
}
