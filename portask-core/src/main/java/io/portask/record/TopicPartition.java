package io.portask.record;

/** One partition of one topic; the unit of order. */
public final class TopicPartition implements Comparable<TopicPartition> {
    private final String topic;
    private final int partition;
    private final int hash;

    public TopicPartition(String topic, int partition) {
        this.topic = topic;
        this.partition = partition;
        this.hash = topic.hashCode() * 31 + partition;
    }

    public String topic() {
        return topic;
    }

    public int partition() {
        return partition;
    }

    @Override
    public int compareTo(TopicPartition other) {
        int byTopic = topic.compareTo(other.topic);
        return byTopic != 0 ? byTopic : Integer.compare(partition, other.partition);
    }

    @Override
    public boolean equals(Object other) {
        return other == this
                || (other instanceof TopicPartition that
                        && that.hash == hash
                        && that.partition == partition
                        && that.topic.equals(topic));
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /** {@code topic:partition}. */
    @Override
    public String toString() {
        return topic + ":" + partition;
    }
}
