package io.portask.launcher;

import io.portask.client.Consumer;
import io.portask.record.ReceivedMessage;
import io.portask.record.TopicPartition;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** All partitions, and nothing is committed. */
final class PlainSource implements ConsumeSource {
    private final Consumer consumer;
    private final Map<TopicPartition, Long> ends;

    PlainSource(Consumer consumer, Map<TopicPartition, Long> ends) {
        this.consumer = consumer;
        this.ends = ends;
    }

    @Override
    public List<ReceivedMessage> poll(Duration timeout) {
        return consumer.poll(timeout);
    }

    @Override
    public void onPrinted(List<ReceivedMessage> messages) {}

    @Override
    public boolean isAtEnd() {
        Map<TopicPartition, Long> positions = consumer.positions();
        return ends.entrySet().stream().allMatch(end -> positions.getOrDefault(end.getKey(), 0L) >= end.getValue());
    }

    @Override
    public void close() {
        consumer.close();
    }
}
