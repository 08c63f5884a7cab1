package io.portask.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.record.Message;
import io.portask.record.ReceivedMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an embedder sees: no flags, nothing left behind, everything there after a restart. */
class EmbeddedBrokerTest {
    private static final int CYCLES = 200;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"memory:", "file:"})
    void openingAndClosingLeavesNoThreadAndNoFileBehind(String scheme) throws Exception {
        cycle(scheme, 0);
        Set<Thread> threadsBefore = threads();
        long filesBefore = openFilesBelow(directory);
        for (int i = 1; i <= CYCLES; i++) {
            cycle(scheme, i);
        }
        for (Thread thread : threads()) {
            if (!threadsBefore.contains(thread)) {
                thread.join(PATIENCE.toMillis());
                assertThat(thread.isAlive()).as(thread.getName()).isFalse();
            }
        }
        assertThat(openFilesBelow(directory)).isEqualTo(filesBefore).isZero();
    }

    private void cycle(String scheme, int number) throws InterruptedException {
        CountDownLatch pushed = new CountDownLatch(1);
        String uri = scheme.equals("file:") ? directory.resolve("data").toUri().toString() : scheme;
        try (Broker broker = Broker.open(uri);
                PushSubscription push = broker.subscribe(SubscribeOptions.of("t"), message -> pushed.countDown());
                Subscription poll = broker.subscribe(SubscribeOptions.of("t"))) {
            broker.publish(Message.of("t", "message " + number));
            assertThat(poll.poll(PATIENCE)).isNotEmpty();
            assertThat(pushed.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(push.positions()).isNotNull();
        }
    }

    private static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("portask"))
                .collect(Collectors.toSet());
    }

    private static long openFilesBelow(Path root) throws IOException {
        Path descriptors = Path.of("/proc/self/fd");
        if (!Files.isDirectory(descriptors)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(descriptors)) {
            return files.filter(file -> {
                        try {
                            return Files.readSymbolicLink(file).startsWith(root);
                        } catch (IOException e) {
                            return false;
                        }
                    })
                    .count();
        }
    }

    @Test
    void everythingIsThereAfterARestart() {
        String uri = directory.toUri().toString();
        List<String> sent =
                IntStream.range(0, 1000).mapToObj(i -> "message " + i).toList();
        try (Broker broker = Broker.open(uri)) {
            broker.createTopic("t", 1);
            broker.publishAll(sent.stream().map(text -> Message.of("t", text)).toList());
            try (Subscription subscription =
                    broker.subscribe(SubscribeOptions.of("t").as("c"))) {
                assertThat(subscription.poll(PATIENCE)).hasSize(1000);
                subscription.commit();
            }
            broker.publish(Message.of("t", "one more"));
        }
        try (Broker broker = Broker.open(uri)) {
            try (Subscription all = broker.subscribe(SubscribeOptions.of("t"))) {
                assertThat(all.poll(PATIENCE))
                        .extracting(ReceivedMessage::text)
                        .startsWith("message 0")
                        .hasSizeGreaterThanOrEqualTo(1000);
            }
            try (Subscription resumed =
                    broker.subscribe(SubscribeOptions.of("t").as("c"))) {
                assertThat(resumed.poll(PATIENCE))
                        .extracting(ReceivedMessage::text)
                        .containsExactly("one more");
            }
        }
    }
}
