package io.portask.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

class ErrorCodeTest {
    @Test
    void everyNumberNamesItsCode() {
        for (ErrorCode code : ErrorCode.values()) {
            assertThat(ErrorCode.of(code.number())).isEqualTo(code);
        }
    }

    @Test
    void unknownNumbersAreInternalErrors() {
        for (int number : new int[] {0, -1, 39, 63, 64, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertThat(ErrorCode.of(number)).isEqualTo(ErrorCode.INTERNAL_ERROR);
        }
    }

    @Test
    void theErrorBehindWrappersIsFound() {
        PortaskException error = new PortaskException(ErrorCode.TIMEOUT, "late");
        assertThat(PortaskException.of(new ExecutionException(new CompletionException(error))))
                .isSameAs(error);
        IllegalStateException defect = new IllegalStateException("x");
        assertThat(PortaskException.of(new CompletionException(defect))).satisfies(named -> {
            assertThat(named.code()).isEqualTo(ErrorCode.INTERNAL_ERROR);
            assertThat(named).hasCause(defect);
        });
    }
}
