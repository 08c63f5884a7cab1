package io.portask.http.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.Headers;
import io.portask.http.exchange.Problem;
import io.portask.http.exchange.UpgradeAnswer;
import io.portask.http.exchange.UpgradeAnswer.Refused;
import io.portask.net.testing.FakeConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessGuardTest {
    private static final String TOKEN = "s3cret/ü?";

    private final InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 8080);
    private final AccessGuard open = new AccessGuard(List.of(), List.of("Broker.example"), List.of());
    private final AccessGuard guarded = new AccessGuard(List.of(), List.of(), List.of("other", TOKEN));
    private final Headers request = new Headers();

    private static int status(Refused refused) {
        return refused == null ? 200 : refused.problem().status();
    }

    private int ask(String path) {
        return status(guarded.refusal(URI.create(path), request, loopback));
    }

    private int upgrade() {
        UpgradeAnswer answer = guarded.guarded(
                        (method, uri, headers, connection) -> new Refused(Problem.of(299, "reached"), new Headers()))
                .answer("GET", URI.create("/ws"), request, new FakeConnection());
        return status((Refused) answer);
    }

    @ParameterizedTest
    @CsvSource({
        "localhost, 200",
        "LocalHost:8080, 200",
        "127.0.0.1:8080, 200",
        "[::1]:8080, 200",
        "192.168.1.7, 200",
        "broker.example, 200",
        "BROKER.example:8080, 200",
        "rebound.example, 403",
        "rebound.example:8080, 403",
        "localhost.rebound.example, 403",
        "127.0.0.1.rebound.example, 403",
        "'', 403"
    })
    void overTheLoopbackTheServerIsCalledByNamesThatItKnows(String host, int status) throws UnknownHostException {
        request.set("Host", host);
        assertThat(status(open.refusal(URI.create("/health"), request, loopback)))
                .isEqualTo(status);
        InetSocketAddress wide = new InetSocketAddress(InetAddress.getByName("192.0.2.1"), 8080);
        assertThat(status(open.refusal(URI.create("/health"), request, wide))).isEqualTo(200);
    }

    @Test
    void foreignPagesMayNotEvenAskForTheHealth() {
        request.set("Host", "localhost");
        request.set("Origin", "https://evil.example");
        assertThat(ask("/health")).isEqualTo(403);
        assertThat(upgrade()).isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/metrics", "/api/v1/topics", "/healthy", "/health/", "/health/../metrics", "/", "/ws"})
    void withTokensEverythingButTheHealthNeedsOne(String path) {
        assertThat(ask(path)).isEqualTo(401);
        request.set("Authorization", "Bearer " + latin1(TOKEN));
        assertThat(ask(path)).isEqualTo(200);
    }

    /** How a server hands over the bytes of a field. */
    private static String latin1(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/health", "/health/live", "/health/ready"})
    void theHealthNeedsNoToken(String path) {
        assertThat(ask(path)).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "Bearer other, 200",
        "bearer  other , 200",
        "Bearer others, 401",
        "Bearer othe, 401",
        "Bearer, 401",
        "Bearer '', 401",
        "Basic other, 401",
        "other, 401"
    })
    void theTokenIsComparedAsAWhole(String field, int status) {
        request.set("Authorization", field);
        assertThat(ask("/metrics")).isEqualTo(status);
    }

    @Test
    void aRefusalSaysHowToAsk() {
        Refused missing = guarded.refusal(URI.create("/metrics"), request, loopback);
        assertThat(missing.headers().getFirst("WWW-Authenticate")).isEqualTo("Bearer realm=\"portask\"");
        request.set("Authorization", "Bearer wrong");
        Refused wrong = guarded.refusal(URI.create("/metrics"), request, loopback);
        assertThat(wrong.headers().getFirst("WWW-Authenticate")).contains("error=\"invalid_token\"");
        assertThat(wrong.problem().detail()).doesNotContain("wrong ");
    }

    @Test
    void aTokenCountsOnce() {
        request.add("Authorization", "Bearer other");
        request.add("Authorization", "Bearer other");
        assertThat(ask("/metrics")).isEqualTo(401);
    }

    @Test
    void pagesOfferTheTokenOfAnUpgradeAsASubProtocol() {
        assertThat(upgrade()).isEqualTo(401);
        String encoded = Base64.getUrlEncoder().withoutPadding().encodeToString(TOKEN.getBytes(StandardCharsets.UTF_8));
        request.set("Sec-WebSocket-Protocol", "portask.v1.json, portask.bearer." + encoded);
        assertThat(upgrade()).isEqualTo(299);
        assertThat(ask("/ws")).as("without an upgrade").isEqualTo(401);
        request.set("Sec-WebSocket-Protocol", "portask.v1.json, portask.bearer.%%%");
        assertThat(upgrade()).isEqualTo(401);
        request.set("Sec-WebSocket-Protocol", "portask.v1.json, portask.bearer.");
        assertThat(upgrade()).isEqualTo(401);
        request.set("Authorization", "Bearer other");
        assertThat(upgrade()).isEqualTo(299);
    }
}
