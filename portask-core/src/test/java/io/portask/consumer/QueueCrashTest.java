package io.portask.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.broker.Broker;
import io.portask.broker.SubscribeOptions;
import io.portask.broker.Subscription;
import io.portask.queue.DeadLetters;
import io.portask.queue.DeliveryAnswer;
import io.portask.queue.QueueConfig;
import io.portask.record.Message;
import io.portask.record.ReceivedMessage;
import io.portask.store.contract.ForkedJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process with a broker and its workers that is really killed, again and again over the same directory. */
final class QueueCrashTest {
    private static final String TOPIC = "jobs";
    private static final int PARTITIONS = 4;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    private static QueueOptions options() {
        return QueueOptions.of("workers", TOPIC)
                .config(QueueConfig.builder()
                        .retryDelayMs(0, 0)
                        .maxDeliveries(QueueConfig.UNLIMITED)
                        .build());
    }

    /**
     * Works for ever and prints what it does: {@code got} a message, {@code ack} before it acknowledges one, {@code done} once that was confirmed, {@code reject} and
     * {@code rejected} alike.
     */
    static final class Victim {
        private static final int WORKERS = 4;

        public static void main(String[] arguments) {
            Broker broker = Broker.open("file:" + arguments[0]);
            for (int i = 0; i < WORKERS; i++) {
                new Thread(() -> work(broker)).start();
            }
        }

        private static void work(Broker broker) {
            QueueConsumer worker = Groups.of(broker).work(options());
            while (true) {
                for (Delivery delivery : worker.poll(5, PATIENCE)) {
                    print("got", delivery);
                    switch (ThreadLocalRandom.current().nextInt(8)) {
                        case 0 -> worker.nack(delivery);
                        case 1 -> {
                            print("reject", delivery);
                            expect(worker.reject(delivery));
                            print("rejected", delivery);
                        }
                        default -> {
                            print("ack", delivery);
                            expect(worker.ack(delivery));
                            print("done", delivery);
                        }
                    }
                }
            }
        }

        private static void expect(DeliveryAnswer answer) {
            if (answer != DeliveryAnswer.ACCEPTED) {
                throw new IllegalStateException(answer.name());
            }
        }

        private static void print(String what, Delivery delivery) {
            System.out.println(what + " " + delivery.text());
        }
    }

    @Test
    void whatWasConfirmedSurvivesKills() throws Exception {
        killOften(20, 60);
    }

    @Test
    @Tag("long")
    void whatWasConfirmedSurvivesManyKills() throws Exception {
        killOften(300, 200);
    }

    private void killOften(int kills, int lines) throws Exception {
        Random random = new Random(4711);
        int published = 0;
        Ledger ledger = new Ledger();
        for (int kill = 0; kill < kills; kill++) {
            published = publish(published, lines);
            runAndKill(ledger, 1 + random.nextInt(lines));
        }
        finish(ledger);
        try (Broker broker = Broker.open("file:" + directory)) {
            ledger.check(published, deadLetters(broker));
        }
    }

    private int publish(int from, int count) {
        try (Broker broker = Broker.open("file:" + directory)) {
            if (from == 0) {
                broker.createTopic(TOPIC, PARTITIONS);
                broker.createTopic(TOPIC + ".dlq", 1);
            }
            for (int i = from; i < from + count; i++) {
                broker.publish(Message.of(TOPIC, Integer.toString(i)).withPartition(i % PARTITIONS));
            }
        }
        return from + count;
    }

    private void runAndKill(Ledger ledger, int enough) throws IOException, InterruptedException {
        Process victim = ForkedJvm.start(Victim.class, directory.toString());
        ledger.begin();
        try (BufferedReader lines = victim.inputReader(StandardCharsets.US_ASCII)) {
            for (int i = 0; i < enough; i++) {
                ledger.note(lines.readLine());
            }
            assertThat(victim.toHandle().destroyForcibly()).isTrue();
            // What it had said before it was killed.
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                ledger.note(line);
            }
        } finally {
            victim.destroyForcibly();
        }
        victim.waitFor();
    }

    /** Works on what is left. */
    private void finish(Ledger ledger) {
        ledger.begin();
        try (Broker broker = Broker.open("file:" + directory);
                QueueConsumer worker = Groups.of(broker).work(options())) {
            GroupDescription group = description(broker);
            while (group.lag() > 0) {
                for (Delivery delivery : worker.poll(100, Duration.ofMillis(100))) {
                    ledger.note("got " + delivery.text());
                    assertThat(worker.ack(delivery)).isEqualTo(DeliveryAnswer.ACCEPTED);
                    ledger.note("ack " + delivery.text());
                }
                group = description(broker);
            }
        }
    }

    private static GroupDescription description(Broker broker) {
        return Groups.of(broker).describeAsync("workers").toCompletableFuture().join();
    }

    private static List<ReceivedMessage> deadLetters(Broker broker) {
        List<ReceivedMessage> all = new ArrayList<>();
        long end = broker.describeTopic(TOPIC + ".dlq").partitions().get(0).endOffset();
        try (Subscription subscription = broker.subscribe(SubscribeOptions.of(TOPIC + ".dlq"))) {
            while (all.size() < end) {
                all.addAll(subscription.poll(PATIENCE));
            }
        }
        return all;
    }

    /** What the processes said. */
    private static final class Ledger {
        private final Map<String, Set<String>> said = new HashMap<>();

        /** Confirmed before the process that runs now. */
        private final Set<String> finished = new HashSet<>();

        /** A new process begins. */
        void begin() {
            finished.addAll(of("done"));
            finished.addAll(of("rejected"));
        }

        private Set<String> of(String word) {
            return said.computeIfAbsent(word, none -> new HashSet<>());
        }

        /** @param line may have been cut off by the kill */
        void note(String line) {
            String[] words = line.split(" ");
            if (words.length == 2) {
                of(words[0]).add(words[1]);
                if (words[0].equals("got")) {
                    assertThat(finished).as("confirmed, and delivered again").doesNotContain(words[1]);
                }
            }
        }

        void check(int published, List<ReceivedMessage> deadLetters) {
            List<String> dead = deadLetters.stream().map(ReceivedMessage::text).toList();
            assertThat(dead).doesNotHaveDuplicates().containsAll(of("rejected"));
            assertThat(deadLetters)
                    .allSatisfy(letter -> assertThat(letter.headers())
                            .anyMatch(header -> header.name().equals(DeadLetters.REASON)
                                    && new String(header.value(), StandardCharsets.UTF_8).equals("REJECTED")));
            assertThat(of("reject")).containsAll(dead);
            assertThat(of("done")).doesNotContainAnyElementsOf(dead);
            for (int i = 0; i < published; i++) {
                String message = Integer.toString(i);
                assertThat(of("got")).contains(message);
                assertThat(of("ack").contains(message) || dead.contains(message))
                        .as("message %d was answered for", i)
                        .isTrue();
            }
        }
    }
}
