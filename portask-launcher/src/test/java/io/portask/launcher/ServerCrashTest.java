package io.portask.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.client.PortaskClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * kill -9 of a server under the load of another process, again and again over the same directory and port. Every message that was
 * acknowledged is there, once, at the offset of its acknowledgement, and every offset keeps its content.
 *
 * <p>A kill strikes when the n-th acknowledgement of its cycle arrives, n from a seed; where exactly the server is then is the
 * machine's choice.
 */
final class ServerCrashTest {
    private static final int PARTITIONS = 4;
    private static final int SEGMENT_BYTES = 32 << 10;
    private static final int MAX_ACKS_BEFORE_KILL = 400;
    /** Kills so early that the client is still sending again what the last kill left unanswered. */
    private static final int MAX_ACKS_BEFORE_SECOND_KILL = 40;

    @TempDir
    private Path directory;

    private ServerProcess server;
    private Process load;
    private BufferedReader answers;
    private PrintStream commands;
    private final LoadLedger ledger = new LoadLedger(PARTITIONS);

    @Test
    void acknowledgedMessagesOutliveAKilledServer() throws Exception {
        killOften(20);
    }

    @Test
    @Tag("long")
    void acknowledgedMessagesOutliveAServerThatIsKilledAThousandTimes() throws Exception {
        killOften(1000);
    }

    @AfterEach
    void end() throws Exception {
        if (load != null) {
            load.destroyForcibly().waitFor();
        }
        if (server != null) {
            server.close();
        }
    }

    private void killOften(int cycles) throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        server = startServer(0);
        try (PortaskClient client = PortaskClient.connect(server.address())) {
            client.createTopic(LoadMain.TOPIC, PARTITIONS);
        }
        load = LoadMain.start(server.address(), PARTITIONS);
        answers = load.inputReader(StandardCharsets.US_ASCII);
        commands = new PrintStream(load.getOutputStream(), true, StandardCharsets.US_ASCII);
        int kills = 0;
        for (int cycle = 0; cycle < cycles; cycle++) {
            try {
                kills += cycle(random);
            } catch (Exception | AssertionError e) {
                throw new AssertionError("Cycle " + cycle + " with seed " + seed + ": " + e.getMessage(), e);
            }
        }
        assertThat(server.terminate()).isZero();
        Cli.Result verified = Cli.run("verify", directory.toString());
        assertThat(verified.out())
                .contains(" " + ledger.acknowledged() + " records")
                .contains("all good");
        System.out.println(cycles + " cycles with " + kills + " kills: " + ledger.acknowledged()
                + " messages acknowledged, 0 lost, 0 duplicates (seed " + seed + ")");
    }

    /** Loads, kills, starts again, checks; returns the number of kills. */
    private int cycle(Random random) throws Exception {
        commands.println("go");
        killAfter(1 + random.nextInt(MAX_ACKS_BEFORE_KILL));
        int kills = 1;
        if (random.nextInt(4) == 0) {
            server = startServer(server.port());
            killAfter(1 + random.nextInt(MAX_ACKS_BEFORE_SECOND_KILL));
            kills++;
        }
        commands.println("rest");
        server = startServer(server.port());
        int begun = awaitRest();
        try (PortaskClient client = PortaskClient.connect(server.address())) {
            ledger.check(client, begun);
        }
        return kills;
    }

    private ServerProcess startServer(int port) throws IOException {
        return ServerProcess.start("file:" + directory + "?segmentBytes=" + SEGMENT_BYTES, port);
    }

    private void killAfter(int acknowledgements) throws IOException, InterruptedException {
        int enough = ledger.acknowledged() + acknowledgements;
        while (ledger.acknowledged() < enough) {
            String[] words = nextAnswer();
            assertThat(words[0]).isEqualTo("ack");
        }
        server.kill();
    }

    /** Waits until everything begun is acknowledged; returns how much that is. */
    private int awaitRest() throws IOException {
        String[] words = nextAnswer();
        while (!words[0].equals("rests")) {
            words = nextAnswer();
        }
        return Integer.parseInt(words[1]);
    }

    private String[] nextAnswer() throws IOException {
        String line = answers.readLine();
        assertThat(line).as("the client's next line").isNotNull().doesNotStartWith("failed");
        String[] words = line.split(" ");
        if (words[0].equals("ack")) {
            ledger.onAcknowledged(Integer.parseInt(words[1]), Long.parseLong(words[2]), Integer.parseInt(words[3]));
        }
        return words;
    }
}
