package io.portask.http.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portask.broker.Broker;
import io.portask.error.ErrorCode;
import io.portask.http.exchange.BodyException;
import io.portask.http.exchange.Problem;
import io.portask.record.Durability;
import io.portask.store.contract.HeldStore;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BulkPublishTest {
    private final HeldStore held = new HeldStore();
    private final Broker broker = Broker.builder().store(held.store()).build();
    private BulkPublish lines;

    @BeforeEach
    void start() {
        broker.start();
        broker.createTopic("bulk", 1);
        lines = new BulkPublish(broker, "bulk", Durability.NONE);
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private void accept(String text, int times) {
        ByteBuffer part = ByteBuffer.wrap(text.repeat(times).getBytes(StandardCharsets.UTF_8));
        lines.accept(part);
    }

    private boolean relieved() {
        return lines.relieved().toCompletableFuture().isDone();
    }

    private boolean answered() {
        return lines.answer().toCompletableFuture().isDone();
    }

    private long end() {
        return broker.describeTopic("bulk").partitions().get(0).endOffset();
    }

    @Test
    void oneBatchIsUnderWayAndOneWaits() {
        held.hold("append");
        accept("{\"text\":\"a\"}\n", 1_000);
        assertThat(relieved()).isTrue();
        accept("{\"text\":\"a\"}\n", 1_000);
        assertThat(relieved()).isFalse();
        assertThat(held.heldCount()).isEqualTo(1);
        held.hold("");
        held.release();
        assertThat(relieved()).isTrue();
        lines.end();
        assertThat(lines.answer().toCompletableFuture().join()).isNotNull();
        assertThat(end()).isEqualTo(2_000);
    }

    @Test
    void nothingIsPublishedBehindABatchThatFailed() {
        held.fail("append", ErrorCode.OVERLOADED);
        accept("{\"text\":\"a\"}\n", 1_000);
        held.fail("", ErrorCode.OVERLOADED);
        accept("{\"text\":\"b\"}\n", 1_500);
        lines.end();
        assertThatThrownBy(lines.answer().toCompletableFuture()::join).hasMessageContaining("the first 0 messages");
        assertThat(end()).isZero();
    }

    @Test
    void theAnswerToABadLineWaitsForWhatStoodBeforeIt() {
        held.hold("append");
        accept("{\"text\":\"a\"}\n", 3);
        accept("oops\n", 1);
        assertThat(answered()).isFalse();
        held.release();
        assertThatThrownBy(lines.answer().toCompletableFuture()::join)
                .hasMessageContaining("Line 4")
                .hasMessageContaining("the first 3 messages were published");
    }

    @Test
    void aBodyThatIsCutOffKeepsItsStatus() {
        accept("{\"text\":\"a\"}\n", 1_000);
        lines.abort(new BodyException(408, "Too slow"));
        assertThatThrownBy(lines.answer().toCompletableFuture()::join)
                .hasRootCauseInstanceOf(BodyException.class)
                .hasMessageContaining("Too slow (the first 1000 messages were published)");
    }

    @Test
    void whatFailsInsideTheStoreStillSaysHowManyWerePublished() {
        accept("{\"text\":\"a\"}\n", 1_000);
        held.fail("append", ErrorCode.STORE_IO_ERROR);
        accept("{\"text\":\"b\"}\n", 1_000);
        lines.end();
        Problem problem = lines.answer()
                .handle((answer, error) -> Problem.of(error))
                .toCompletableFuture()
                .join();
        assertThat(problem.status()).isEqualTo(500);
        assertThat(problem.published()).isEqualTo(1_000L);
        assertThat(new String(problem.json(), StandardCharsets.UTF_8))
                .contains("The store failed.", "(the first 1000 messages were published)", "\"published\":1000}");
    }
}
