package io.portask.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisException;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What Redis may answer and is hard to have it answer. */
class RedisErrorsTest {
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "LOADING Redis is loading the dataset in memory, STORE_UNAVAILABLE",
                "READONLY You can't write against a read only replica., STORE_UNAVAILABLE",
                "CLUSTERDOWN The cluster is down, STORE_UNAVAILABLE",
                "CLUSTERDOWN Hash slot not served, STORE_UNAVAILABLE",
                "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'., STORE_UNAVAILABLE",
                "TRYAGAIN Multiple keys request during rehashing of slot, STORE_UNAVAILABLE",
                "MISCONF Redis is configured to save RDB snapshots, STORE_UNAVAILABLE",
                "NOREPLICAS Not enough good replicas to write., STORE_UNAVAILABLE",
                "BUSY Redis is busy running a script., STORE_UNAVAILABLE",
                "MOVED 3999 127.0.0.1:6381, STORE_UNAVAILABLE",
                "ASK 3999 127.0.0.1:6381, STORE_UNAVAILABLE",
                "WRONGTYPE Operation against a key holding the wrong kind of value, CORRUPT_STORE",
                "ERR something else, STORE_IO_ERROR"
            })
    void everyRefusalHasItsCodeAndItsKindAndTheAnswerAsItsCauseOnly(String answer, ErrorCode code) {
        PortaskException error =
                RedisErrors.named("Appending", new CompletionException(new RedisCommandExecutionException(answer)));
        assertThat(error.code()).isEqualTo(code);
        int space = answer.indexOf(' ');
        assertThat(error)
                .hasMessageStartingWith("Appending: Redis refused it (" + answer.substring(0, space) + ")")
                .hasRootCauseMessage(answer);
        assertThat(error.getMessage()).doesNotContain(answer.substring(space + 1));
    }

    @Test
    void anAnswerWithoutAKindIsNotToldEither() {
        PortaskException error = RedisErrors.named(
                "Appending",
                new RedisCommandExecutionException("user_script:7: attempt to index 'tail' script: 00ff, on 10.0.0.1"));
        assertThat(error.code()).isEqualTo(ErrorCode.CORRUPT_STORE);
        assertThat(error).hasMessageStartingWith("Appending: Redis refused it (ERR)");
        assertThat(error.getMessage()).doesNotContain("script", "10.0.0.1");
    }

    @Test
    void whatIsFoundInPlaceOfTheStoresOwnIsNotTold() {
        PortaskException error = RedisErrors.damaged("The entry of topic 'orders'", "secret", null);
        assertThat(error.code()).isEqualTo(ErrorCode.CORRUPT_STORE);
        assertThat(error).hasMessageStartingWith("The entry of topic 'orders' is damaged.");
        assertThat(error.getMessage()).doesNotContain("secret");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "OOM command not allowed when used memory > 'maxmemory'., OVERLOADED, raise its maxmemory",
                "NOAUTH Authentication required., STORE_UNAVAILABLE, in the store's URI",
                "WRONGPASS invalid username-password pair or user is disabled., STORE_UNAVAILABLE, in the store's URI",
                "NOPERM this user has no permissions to run the 'evalsha' command, STORE_UNAVAILABLE, Allow it all commands"
            })
    void whatTheOperatorHasToDoIsSaidWithoutTheAnswer(String answer, ErrorCode code, String advice) {
        PortaskException error =
                RedisErrors.named("Appending", new CompletionException(new RedisCommandExecutionException(answer)));
        assertThat(error.code()).isEqualTo(code);
        assertThat(error.code().retriable()).isTrue();
        assertThat(error).hasMessageContaining(advice);
        assertThat(error.getMessage()).doesNotContain(answer);
    }

    @Test
    void aBrokenConnectionIsNotToldInTheClientsWords() {
        PortaskException error =
                RedisErrors.named("Appending", new RedisException("Connection reset by 10.0.0.1:6379"));
        assertThat(error.code()).isEqualTo(ErrorCode.TIMEOUT);
        assertThat(error.getMessage()).doesNotContain("10.0.0.1");
    }
}
