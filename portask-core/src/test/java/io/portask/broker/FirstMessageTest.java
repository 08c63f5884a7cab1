package io.portask.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.record.Message;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How long an application waits for its first message: in a fresh process, then again in the warm one. Reported, not judged. */
final class FirstMessageTest {
    private static final int WARM_ROUNDS = 50;

    @TempDir
    Path directory;

    /** Opens a broker, publishes and consumes, once cold and then warm; prints both times in microseconds. */
    static final class Application {
        public static void main(String[] arguments) {
            long coldUs = firstMessageUs(arguments[0] + "/cold");
            long[] warmUs = new long[WARM_ROUNDS];
            for (int i = 0; i < WARM_ROUNDS; i++) {
                warmUs[i] = firstMessageUs(arguments[0] + "/warm" + i);
            }
            Arrays.sort(warmUs);
            System.out.println(coldUs + " " + warmUs[WARM_ROUNDS / 2]);
        }

        private static long firstMessageUs(String uri) {
            long begin = System.nanoTime();
            try (Broker broker = Broker.open(uri)) {
                broker.publish(Message.of("orders", "hello"));
                Subscription orders = broker.subscribe(SubscribeOptions.of("orders"));
                String text = orders.poll(Duration.ofSeconds(20)).get(0).text();
                if (!"hello".equals(text)) {
                    throw new IllegalStateException("Consumed '" + text + "'");
                }
                return TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - begin);
            }
        }
    }

    @Test
    void embeddedBrokerDeliversItsFirstMessage() throws Exception {
        Process application = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Application.class.getName(),
                        "file:" + directory)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String line;
        try (BufferedReader out = application.inputReader(StandardCharsets.US_ASCII)) {
            line = out.readLine();
        }
        assertThat(application.waitFor()).isZero();
        List<String> figures = List.of(line.split(" "));
        assertThat(figures).hasSize(2).allMatch(figure -> Long.parseLong(figure) > 0);
        System.out.printf("first message: cold %s us, warm %s us%n", figures.get(0), figures.get(1));
    }
}
