package io.portask.store.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.record.TopicPartition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The offsets that consumers committed since the last force: what a reopened store may give them. */
final class CommitModel {
    private static final long NONE = -1;

    private record Key(String consumer, TopicPartition partition) {}

    /** The forced offset, then the later ones. */
    private final Map<Key, List<Long>> possible = new HashMap<>();

    /** The number of {@link #possible} offsets that were acknowledged. */
    private final Map<Key, Integer> acknowledged = new HashMap<>();

    void committing(String consumer, TopicPartition partition, long offset) {
        possible.computeIfAbsent(new Key(consumer, partition), key -> new ArrayList<>(List.of(NONE)))
                .add(offset);
    }

    void committed(String consumer, TopicPartition partition) {
        Key key = new Key(consumer, partition);
        acknowledged.put(key, possible.get(key).size());
    }

    void syncedAll() {
        possible.values()
                .forEach(offsets -> offsets.subList(0, offsets.size() - 1).clear());
        acknowledged.replaceAll((key, count) -> 1);
    }

    void topicDeleted(String topic) {
        possible.keySet().removeIf(key -> key.partition().topic().equals(topic));
        acknowledged.keySet().removeIf(key -> key.partition().topic().equals(topic));
    }

    /** @param topics what the store holds now */
    void reopened(LogStore store, boolean powerLost, Map<String, List<PartitionModel>> topics) {
        possible.forEach((key, offsets) -> {
            long end = topics.get(key.partition().topic())
                    .get(key.partition().partition())
                    .end();
            int from = powerLost ? 0 : Math.max(0, acknowledged.getOrDefault(key, 0) - 1);
            List<Long> allowed = new ArrayList<>();
            offsets.subList(from, offsets.size()).forEach(offset -> allowed.add(Math.min(offset, end)));
            long found =
                    LogFixture.await(store.committedOffsets(key.consumer())).getOrDefault(key.partition(), NONE);
            assertThat(found).as("%s of %s", key.partition(), key.consumer()).isIn(allowed);
            offsets.clear();
            offsets.add(found);
            acknowledged.put(key, 1);
        });
    }
}
