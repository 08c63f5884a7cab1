package io.portask.protocol;

import io.portask.consumer.GroupOffset;
import io.portask.record.TopicPartition;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The payload that commits, for a named consumer or a member of a group, the next offset that it wants of each partition.
 *
 * <pre>
 *   string consumer, u32 count, count x (string topic, i32 partition, i64 offset)
 *   a member only: u32 membership, count x i64 generation
 * </pre>
 *
 * @param consumer its name; a member's is the group's
 * @param by null for a consumer that is no member
 */
public record AckRequest(
        String consumer,
        Map<TopicPartition, Long> offsets,
        @Nullable Member by) {
    /**
     * Who commits.
     *
     * @param membership the correlation id of its Join
     * @param generations those in which it was assigned each of the partitions
     */
    public record Member(int membership, Map<TopicPartition, Long> generations) {}

    private static final int MIN_ENTRY_BYTES = PayloadFields.MIN_PARTITION_BYTES + Long.BYTES;

    public AckRequest(String consumer, Map<TopicPartition, Long> offsets) {
        this(consumer, offsets, null);
    }

    /** What a member commits, each partition once. */
    public static AckRequest ofMember(String group, int membership, Collection<GroupOffset> committed) {
        Map<TopicPartition, Long> offsets = new LinkedHashMap<>();
        Map<TopicPartition, Long> generations = new LinkedHashMap<>();
        for (GroupOffset each : committed) {
            offsets.put(each.partition(), each.offset());
            generations.put(each.partition(), each.generation());
        }
        return new AckRequest(group, offsets, new Member(membership, generations));
    }

    public void encode(PayloadWriter out) {
        out.string(consumer).i32(offsets.size());
        offsets.forEach((partition, offset) -> {
            PayloadFields.writePartition(out, partition);
            out.i64(offset);
        });
        if (by != null) {
            out.i32(by.membership);
            offsets.keySet().forEach(partition -> out.i64(Objects.requireNonNull(by.generations.get(partition))));
        }
    }

    public static AckRequest decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Ack", payload);
        String consumer = in.string("consumer", PayloadFields.MAX_CONSUMER_BYTES);
        int count = in.count("count", MIN_ENTRY_BYTES);
        Map<TopicPartition, Long> offsets = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            TopicPartition partition = PayloadFields.readPartition(in);
            if (offsets.put(partition, in.nonNegative64("offset")) != null) {
                throw in.invalid("topic", "names " + partition + " twice");
            }
        }
        Member by = in.isAtEnd() ? null : readMember(in, offsets.keySet());
        in.end();
        return new AckRequest(consumer, offsets, by);
    }

    private static Member readMember(PayloadReader in, Set<TopicPartition> partitions) {
        int membership = in.i32("membership");
        Map<TopicPartition, Long> generations = new LinkedHashMap<>();
        for (TopicPartition partition : partitions) {
            generations.put(partition, in.nonNegative64("generation"));
        }
        return new Member(membership, generations);
    }
}
