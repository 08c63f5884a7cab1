package io.portask.launcher;

import io.portask.client.PortaskClient;
import io.portask.record.ReceivedMessage;
import io.portask.record.TopicPartition;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Where {@code portask consume} gets its messages. One thread. */
interface ConsumeSource extends AutoCloseable {
    /** Opens a source. */
    @FunctionalInterface
    interface Opener {
        /** @param ends for each partition of the topic, where it ended when the command began */
        ConsumeSource open(PortaskClient client, Map<TopicPartition, Long> ends);
    }

    List<ReceivedMessage> poll(Duration timeout);

    /** These are done with. */
    void onPrinted(List<ReceivedMessage> messages);

    /** Whether what there was when the command began has been printed, as far as it is this command's to print. */
    boolean isAtEnd();

    @Override
    void close();
}
