package io.portask.launcher;

import io.portask.client.PortaskClient;
import io.portask.client.QueueConsumer;
import io.portask.consumer.Delivery;
import io.portask.consumer.QueueOptions;
import io.portask.error.PortaskException;
import io.portask.queue.DeliveryAnswer;
import io.portask.record.MessageId;
import io.portask.record.ReceivedMessage;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What a worker of a work queue gets. What was printed is acknowledged; what was not is handed to others at the end. */
final class QueueSource implements ConsumeSource {
    private static final int POLL_MESSAGES = 500;

    private final QueueConsumer worker;
    private final PrintWriter err;
    private final Map<MessageId, Delivery> held = new HashMap<>();
    private boolean foundNothing;

    /** How many are still wanted; no more are taken, for each that was taken in vain counts as a failed delivery. */
    private long left;

    /** @param max how many messages are wanted at most */
    QueueSource(PortaskClient client, QueueOptions options, long max, PrintWriter err) {
        this.left = max;
        this.worker = client.queueConsumer(options);
        this.err = err;
    }

    @Override
    public List<ReceivedMessage> poll(Duration timeout) {
        List<Delivery> polled = worker.poll((int) Math.min(POLL_MESSAGES, left), timeout);
        left -= polled.size();
        foundNothing = polled.isEmpty();
        polled.forEach(delivery -> held.put(delivery.message().id(), delivery));
        return polled.stream().map(Delivery::message).toList();
    }

    @Override
    public void onPrinted(List<ReceivedMessage> messages) {
        List<Delivery> printed = new ArrayList<>();
        messages.forEach(message -> printed.add(Objects.requireNonNull(held.remove(message.id()))));
        if (printed.isEmpty()) {
            return;
        }
        try {
            long others = worker.ackAll(printed).stream()
                    .filter(answer -> answer != DeliveryAnswer.ACCEPTED)
                    .count();
            if (others > 0) {
                err.println("portask: " + others + " of the messages printed last went to other workers meanwhile");
            }
        } catch (PortaskException e) {
            switch (e.code()) {
                case UNKNOWN_MEMBER, CONNECTION_LOST ->
                    err.println("portask: what was printed last may be printed again: " + e.getMessage());
                default -> throw e;
            }
        }
    }

    /** What others hold, and what was put off, is not waited for. */
    @Override
    public boolean isAtEnd() {
        return foundNothing;
    }

    @Override
    public void close() {
        worker.close();
    }
}
