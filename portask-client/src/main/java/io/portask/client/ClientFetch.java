package io.portask.client;

import io.portask.record.ReceivedMessage;
import java.util.List;

/**
 * What one fetch brought.
 *
 * @param startOffset the oldest offset kept in the partition
 * @param endOffset the offset that the partition's next message gets
 * @param nextOffset where to fetch on
 * @param messages from the wanted offset on; empty at the end
 */
public record ClientFetch(long startOffset, long endOffset, long nextOffset, List<ReceivedMessage> messages) {
    public ClientFetch {
        messages = List.copyOf(messages);
    }
}
