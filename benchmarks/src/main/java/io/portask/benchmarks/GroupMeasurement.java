package io.portask.benchmarks;

import io.portask.broker.Broker;
import io.portask.broker.SubscribeOptions;
import io.portask.broker.Subscription;
import io.portask.consumer.GroupConsumer;
import io.portask.consumer.GroupOptions;
import io.portask.consumer.Groups;
import io.portask.record.Durability;
import io.portask.record.ReceivedMessage;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * Prints how many messages a second one consumer takes from 4 partitions in process: by a plain subscription, as the only member
 * of an ordered group, and as one that commits after each poll, in turn. {@code GroupMeasurement [rounds]}
 */
public final class GroupMeasurement {
    private static final String TOPIC = "bench";
    private static final int PARTITIONS = 4;
    private static final int BATCHES = 1_000;
    private static final int RECORDS = 600;
    private static final long MESSAGES = (long) PARTITIONS * BATCHES * RECORDS;

    private GroupMeasurement() {}

    public static void main(String[] arguments) {
        int rounds = arguments.length == 0 ? 10 : Integer.parseInt(arguments[0]);
        try (Broker broker = Broker.open("memory:")) {
            FilledTopic.create(broker, TOPIC, PARTITIONS, BATCHES, RECORDS, Durability.NONE);
            double[] plain = new double[rounds];
            double[] group = new double[rounds];
            double[] committing = new double[rounds];
            for (int round = 0; round < rounds; round++) {
                plain[round] = plain(broker);
                group[round] = group(broker, "g" + round, false);
                committing[round] = group(broker, "c" + round, true);
            }
            double base = Rounds.median(plain);
            print("plain subscription", base, base);
            print("member of a group", Rounds.median(group), base);
            print("member that commits after each poll", Rounds.median(committing), base);
        }
    }

    private static double plain(Broker broker) {
        try (Subscription subscription = broker.subscribe(SubscribeOptions.of(TOPIC))) {
            return messagesPerSecond(() -> subscription.poll(Duration.ofSeconds(1)), () -> {});
        }
    }

    private static double group(Broker broker, String name, boolean commits) {
        try (GroupConsumer consumer = Groups.of(broker).join(GroupOptions.of(name, TOPIC))) {
            return messagesPerSecond(() -> consumer.poll(Duration.ofSeconds(1)), commits ? consumer::commit : () -> {});
        }
    }

    private static double messagesPerSecond(Supplier<List<ReceivedMessage>> poll, Runnable afterPoll) {
        long start = System.nanoTime();
        long taken = 0;
        while (taken < MESSAGES) {
            taken += poll.get().size();
            afterPoll.run();
        }
        return taken * 1e9 / (System.nanoTime() - start);
    }

    private static void print(String what, double perSecond, double base) {
        System.out.printf(Locale.ROOT, "%-36s %,12.0f messages/s, %.2f of plain%n", what, perSecond, perSecond / base);
    }
}
