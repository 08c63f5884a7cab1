package io.portask.http.rest;

import io.portask.http.json.DurabilityWords;
import io.portask.http.json.JsonBuffer;
import io.portask.record.Durability;
import io.portask.record.PublishResult;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What became of many messages, by partition. One thread at a time. */
final class BulkResult {
    /** What one partition got. */
    private static final class Share {
        private long firstOffset = Long.MAX_VALUE;
        private long lastOffset = -1;
        private long messages;

        void add(PublishResult result) {
            firstOffset = Math.min(firstOffset, result.offset());
            lastOffset = Math.max(lastOffset, result.offset());
            messages++;
        }
    }

    private final String topic;
    private Durability reached;
    private final Map<Integer, Share> shares = new TreeMap<>();
    private long messages;

    /** @param asked what is said to be reached where nothing was published */
    BulkResult(String topic, Durability asked) {
        this.topic = topic;
        this.reached = asked;
    }

    void add(List<PublishResult> results) {
        for (PublishResult result : results) {
            // The promise for all of them is the least for any.
            if (messages++ == 0 || reached.atLeast(result.durability())) {
                reached = result.durability();
            }
            shares.computeIfAbsent(result.id().partition(), partition -> new Share())
                    .add(result);
        }
    }

    long messages() {
        return messages;
    }

    /** Into an object that was begun. */
    void write(JsonBuffer json) {
        json.name("topic").string(topic);
        json.name("messages").number(messages);
        json.name("ack").string(DurabilityWords.word(reached));
        json.name("partitions").beginArray();
        shares.forEach((partition, share) -> {
            json.beginObject();
            json.name("partition").number(partition);
            json.name("firstOffset").number(share.firstOffset);
            json.name("lastOffset").number(share.lastOffset);
            json.name("messages").number(share.messages);
            json.endObject();
        });
        json.endArray();
    }
}
