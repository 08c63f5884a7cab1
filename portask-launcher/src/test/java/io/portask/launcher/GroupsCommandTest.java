package io.portask.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.client.GroupConsumer;
import io.portask.client.GroupConsumerConfig;
import io.portask.client.PortaskClient;
import io.portask.client.QueueConsumer;
import io.portask.consumer.Delivery;
import io.portask.consumer.GroupDescription;
import io.portask.consumer.QueueOptions;
import io.portask.group.GroupState;
import io.portask.record.Message;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Ordered groups from the command line. */
@Timeout(120)
class GroupsCommandTest {
    private static final int PARTITIONS = 4;

    @TempDir
    private static Path directory;

    private static ServerProcess server;
    private static PortaskClient client;

    @BeforeAll
    static void startServer() throws IOException {
        server = ServerProcess.start(directory);
        client = PortaskClient.connect(server.address());
    }

    @AfterAll
    static void stopServer() throws InterruptedException {
        client.close();
        server.close();
    }

    private static Cli.Result run(String... args) {
        return Cli.run("", Map.of("PORTASK_SERVER", server.address()), args);
    }

    private static void publish(String topic, int from, int to) {
        for (int i = from; i < to; i++) {
            client.publish(Message.of(topic, line(i)).withPartition(i % PARTITIONS));
        }
    }

    private static String line(int number) {
        return String.format("m%04d", number);
    }

