package io.portask.http.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestDecoderTest {
    private static final String SEVERAL = "\r\nGET /a?b=c%20d HTTP/1.1\r\nHost: a:80\r\nX-Y:  v 1\t\r\nx-y: 2\r\n\r\n"
            + "POST /p HTTP/1.1\r\nhost: a\r\nContent-Length: 005\r\n\r\nhello"
            + "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\nExpect: 100-Continue\r\n\r\n"
            + "5\r\nhello\r\n00A;x=\"y z\" ;w\r\n, world...\r\n1 ;e\r\n!\r\n000\r\nT: u\r\nV: \r\n\r\n"
            + "PUT /e HTTP/1.1\r\nHost:\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            + "OPTIONS * HTTP/1.1\r\nHost: [::1]:8080\r\nContent-Length: 0\r\n\r\n"
            + "HEAD http://b.example/x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade , close\r\n\r\n"
            + "BREW /t HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
            + "GET / HTTP/1.0\r\n\r\n"
            + "GET /obs HTTP/1.7\r\nHost: a\r\nX: \u00e9\r\n\r\n";

    private static final List<String> TOLD = List.of(
            "GET /a?b=c%20d 1.1 {Host=[a:80], X-y=[v 1, 2]} length 0 body ",
            "POST /p 1.1 {Content-length=[005], Host=[a]} length 5 body hello",
            "POST /c 1.1 {Expect=[100-Continue], Host=[a], Transfer-encoding=[Chunked]} length -1 expects"
                    + " body hello, world...! trailers [T=[u], V=[]]",
            "PUT /e 1.1 {Host=[], Transfer-encoding=[chunked]} length -1 body ",
            "OPTIONS * 1.1 {Content-length=[0], Host=[[::1]:8080]} length 0 body ",
            "HEAD http://b.example/x 1.1 {Connection=[Upgrade , close], Host=[b.example]} length 0 close body ",
            "BREW /t 1.0 {Connection=[keep-alive]} length 0 body ",
            "GET / 1.0 {} length 0 close body ",
            "GET /obs 1.1 {Host=[a], X=[\u00e9]} length 0 body ");

    @Test
    void requestsAreTakenApart() {
        DecodedRequests decoded = DecodedRequests.of(SEVERAL);

        assertThat(decoded.told).isEqualTo(TOLD);
        assertThat(decoded.leftBytes()).isZero();
    }

    @Test
    void everySplitInTwoGivesTheSame() {
        byte[] all = SEVERAL.getBytes(StandardCharsets.ISO_8859_1);
        for (int split = 0; split <= all.length; split++) {
            DecodedRequests decoded = new DecodedRequests(1000);
            decoded.feed(Arrays.copyOfRange(all, 0, split));
            decoded.feed(Arrays.copyOfRange(all, split, all.length));

            assertThat(decoded.told).as("split at %s", split).isEqualTo(TOLD);
        }
    }

    @Test
    void byteByByteGivesTheSame() {
        DecodedRequests decoded = new DecodedRequests(1000);
        for (byte each : SEVERAL.getBytes(StandardCharsets.ISO_8859_1)) {
            decoded.feed(each);
        }

        assertThat(decoded.told).isEqualTo(TOLD);
    }

    @Test
    void aBodyOfExactlyTheLimitIsTaken() {
        DecodedRequests decoded = new DecodedRequests(5);
        decoded.feed(
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello".getBytes(StandardCharsets.US_ASCII));
        decoded.feed("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII));

        assertThat(decoded.refusedWith).isZero();
        assertThat(decoded.told).hasSize(2);
    }

    @Test
    void headAndTargetOfExactlyTheLimitAreTaken() {
        String target = "/" + "a".repeat(DecodedRequests.LIMITS.maxTargetBytes() - 1);
        String start = "GET " + target + " HTTP/1.1\r\nHost: a\r\nX: ";
        String fill = "a".repeat(DecodedRequests.LIMITS.maxHeadBytes() - start.length() - 4);

        assertThat(DecodedRequests.of(start + fill + "\r\n\r\n").refusedWith).isZero();
        assertThat(DecodedRequests.of(start + fill + "a\r\n\r\n").refusedWith).isEqualTo(431);
    }

    @Test
    void whatWasRefusedStaysRefused() {
        DecodedRequests decoded = DecodedRequests.of("GET\r\n\r\n");
        decoded.feed("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));

        assertThat(decoded.told).hasSize(1);
    }
}
