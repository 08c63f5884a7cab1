package io.portask.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.http.RestProbe.Reply;
import io.portask.http.admin.ServerState;
import io.portask.store.StoreHealth;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is about the server and not its messages, and what all resources have in common. */
interface ServerResourceRules extends RestRules {
    @Test
    default void connectionsAreListedAndClosed() throws Exception {
        Reply all = rest().get("/api/v1/connections").is(200);
        assertThat(all.each("connections", "id")).containsExactly(7L, 8L);
        Map<String, Object> first = all.first("connections");
        assertThat(first)
                .containsEntry("protocol", "port")
                .containsEntry("peer", "127.0.0.1:40000")
                .containsEntry("client", "tester")
                .containsEntry("openedAt", "2025-11-24T16:00:00Z")
                .containsEntry("bytesIn", 100L)
                .containsEntry("framesOut", 5L)
                .containsEntry("subscriptions", 6L)
                .containsEntry("queuedBytes", 3L)
                .containsEntry("readingPaused", true);
        rest().delete("/api/v1/connections/7").is(204);
        rest().delete("/api/v1/connections/9").isProblem(404, null, "9");
        rest().delete("/api/v1/connections/x").isProblem(400, ErrorCode.INVALID_REQUEST, "x");
        assertThat(rest().connections.closed).containsExactly(7L, 9L);
    }

    @Test
    default void healthSaysWhetherItCanServe() throws Exception {
        for (String path : List.of("/health", "/health/ready")) {
            assertThat(rest().get(path).is(200).json())
                    .containsEntry("status", "up")
                    .containsEntry("state", "ready")
                    .containsEntry("version", "1.2.3");
        }
        rest().health = new StoreHealth(false, "It is away");
        assertThat(rest().get("/health/ready").is(503).json())
                .containsEntry("status", "down")
                .containsEntry("store", Map.of("available", false, "text", "not available; the log says why"));
        rest().health = new StoreHealth(true, "available");
        rest().state = ServerState.STARTING;
        assertThat(rest().get("/health").is(503).json()).containsEntry("state", "starting");
        rest().state = ServerState.DRAINING;
        assertThat(rest().get("/health").is(503).json()).containsEntry("state", "draining");
        rest().get("/health/live").is(200);
    }

    @Test
    default void metricsComeInTheFormatThatIsAccepted() throws Exception {
        rest().publish("orders", "a");
        Reply text = rest().get("/metrics").is(200);
        assertThat(text.field("content-type")).startsWith("text/plain");
        assertThat(text.body()).contains("# TYPE portask_");
        Reply open = rest().send(
                        rest().request("/metrics").header("Accept", "application/openmetrics-text; version=1.0.0"))
                .is(200);
        assertThat(open.field("content-type")).startsWith("application/openmetrics-text");
        assertThat(open.body()).endsWith("# EOF\n");
        Reply json = rest().send(rest().request("/metrics").header("Accept", "application/json"))
                .is(200);
        assertThat(json.each("meters", "name"))
                .isNotEmpty()
                .allSatisfy(name -> assertThat((String) name).startsWith("portask."));
    }

    @Test
    default void theConfigurationIsShownAndChanged() throws Exception {
        String config = "/api/v1/admin/config";
        assertThat(rest().get(config).is(200).json()).containsEntry("log-level", "info");
        assertThat(rest().patch(config, "{\"log-level\":\"debug\"}").is(200).json())
                .containsEntry("log-level", "debug");
        rest().patch(config, "{\"port\":\"1\"}").isProblem(400, ErrorCode.INVALID_REQUEST, "log-level");
        rest().patch(config, "{\"log-level\":1}").isProblem(400, ErrorCode.INVALID_REQUEST, "/log-level");
        rest().patch(config, "{}").isProblem(400, ErrorCode.INVALID_REQUEST, "nothing");
    }

