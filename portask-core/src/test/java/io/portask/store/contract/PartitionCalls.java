package io.portask.store.contract;

import io.portask.record.TopicPartition;
import io.portask.store.MessageStore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** Every call that names a partition, made once. */
final class PartitionCalls {
    private PartitionCalls() {}

    static Map<String, CompletionStage<?>> all(MessageStore store, TopicPartition partition) {
        Map<String, CompletionStage<?>> calls = new LinkedHashMap<>();
        calls.put(
                "append",
                store.append(
                        partition, StoreProbe.batch("x"), store.capabilities().defaultDurability()));
        calls.put("read", store.read(partition, 0, 100));
        calls.put("describePartition", store.describePartition(partition));
        calls.put("offsetForTimestamp", store.offsetForTimestamp(partition, 0));
        calls.put("trim", store.trim(partition, 0));
        calls.put("deleteMessages", store.deleteMessages(partition, List.of(0L)));
        calls.put("commitOffsets", store.commitOffsets("c", Map.of(partition, 0L)));
        return calls;
    }
}
