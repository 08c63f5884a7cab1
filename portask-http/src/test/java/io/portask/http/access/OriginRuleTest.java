package io.portask.http.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.Headers;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OriginRuleTest {
    private final OriginRule rule = new OriginRule(List.of("https://Example.org"));
    private final Headers request = new Headers();

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:8080, https://evil.example, false",
        "127.0.0.1:8080, null, false",
        "127.0.0.1:8080, http://127.0.0.1:8081, false",
        "localhost:8080, http://127.0.0.1:8080, false",
        "rebound.example, http://rebound.example, false",
        "127.0.0.1.evil.example, http://127.0.0.1.evil.example, false",
        "localhost.evil.example, http://localhost.evil.example, false",
        "127.0.0.1:8080, https://example.org, true",
        "rebound.example, https://example.org, true",
        "127.0.0.1:8080, http://127.0.0.1:8080, true",
        "LOCALHOST:8080, http://localhost:8080, true",
        "localhost, https://localhost, true",
        "[::1]:8080, http://[::1]:8080, true"
    })
    void aPageMayCallIfItIsListedOrComesFromThisVeryAddress(String host, String origin, boolean allowed) {
        request.set("Host", host);
        request.set("Origin", origin);
        assertThat(rule.allows(request)).isEqualTo(allowed);
        assertThat(new OriginRule(List.of("*")).allows(request)).isTrue();
    }

    @Test
    void whoIsNoPageMayCall() {
        request.set("Host", "rebound.example");
        assertThat(rule.allows(request)).isTrue();
    }

    @Test
    void anOriginCountsOnce() {
        request.add("Host", "localhost");
        request.add("Origin", "https://example.org");
        request.add("Origin", "https://example.org");
        assertThat(rule.allows(request)).isFalse();
    }

    @Test
    void twoHostsVouchForNobody() {
        request.add("Host", "localhost");
        request.add("Host", "localhost");
        request.add("Origin", "http://localhost");
        assertThat(rule.allows(request)).isFalse();
    }
}