    private static Set<String> lines(int to) {
        return IntStream.range(0, to).mapToObj(GroupsCommandTest::line).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void groupsAreListedDescribedResetAndDeleted() {
        client.createTopic("t", PARTITIONS);
        publish("t", 0, 8);
        assertThat(run("consume", "t", "--group", "g").out().lines().collect(Collectors.toSet()))
                .isEqualTo(lines(8));
        assertThat(run("consume", "t", "--group", "g").out()).isEmpty();

        assertThat(run("groups", "list").out().lines()).contains("g");
        assertThat(run("groups", "list", "--format", "json").out()).contains("{\"group\":\"g\"}\n");
        assertThat(run("groups", "describe", "g").out())
                .startsWith("g: offsets, empty, generation 0, members 0, lag 0\nPARTITION ")
                .containsPattern("t:3 +2 +2 +0 -\n");
        assertThat(run("groups", "describe", "g", "--format", "json").out())
                .startsWith("{\"group\":\"g\",\"mode\":\"offsets\",\"state\":\"empty\",\"generation\":0,\"lag\":0,"
                        + "\"members\":[],\"partitions\":[{\"topic\":\"t\",\"partition\":0,\"member\":null,\"committed\":2,"
                        + "\"startOffset\":0,\"endOffset\":2,\"lag\":0}");

        Cli.Result dry = run("groups", "reset", "g", "--to", "shift:-1", "--dry-run");
        assertThat(dry.out()).startsWith("PARTITION ").containsPattern("t:0 +1\n");
        assertThat(dry.err()).isEqualTo("would reset g\n");
        assertThat(run("consume", "t", "--group", "g").out()).isEmpty();
        assertThat(run("groups", "reset", "g", "--to", "shift:-1", "--topic", "t", "--partition", "1")
                        .err())
                .isEqualTo("reset g\n");
        assertThat(run("consume", "t", "--group", "g").out()).isEqualTo(line(5) + "\n");
        assertThat(run("groups", "reset", "g", "--to", "offset:1", "--topic", "t", "--format", "json")
                        .out())
                .contains("{\"topic\":\"t\",\"partition\":2,\"offset\":1,\"dryRun\":false}\n");
        assertThat(run("groups", "reset", "g", "--to", "time:2000-01-01T00:00:00Z")
                        .out())
                .containsPattern("t:3 +0\n");
        assertThat(run("consume", "t", "--group", "g", "--from", "latest").out())
                .isEmpty();
        assertThat(run("consume", "t", "--group", "g", "--from", "earliest")
                        .out()
                        .lines())
                .hasSize(8);

        assertThat(run("groups", "delete", "g").err()).isEqualTo("deleted g\n");
        assertThat(run("groups", "list").out().lines()).doesNotContain("g");
        for (String command : new String[] {"describe", "delete"}) {
            Cli.Result unknown = run("groups", command, "g");
            assertThat(unknown.exitCode()).isEqualTo(1);
            assertThat(unknown.err()).startsWith("portask: ").contains("'g'");
        }
        assertThat(run("groups", "reset", "g", "--to", "latest", "--topic", "nope")
                        .err())
                .contains("There is no topic 'nope'");
    }

    @Test
    void aWorkQueueIsWorkedOnAndItsDeadLettersArePublishedAgain() {
        client.createTopic("jobs", PARTITIONS);
        publish("jobs", 0, 3);
        try (QueueConsumer worker = client.queueConsumer(QueueOptions.of("crew", "jobs"))) {
            List<Delivery> held = new ArrayList<>();
            while (held.size() < 3) {
                held.addAll(worker.poll(3, Duration.ofSeconds(20)));
            }
            held.stream().filter(job -> job.text().equals(line(0))).forEach(worker::reject);
        }
        Set<String> consumed = new TreeSet<>();
        while (consumed.size() < 2) {
            run("consume", "jobs", "--group", "crew", "--queue").out().lines().forEach(consumed::add);
        }
        assertThat(consumed).containsExactly(line(1), line(2));
        assertThat(run("groups", "describe", "crew").out()).startsWith("crew: queue, ");
        assertThat(run("consume", "jobs", "--group", "crew", "--from", "earliest")
                        .err())
                .contains("work queue");

        Cli.Result listed = run("dlq", "list", "jobs");
        while (listed.out().isEmpty()) {
            listed = run("dlq", "list", "jobs");
        }
        assertThat(listed.out()).isEqualTo("jobs.dlq:0:0\tcrew\t1\tREJECTED\tjobs:0:0\t" + line(0) + "\n");
        assertThat(run("dlq", "list", "jobs", "--format", "json").out())
                .contains("\"name\":\"portask-dead-reason\",\"value\":\"REJECTED\"");
        assertThat(run("dlq", "redrive", "jobs").err()).isEqualTo("published 1 again\n");
        assertThat(run("dlq", "list", "jobs").out()).isEmpty();
        assertThat(run("dlq", "list", "jobs", "--all").out().lines()).hasSize(1);
        assertThat(run("dlq", "redrive", "jobs").err()).isEqualTo("published 0 again\n");
        assertThat(run("consume", "jobs", "--group", "crew", "--queue").out()).isEqualTo(line(0) + "\n");

        assertThat(run("dlq", "redrive", "jobs", "--dead-letter-topic", "jobs").err())
                .contains("skipped: ")
                .endsWith("published 0 again, skipped 2\n");
        assertThat(run("dlq", "list", "nope").err()).contains("There is no topic 'nope.dlq'");
        assertThat(run("consume", "jobs", "--queue").err()).contains("--queue needs --group");
        assertThat(run("dlq", "list", "jobs", "--max", "0").err()).contains("--max is at least 1");
        assertThat(run("dlq").err()).contains("Missing command");
    }

    @Test
    void whatMembersReadIsNotReset() {
        client.createTopic("read", 1);
        try (GroupConsumer member =
                client.groupConsumer(GroupConsumerConfig.of("readers", "read").build())) {
            while (member.assignment().isEmpty()) {
                member.poll(Duration.ofMillis(10));
            }
            assertThat(run("groups", "describe", "readers").out())
                    .startsWith("readers: ordered, stable, generation ")
                    .contains("\nMEMBER ", member.memberId());
            for (Cli.Result refused : new Cli.Result[] {
                run("consume", "read", "--group", "readers", "--from", "earliest"),
                run("groups", "reset", "readers", "--to", "latest"),
                run("groups", "delete", "readers")
            }) {
                assertThat(refused.err()).startsWith("portask: ").contains("readers");
                assertThat(refused.exitCode()).isEqualTo(1);
            }
        }
    }

    @Test
    void aKilledMembersPartitionsGoToTheOtherAndNothingIsLost() throws Exception {
        client.createTopic("shared", PARTITIONS);
        String[] consume = {"consume", "shared", "--group", "workers", "--follow", "--server", server.address()};
        Process killed = ServerProcess.command(consume);
        Process other = ServerProcess.command(consume);
        try {
            awaitEvenShares();
            publish("shared", 0, 200);
            BufferedReader killedOut = killed.inputReader(UTF_8);
            Set<String> printed = new TreeSet<>();
            for (int i = 0; i < 10; i++) {
                printed.add(killedOut.readLine());
            }
            killed.toHandle().destroyForcibly();
            killed.waitFor();
            // The last line may be cut.
            killedOut.lines().filter(line -> line.length() == line(0).length()).forEach(printed::add);
            publish("shared", 200, 240);
            BufferedReader otherOut = other.inputReader(UTF_8);
            Set<String> expected = lines(240);
            while (!printed.equals(expected)) {
                printed.add(otherOut.readLine());
            }
            other.toHandle().destroy();
            assertThat(other.waitFor()).isZero();
            GroupDescription left = client.groups().describe("workers");
            assertThat(left.lag()).isZero();
            assertThat(left.members()).isEmpty();
        } finally {
            killed.toHandle().destroyForcibly();
            other.toHandle().destroyForcibly();
        }
    }

    private static void awaitEvenShares() {
        boolean even = false;
        while (!even) {
            if (client.groups().list().contains("workers")) {
                GroupDescription group = client.groups().describe("workers");
                even = group.state() == GroupState.STABLE
                        && group.members().size() == 2
                        && group.members().stream()
                                .allMatch(member -> member.partitions().size() == PARTITIONS / 2);
            }
            Thread.onSpinWait();
        }
    }
}
