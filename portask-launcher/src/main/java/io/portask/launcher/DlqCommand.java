package io.portask.launcher;

import io.portask.client.ClientFetch;
import io.portask.client.PortaskClient;
import io.portask.error.PortaskException;
import io.portask.http.json.JsonBuffer;
import io.portask.http.json.MessageJson;
import io.portask.queue.DeadLetterIntent;
import io.portask.queue.DeadLetters;
import io.portask.queue.QueueConfig;
import io.portask.record.Message;
import io.portask.record.ReceivedMessage;
import io.portask.record.TopicPartition;
import io.portask.store.PartitionInfo;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code portask dlq}: lists the dead letters of work queues, and publishes their originals again. */
@Command(
        name = "dlq",
        description = "List messages that work queues gave up, and publish them again.",
        synopsisSubcommandLabel = "COMMAND")
final class DlqCommand implements Runnable {
    private static final String CLIENT_NAME = "portask-dlq";
    /** Under whose name is remembered what was published again. */
    private static final String CONSUMER = "portask-dlq-redrive";

    private static final int FETCH_BYTES = 1 << 20;

    /** Which dead letters. */
    static final class Letters {
        @Mixin
        private ServerOptions server = new ServerOptions();

        @Parameters(paramLabel = "TOPIC", description = "The topic whose messages were given up.")
        private String topic = "";

        @Option(
                names = "--dead-letter-topic",
                paramLabel = "NAME",
                description = "Where they went, if the group's configuration says so. Default: TOPIC.dlq.")
        private @Nullable String deadLetterTopic;

        @Option(names = "--max", paramLabel = "N", description = "Stop after N of them.")
        private long max = Long.MAX_VALUE;

        private TopicPartition partition() {
            String name = deadLetterTopic != null
                    ? deadLetterTopic
                    : QueueConfig.DEFAULT_DEAD_LETTER_TOPIC.replace("*", topic);
            return new TopicPartition(name, DeadLetterIntent.PARTITION);
        }

        private PortaskClient connect() {
            if (max < 1) {
                throw server.usageError("--max is at least 1, not " + max);
            }
            return server.connect(CLIENT_NAME);
        }
    }

    private final Terminal terminal;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    DlqCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(
                spec.commandLine(), "Missing command; one of list TOPIC, redrive TOPIC");
    }

    @Command(
            name = "list",
            description = "Show the dead letters of a topic that were not published again yet.",
            footer = {"", "A line is: id, group, attempts, reason, id of the original, value."})
    void list(
            @Mixin Letters letters,
            @Option(names = "--all", fallbackValue = "true", description = "Also those that were published again.")
                    boolean all,
            @Mixin GroupsCommand.FormatOption format)
            throws IOException {
        try (PortaskClient client = letters.connect()) {
            TopicPartition partition = letters.partition();
            PartitionInfo info = describe(client, partition);
            long from = all ? info.startOffset() : start(client, partition, info);
            JsonBuffer json = new JsonBuffer();
            Pages pages = new Pages(client, partition, from, info.endOffset(), letters.max);
            for (List<ReceivedMessage> page = pages.next(); !page.isEmpty(); page = pages.next()) {
                for (ReceivedMessage letter : page) {
                    if (format.isJson()) {
                        MessageJson.write(json.reset(), letter);
                        json.endLine().writeTo(terminal.out());
                    } else {
                        out().println(line(letter));
                    }
                }
            }
            out().flush();
            terminal.out().flush();
        }
    }

    private static String line(ReceivedMessage letter) {
        Map<String, String> facts = DeadLetters.facts(letter);
        return String.join(
                "\t",
                letter.id().toString(),
                fact(facts, DeadLetters.GROUP),
                fact(facts, DeadLetters.ATTEMPTS),
                fact(facts, DeadLetters.REASON),
                fact(facts, DeadLetters.TOPIC) + ":" + fact(facts, DeadLetters.PARTITION) + ":"
                        + fact(facts, DeadLetters.OFFSET),
                printable(letter.text()));
    }

    private static String fact(Map<String, String> facts, String name) {
        return facts.getOrDefault(name, "?");
    }

    private static String printable(String text) {
        StringBuilder printed = new StringBuilder(text.length());
        text.codePoints().forEach(c -> printed.appendCodePoint(Character.isISOControl(c) ? ' ' : c));
        return printed.toString();
    }

    @Command(
            name = "redrive",
            description = "Publish the originals of a topic's dead letters again, where they came from.",
            footer = {
                "",
                "What was published is remembered, so that the next redrive goes on behind it. Dead letters stay where they are. "
                        + "After a failure the last ones may be published a second time.",
            })
    void redrive(@Mixin Letters letters) {
        try (PortaskClient client = letters.connect()) {
            TopicPartition partition = letters.partition();
            PartitionInfo info = describe(client, partition);
            long published = 0;
            long skipped = 0;
            long from = start(client, partition, info);
            Pages pages = new Pages(client, partition, from, info.endOffset(), letters.max);
            for (List<ReceivedMessage> page = pages.next(); !page.isEmpty(); page = pages.next()) {
                List<CompletableFuture<?>> publishing = new ArrayList<>();
                for (ReceivedMessage letter : page) {
                    Message original = original(letter);
                    if (original == null) {
                        skipped++;
                    } else {
                        publishing.add(client.publishAsync(original).toCompletableFuture());
                    }
                }
                await(publishing);
                published += publishing.size();
                client.commit(
                        CONSUMER, Map.of(partition, page.get(page.size() - 1).offset() + 1));
            }
            err().println("published " + published + " again" + (skipped == 0 ? "" : ", skipped " + skipped));
        }
    }

    private @Nullable Message original(ReceivedMessage letter) {
        try {
            return DeadLetters.redrive(letter);
        } catch (PortaskException e) {
            err().println("portask: skipped: " + e.getMessage());
            return null;
        }
    }

    private static void await(List<CompletableFuture<?>> publishing) {
        try {
            CompletableFuture.allOf(publishing.toArray(CompletableFuture<?>[]::new))
                    .join();
        } catch (RuntimeException e) {
            throw PortaskException.of(e);
        }
    }

    private static PartitionInfo describe(PortaskClient client, TopicPartition partition) {
        return client.describeTopic(partition.topic()).partitions().get(partition.partition());
    }

    private static long start(PortaskClient client, TopicPartition partition, PartitionInfo info) {
        long committed = client.committed(CONSUMER, List.of(partition)).getOrDefault(partition, 0L);
        return Math.min(info.endOffset(), Math.max(info.startOffset(), committed));
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    private PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /** Reads a partition up to an offset, a page at a time. */
    private static final class Pages {
        private final PortaskClient client;
        private final TopicPartition partition;
        private final long end;
        private long next;
        private long left;

        Pages(PortaskClient client, TopicPartition partition, long from, long end, long max) {
            this.client = client;
            this.partition = partition;
            this.next = from;
            this.end = end;
            this.left = max;
        }

        /** Empty at the end. */
        List<ReceivedMessage> next() {
            List<ReceivedMessage> page = List.of();
            while (page.isEmpty() && next < end && left > 0) {
                ClientFetch fetch = client.fetch(partition, next, FETCH_BYTES, 0, 0);
                next = fetch.nextOffset();
                page = fetch.messages().stream()
                        .filter(message -> message.offset() < end)
                        .limit(left)
                        .toList();
            }
            left -= page.size();
            return page;
        }
    }
}
