package io.portask.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.broker.Broker;
import io.portask.queue.QueueConfig;
import io.portask.record.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The README's examples of groups: they stand here too, compile, and print what the README says, also the second time. */
class ReadmeGroupsTest {
    private final List<String> printed = new ArrayList<>();

    @Test
    void theExampleWorksAsPrinted(@TempDir Path data) {
        for (int run = 0; run < 2; run++) {
            example("file:" + data);
            assertThat(printed).containsExactly("one hammer", "0 messages behind");
            printed.clear();
        }
    }

    @Test
    void theExampleOfWorkQueuesWorksAsPrinted(@TempDir Path data) {
        for (int run = 0; run < 2; run++) {
            workQueue("file:" + data);
            assertThat(printed).containsExactly("cat.png: ACCEPTED", "no image: ACCEPTED, to images.dlq");
            printed.clear();
        }
    }

    private void workQueue(String store) {
        // Work queues
        try (Broker broker = Broker.open(store)) {
            broker.publish(Message.of("images", "cat.png"));
            broker.publish(Message.of("images", "no image"));
            QueueOptions resizers = QueueOptions.of("resizers", "images")
                    .config(QueueConfig.builder()
                            .ackTimeoutMs(60_000)
                            .maxDeliveries(3)
                            .build());
            try (QueueConsumer worker = Groups.of(broker).work(resizers)) {
                for (Delivery job : worker.poll(10, Duration.ofSeconds(1))) {
                    if (job.text().endsWith(".png")) {
                        printed.add(job.text() + ": " + worker.ack(job));
                    } else {
                        printed.add(job.text() + ": " + worker.reject(job) + ", to images.dlq");
                    }
                }
            }
        }
        // end
    }

    private void example(String store) {
        // Ordered groups
        try (Broker broker = Broker.open(store)) {
            broker.ensureTopic("orders.eu");
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

    @ParameterizedTest
    @ValueSource(strings = {"Ordered groups", "Work queues"})
    void theExampleIsTheReadmes(String section) throws IOException {
        String readme = Files.readString(Path.of("../README.md"));
        String block = between(readme.substring(readme.indexOf("### " + section)), "```java\n", "```\n");
        String source = between(
                Files.readString(Path.of("src/test/java/io/portask/consumer/ReadmeGroupsTest.java")),
                "// " + section + "\n",
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
