package io.portask.http.live;

import io.portask.consumer.GroupOptions;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.group.PartitionAssignor;
import io.portask.group.StickyAssignor;
import io.portask.http.json.JsonInput;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The fields of a client's message that only members of groups send. */
final class MemberFields implements JsonInput.FieldReader {
    private final List<String> topics = new ArrayList<>(1);
    private final List<TopicPartition> partitions = new ArrayList<>(0);
    private @Nullable String instanceId;
    private @Nullable Duration sessionTimeout;
    private PartitionAssignor assignor = new StickyAssignor();
    private long generation = -1;

    @Override
    public boolean read(JsonInput in, String name) {
        switch (name) {
            case "topics" -> in.array(() -> topics.add(in.string()));
            case "partitions" -> in.array(() -> partitions.add(place(in)));
            case "instanceId" -> instanceId = in.string();
            case "sessionTimeoutMs" -> sessionTimeout = Duration.ofMillis(in.integer(0, Integer.MAX_VALUE));
            case "assignor" -> assignor = assignor(in);
            case "generation" -> generation = in.integer(0, Long.MAX_VALUE);
            default -> {
                return false;
            }
        }
        return true;
    }

    private static final class Place implements JsonInput.FieldReader {
        private @Nullable String topic;
        private int partition = -1;

        @Override
        public boolean read(JsonInput in, String name) {
            switch (name) {
                case "topic" -> topic = in.string();
                case "partition" -> partition = (int) in.integer(0, Integer.MAX_VALUE);
                default -> {
                    return false;
                }
            }
            return true;
        }
    }

    private static TopicPartition place(JsonInput in) {
        Place place = new Place();
        in.object(place);
        String topic = place.topic;
        if (topic == null || place.partition < 0) {
            throw in.refused("needs topic and partition");
        }
        return new TopicPartition(topic, place.partition);
    }

    private static PartitionAssignor assignor(JsonInput in) {
        PartitionAssignor found = PartitionAssignor.named(in.string());
        if (found == null) {
            throw in.refused("must be sticky, range or roundrobin");
        }
        return found;
    }

    /** @param from where the group begins where it never committed; null for the oldest message */
    GroupOptions options(String group, @Nullable StartPosition from) {
        if (topics.isEmpty()) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST, "Field /topics is needed: an array of names or patterns");
        }
        GroupOptions options = GroupOptions.of(group, topics.toArray(String[]::new))
                .assignor(assignor)
                .from(from == null ? StartPosition.earliest() : from);
        String instance = instanceId;
        Duration timeout = sessionTimeout;
        options = instance == null ? options : options.instanceId(instance);
        return timeout == null ? options : options.sessionTimeout(timeout);
    }

    List<TopicPartition> partitions() {
        return partitions;
    }

    /** Below 0 where it was not said. */
    long generation() {
        return generation;
    }
}
