package io.portask.http.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ProblemTest {
    private static String json(Problem problem) {
        return new String(problem.json(), StandardCharsets.UTF_8);
    }

    @Test
    void hasTheMembersOfTheRfcAndOurs() {
        Problem problem = Problem.of(new CompletionException(
                new PortaskException(ErrorCode.OVERLOADED, "maxMemory is reached by \"orders\"")));

        assertThat(json(problem))
                .isEqualTo(
                        "{\"type\":\"urn:portask:error:OVERLOADED\",\"title\":\"Service Unavailable\",\"status\":503,"
                                + "\"detail\":\"maxMemory is reached by \\\"orders\\\"\",\"code\":\"OVERLOADED\",\"retriable\":true}");
    }

    @Test
    void withoutACodeItIsAboutTheStatus() {
        assertThat(json(Problem.of(404, "Nothing is here")))
                .isEqualTo(
                        "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,\"detail\":\"Nothing is here\"}");
    }

    @Test
    void aBodysFailureKeepsItsStatus() {
        assertThat(Problem.of(new BodyException(408, "Too slow")).status()).isEqualTo(408);
    }

    @Test
    void unknownFailuresTellNothing() {
        assertThat(json(Problem.of(new IllegalStateException("secret")))).doesNotContain("secret", "Exception");
    }

    @ParameterizedTest
    @EnumSource(
            value = ErrorCode.class,
            names = {
                "INTERNAL_ERROR",
                "STORE_IO_ERROR",
                "STORE_UNAVAILABLE",
                "CORRUPT_STORE",
                "DISK_FULL",
                "STORE_LOCKED"
            })
    void pathsAndAddressesStayInside(ErrorCode code) {
        assertThat(json(Problem.of(new PortaskException(code, "/var/lib/portask is secret"))))
                .doesNotContain("secret");
    }

    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void everyCodeHasAStatusOfAnError(ErrorCode code) {
        assertThat(Problem.of(new PortaskException(code, "x")).status()).isBetween(400, 599);
    }

    @ParameterizedTest
    @CsvSource({
        "INVALID_REQUEST,400", "UNKNOWN_TOPIC,404", "TOPIC_EXISTS,409", "BATCH_TOO_LARGE,413",
                "OFFSET_OUT_OF_RANGE,416",
        "DURABILITY_UNAVAILABLE,422", "INTERNAL_ERROR,500", "STORE_UNAVAILABLE,503", "SHUTTING_DOWN,503", "TIMEOUT,504",
        "DISK_FULL,507", "AUTHENTICATION_FAILED,401"
    })
    void theStatusFitsTheCode(ErrorCode code, int status) {
        assertThat(Problem.of(new PortaskException(code, "x")).status()).isEqualTo(status);
    }
}
