package io.portask.launcher;

import io.portask.client.GroupConsumer;
import io.portask.client.GroupConsumerConfig;
import io.portask.client.PortaskClient;
import io.portask.consumer.GroupDescription;
import io.portask.error.PortaskException;
import io.portask.group.GroupState;
import io.portask.record.ReceivedMessage;
import io.portask.record.TopicPartition;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The share of a member of an ordered group. What was printed is committed; what could not be is printed again, here or by another member. */
final class GroupSource implements ConsumeSource {
    private final PortaskClient client;
    private final String group;
    private final Map<TopicPartition, Long> ends;
    private final PrintWriter err;
    private final GroupConsumer consumer;

    GroupSource(PortaskClient client, GroupConsumerConfig config, Map<TopicPartition, Long> ends, PrintWriter err) {
        this.client = client;
        this.group = config.group();
        this.ends = ends;
        this.err = err;
        this.consumer = client.groupConsumer(config);
    }

    @Override
    public List<ReceivedMessage> poll(Duration timeout) {
        return consumer.poll(timeout);
    }

    @Override
    public void onPrinted(List<ReceivedMessage> messages) {
        Map<TopicPartition, Long> next = new HashMap<>();
        for (ReceivedMessage message : messages) {
            next.put(new TopicPartition(message.topic(), message.partition()), message.offset() + 1);
        }
        if (next.isEmpty()) {
            return;
        }
        try {
            consumer.commit(next);
        } catch (PortaskException e) {
            switch (e.code()) {
                case UNKNOWN_MEMBER, STALE_GENERATION, CONNECTION_LOST ->
                    err.println("portask: what was printed last may be printed again: " + e.getMessage());
                default -> throw e;
            }
        }
    }

    /** With several members each ends where its own partitions do, once the group is settled. */
    @Override
    public boolean isAtEnd() {
        Map<TopicPartition, Long> positions = consumer.positions();
        for (Map.Entry<TopicPartition, Long> position : positions.entrySet()) {
            if (position.getValue() < ends.getOrDefault(position.getKey(), 0L)) {
                return false;
            }
        }
        String memberId = consumer.memberId();
        if (memberId.isEmpty()) {
            return false;
        }
        GroupDescription description = client.groups().describe(group);
        Set<TopicPartition> ofOthers = description.partitions().stream()
                .filter(partition ->
                        partition.memberId() != null && !partition.memberId().equals(memberId))
                .map(GroupDescription.Partition::partition)
                .collect(Collectors.toSet());
        return description.state() == GroupState.STABLE
                && ends.keySet().stream()
                        .allMatch(partition -> positions.containsKey(partition) || ofOthers.contains(partition));
    }

    @Override
    public void close() {
        consumer.close();
    }
}
