package io.portask.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Holds {@code docs/GROUPS.md} to the code. */
class QueueDocumentTest {
    private static final Pattern TRANSITION = Pattern.compile("(?m)^\\| ([A-Z_]+) \\| ([A-Z_]+) \\| ([A-Z_]+) \\|$");

    static String document() {
        try {
            return Files.readString(Path.of("../docs/GROUPS.md"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void theTableOfTransitionsIsThatOfTheCode() {
        List<String> coded = new ArrayList<>();
        for (MessageState state : MessageState.values()) {
            for (MessageEvent event : MessageEvent.values()) {
                MessageState target = state.target(event);
                if (target != null) {
                    coded.add(state + " " + event + " " + target);
                }
            }
        }
        List<String> documented = new ArrayList<>();
        Matcher rows = TRANSITION.matcher(document());
        while (rows.find()) {
            documented.add(rows.group(1) + " " + rows.group(2) + " " + rows.group(3));
        }
        assertThat(documented).containsExactlyElementsOf(coded);
    }

    @Test
    void everyStateEventAnswerAndReasonIsExplained() {
        String document = document();
        for (Enum<?>[] names : List.<Enum<?>[]>of(
                MessageState.values(), MessageEvent.values(), DeliveryAnswer.values(), FailureReason.values())) {
            for (Enum<?> name : names) {
                assertThat(document).contains("`" + name.name() + "`");
            }
        }
    }

    @Test
    void codesAreThePlacesInTheTable() {
        for (MessageState state : MessageState.values()) {
            assertThat(MessageState.of(state.code())).isEqualTo(state);
        }
        for (FailureReason reason : FailureReason.values()) {
            assertThat(FailureReason.of(reason.number())).isEqualTo(reason);
        }
    }

    @Test
    void everyHeaderIsNamed() {
        assertThat(document())
                .contains(MessageTimes.DELIVER_AT, MessageTimes.DELAY, MessageTimes.TTL)
                .contains(DeadLetters.TOPIC, DeadLetters.PARTITION, DeadLetters.OFFSET, DeadLetters.TIMESTAMP)
                .contains(DeadLetters.GROUP, DeadLetters.ATTEMPTS, DeadLetters.REASON, DeadLetters.CONTENT);
    }
}
