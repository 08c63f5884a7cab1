package io.portask.http.rest;

import io.portask.http.json.JsonBuffer;
import io.portask.record.TopicPartition;
import io.portask.store.PartitionInfo;
import io.portask.store.TopicDescription;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What consumers that committed offsets have not read yet. Immutable; any thread. */
final class Lags {
    /** Of no partition. */
    static final Lags UNKNOWN = new Lags(List.of());

    private final Map<TopicPartition, PartitionInfo> known = new HashMap<>();

    Lags(List<TopicDescription> topics) {
        for (TopicDescription topic : topics) {
            for (PartitionInfo partition : topic.partitions()) {
                known.put(new TopicPartition(topic.name(), partition.partition()), partition);
            }
        }
    }

    /** Messages kept from an offset on; 0 for a partition that is not known. */
    long lag(TopicPartition partition, long offset) {
        PartitionInfo info = known.get(partition);
        return info == null ? 0 : lag(info, offset);
    }

    private static long lag(PartitionInfo info, long offset) {
        return Math.max(0, info.endOffset() - Math.max(offset, info.startOffset()));
    }

    /** The field {@code offsets}. */
    void write(JsonBuffer json, Map<TopicPartition, Long> offsets) {
        Map<TopicPartition, Long> sorted =
                new TreeMap<>(Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition));
        sorted.putAll(offsets);
        json.name("offsets").beginArray();
        sorted.forEach((partition, offset) -> write(json, partition, offset));
        json.endArray();
    }

    private void write(JsonBuffer json, TopicPartition partition, long offset) {
        PartitionInfo info = known.get(partition);
        json.beginObject();
        json.name("topic").string(partition.topic());
        json.name("partition").number(partition.partition());
        json.name("offset").number(offset);
        if (info != null) {
            json.name("startOffset").number(info.startOffset());
            json.name("endOffset").number(info.endOffset());
            json.name("lag").number(lag(info, offset));
        }
        json.endObject();
    }
}