    @Test
    default void messagesBeforeAnOffsetAreTrimmed() throws Exception {
        rest().publish("orders", "a", "b");
        String trim = "/api/v1/admin/trim";
        assertThat(rest().post(trim, "{\"topic\":\"orders\",\"partition\":0,\"offset\":1}")
                        .is(200)
                        .json())
                .isEqualTo(Map.of("startOffset", 1L));
        rest().post(trim, "{\"topic\":\"orders\",\"partition\":0,\"offset\":9}")
                .isProblem(416, ErrorCode.OFFSET_OUT_OF_RANGE);
        rest().post(trim, "{\"topic\":\"orders\",\"partition\":0}")
                .isProblem(400, ErrorCode.INVALID_REQUEST, "/offset is missing");
        rest().post(trim, "{\"topic\":\"orders\",\"offset\":0}")
                .isProblem(400, ErrorCode.INVALID_REQUEST, "/partition is missing");
    }

    @Test
    default void aScrubNeedsAStoreThatCan() throws Exception {
        rest().broker.createTopic("orders", 1);
        String scrub = "/api/v1/admin/scrub";
        rest().post(scrub, "{\"topic\":\"orders\"}").isProblem(501, ErrorCode.UNSUPPORTED_OPERATION);
        rest().post(scrub, "{\"topic\":\"orders\",\"partition\":1}").isProblem(404, ErrorCode.UNKNOWN_PARTITION);
        rest().post(scrub, "{\"topic\":\"no\"}").isProblem(404, ErrorCode.UNKNOWN_TOPIC);
        rest().post(scrub, "{\"topic\":\"orders\",\"offset\":1}").isProblem(400, ErrorCode.INVALID_REQUEST, "/offset");
    }

    @Test
    default void aShutdownIsBegun() throws Exception {
        assertThat(rest().post("/api/v1/admin/shutdown", "").is(202).json()).containsEntry("state", "draining");
        assertThat(rest().admin.stopped).isTrue();
    }

    @Test
    default void headIsGetWithoutTheBody() throws Exception {
        for (String path : List.of("/health", "/api/v1/topics", "/api/v1/openapi.json")) {
            Reply head = rest().send(rest().request(path).method("HEAD", BodyPublishers.noBody()))
                    .is(200);
            assertThat(head.body()).isEmpty();
            assertThat(head.field("content-length"))
                    .isEqualTo(Integer.toString(rest().get(path).body().length()));
        }
        assertThat(rest().send(rest().request("/api/v1/topics/no").method("HEAD", BodyPublishers.noBody()))
                        .is(404)
                        .body())
                .isEmpty();
    }

    @Test
    default void optionsTellWhatIsAllowed() throws Exception {
        Reply options = rest().send(rest().request("/api/v1/topics/x").method("OPTIONS", BodyPublishers.noBody()))
                .is(204);
        assertThat(options.field("allow")).isEqualTo("DELETE, GET, HEAD, OPTIONS, PATCH");
    }

    @Test
    default void otherMethodsAreRefusedWithWhatIsAllowed() throws Exception {
        Reply refused = rest().delete("/api/v1/messages/publish").isProblem(405, null, "POST");
        assertThat(refused.field("allow")).isEqualTo("OPTIONS, POST");
        assertThat(rest().get("/api/v1/topics/x/messages").isProblem(405, null).field("allow"))
                .isEqualTo("OPTIONS, POST");
    }

    @Test
    default void otherPathsAreNotFound() throws Exception {
        for (String path :
                List.of("/api/v1/", "/api/v1/nothing", "/api/v1/topics/", "/api/v1/topics/a/b/c", "/health/x")) {
            rest().get(path).isProblem(404, null);
        }
    }

    @Test
    default void parametersThatNobodyKnowsAreRefused() throws Exception {
        rest().get("/api/v1/topics?page=2").isProblem(400, ErrorCode.INVALID_REQUEST, "page");
        rest().get("/health?verbose").isProblem(400, ErrorCode.INVALID_REQUEST, "verbose");
        rest().get("/api/v1/consumers?&limit=1&").is(200);
    }

    @Test
    default void pathsAreDecoded() throws Exception {
        rest().publish("orders", "a");
        rest().get("/api/v1/topic%73/order%73").is(200);
        rest().get("/api/v1/topics/a%2Fb").isProblem(400, ErrorCode.INVALID_TOPIC_NAME);
        rest().get("/api/v1/topics/a+b").isProblem(400, ErrorCode.INVALID_TOPIC_NAME, "'+'");
    }

    @Test
    default void aBrokerThatIsClosedSaysSo() throws Exception {
        rest().broker.close();
        rest().get("/api/v1/topics").isProblem(503, ErrorCode.CLOSED);
    }
}
