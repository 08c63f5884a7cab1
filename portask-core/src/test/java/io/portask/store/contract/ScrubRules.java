package io.portask.store.contract;

import static io.portask.store.contract.StoreProbe.ORDERS;
import static io.portask.store.contract.StoreProbe.await;
import static io.portask.store.contract.StoreProbe.batch;
import static io.portask.store.contract.StoreProbe.errorOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
import io.portask.store.ScrubReport;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** Scrubs, where a store has them. */
interface ScrubRules extends StoreRules {
    private boolean scrubs() {
        CompletionStage<ErrorCode> code = probe().store()
                .scrub(ORDERS)
                .handle((report, error) -> error == null ? ErrorCode.INTERNAL_ERROR : codeOf(error));
        return await(code) != ErrorCode.UNSUPPORTED_OPERATION;
    }

    private static ErrorCode codeOf(Throwable error) {
        return PortaskException.of(error instanceof CompletionException ? error.getCause() : error)
                .code();
    }

    @Test
    default void scrubOfASoundPartitionReadsEveryBatchAndFindsNothing() {
        probe().append("a", "b");
        probe().append("c");
        if (scrubs()) {
            ScrubReport report = await(probe().store().scrub(ORDERS));
            assertThat(report.problems()).isEmpty();
            assertThat(report.batches()).isEqualTo(2);
            assertThat(report.bytes())
                    .isEqualTo(batch("a", "b").remaining() + batch("c").remaining());
        }
    }

    @Test
    default void scrubOfAPartitionThatDoesNotExistIsRefused() {
        if (scrubs()) {
            assertThat(errorOf(probe().store().scrub(new TopicPartition("none", 0)))
                            .code())
                    .isEqualTo(ErrorCode.UNKNOWN_TOPIC);
            assertThat(errorOf(probe().store().scrub(new TopicPartition(ORDERS.topic(), 1)))
                            .code())
                    .isEqualTo(ErrorCode.UNKNOWN_PARTITION);
        }
    }
}
