package io.portask.protocol;

import io.portask.store.PartitionInfo;
import io.portask.store.TopicConfig;
import io.portask.store.TopicDescription;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The payload that answers Topics. A long list comes as several frames, all but the last with {@link FrameFlags#MORE}.
 *
 * <pre>
 *   u32 count, count x (string name, i64 retention ms, i64 retention bytes, i64 tombstone retention ms, u8 compacted,
 *       u32 partitions, partitions x (i64 start offset, i64 end offset, i64 size in bytes))
 * </pre>
 */
public final class TopicsResponse {
    private static final int MIN_TOPIC_BYTES = Short.BYTES + PayloadFields.CONFIG_BYTES + Integer.BYTES;
    private static final int PARTITION_BYTES = 3 * Long.BYTES;

    private TopicsResponse() {}

    /** An upper bound of what a topic takes in a payload. */
    static int sizeOf(TopicDescription topic) {
        return MIN_TOPIC_BYTES + topic.name().length() + topic.partitionCount() * PARTITION_BYTES;
    }

    public static void encode(PayloadWriter out, List<TopicDescription> topics) {
        out.i32(topics.size());
        for (TopicDescription topic : topics) {
            out.string(topic.name());
            PayloadFields.writeConfig(out, topic.config());
            out.i32(topic.partitionCount());
            for (PartitionInfo partition : topic.partitions()) {
                out.i64(partition.startOffset()).i64(partition.endOffset()).i64(partition.sizeInBytes());
            }
        }
    }

    /** The topics of one frame. */
    public static List<TopicDescription> decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Topics' response", payload);
        int count = in.count("count", MIN_TOPIC_BYTES);
        List<TopicDescription> topics = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String name = PayloadFields.readTopicOrEmpty(in, "name");
            TopicConfig config = PayloadFields.readConfig(in);
            topics.add(new TopicDescription(name, readPartitions(in), config));
        }
        in.end();
        return topics;
    }

    private static List<PartitionInfo> readPartitions(PayloadReader in) {
        int count = in.count("partitions", PARTITION_BYTES);
        List<PartitionInfo> partitions = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            partitions.add(new PartitionInfo(
                    i,
                    in.nonNegative64("start offset"),
                    in.nonNegative64("end offset"),
                    in.nonNegative64("size in bytes")));
        }
        return partitions;
    }
}
