package io.portask.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.broker.Broker;
import io.portask.record.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's example of ordered groups: it stands here too, compiles, and prints what the README says. */
class ReadmeGroupsTest {
    private final List<String> printed = new ArrayList<>();

    @Test
    void theExampleWorksAsPrinted(@TempDir Path data) {
        example("file:" + data);
        assertThat(printed).containsExactly("one hammer", "0 messages behind");
    }

    private void example(String store) {
        // README
        try (Broker broker = Broker.open(store)) {
            broker.createTopic("orders.eu", 4);
            broker.publish(Message.of("orders.eu", "customer-7", "one hammer"));
            try (GroupConsumer worker = Groups.of(broker).join(GroupOptions.of("billing", "orders.*"))) {
                worker.poll(Duration.ofSeconds(1)).forEach(message -> printed.add(message.text()));
                worker.commit();
            }
            GroupDescription billing = Groups.of(broker)
                    .describeAsync("billing")
                    .toCompletableFuture()
                    .join();
            printed.add(billing.lag() + " messages behind");
        }
        // end
    }

    @Test
    void theExampleIsTheReadmes() throws IOException {
        String readme = Files.readString(Path.of("../README.md"));
        String block = between(readme.substring(readme.indexOf("### Ordered groups")), "```java\n", "```\n");
        String source = between(
                Files.readString(Path.of("src/test/java/io/portask/consumer/ReadmeGroupsTest.java")),
                "// README\n",
                "// end\n");
        assertThat(withoutSpaces(source))
                .isEqualTo(withoutSpaces(
                        block.replace("System.out.println", "printed.add").replace("\"file:./data\"", "store")));
    }

    private static String between(String text, String begin, String end) {
        int from = text.indexOf(begin) + begin.length();
        return text.substring(from, text.indexOf(end, from));
    }

    private static String withoutSpaces(String text) {
        return text.replaceAll("\\s", "");
    }
}
