package io.portask.http.feed;

import io.portask.record.ReceivedMessage;
import io.portask.record.TopicPartition;
import io.portask.store.FetchResult;
import java.util.function.Predicate;

/** Takes the messages out of what was read of a store. */
public final class StoredMessages {
    private StoredMessages() {}

    /**
     * Calls for each message from an offset on until the visitor has enough. Closes the result.
     *
     * @param visitor says whether it took the message; the first that it does not take is where the next read begins
     * @return the next offset wanted
     */
    public static long visit(
            FetchResult result, TopicPartition partition, long from, Predicate<ReceivedMessage> visitor) {
        try (Portion portion = new Portion(result, partition, from)) {
            portion.visit(visitor);
            return portion.next();
        }
    }
}
