package io.portask.http.json;

import io.portask.record.PublishResult;
import java.util.List;

/** What happened to published messages: {@code id, topic, partition, offset, ack}, and {@code duplicate} where it was one. */
public final class PublishResultJson {
    private PublishResultJson() {}

    /** Into an object that was begun. */
    public static void writeFields(JsonBuffer json, PublishResult result) {
        json.name("id").string(result.id().toString());
        json.name("topic").string(result.id().topic());
        json.name("partition").number(result.id().partition());
        json.name("offset").number(result.offset());
        json.name("ack").string(DurabilityWords.word(result.durability()));
        if (result.duplicate()) {
            json.name("duplicate").bool(true);
        }
    }

    /** The fields of the one result, or {@code "messages":[…]} with those of each. Into an object that was begun. */
    public static void writeFields(JsonBuffer json, List<PublishResult> results, boolean single) {
        if (single) {
            writeFields(json, results.get(0));
            return;
        }
        json.name("messages").beginArray();
        for (PublishResult result : results) {
            json.beginObject();
            writeFields(json, result);
            json.endObject();
        }
        json.endArray();
    }
}
