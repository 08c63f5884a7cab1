package io.portask.group;

import io.portask.record.TopicPartition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.agrona.collections.IntArrayList;

/**
 * The partitions of a group's topics, numbered from 0, and which of them the same members may own. Topics that have the same readers
 * make one class: where all members subscribe alike there is one, however many topics and members there are.
 */
final class PartitionClasses {
    private final List<String> topics = new ArrayList<>();
    private final Map<String, Integer> topicIndexes = new HashMap<>();
    private final List<int[]> readersOfClass = new ArrayList<>();
    private final List<BitSet> readerBitsOfClass = new ArrayList<>();

    /** By topic: the number of its first partition; one more entry at the end. */
    private final int[] firstPartition;

    private final int[] classOfTopic;
    private final int[] topicOfPartition;

    PartitionClasses(List<MemberSubscription> members, Map<String, Integer> partitionCounts) {
        List<Set<String>> subscriptions = new ArrayList<>();
        List<BitSet> subscribers = subscribers(members, subscriptions);
        Map<String, BitSet> readers = readers(subscriptions, partitionCounts);
        topics.addAll(readers.keySet());
        topics.sort(null);
        firstPartition = new int[topics.size() + 1];
        classOfTopic = new int[topics.size()];
        Map<BitSet, Integer> classes = new HashMap<>();
        for (int topic = 0; topic < topics.size(); topic++) {
            String name = topics.get(topic);
            topicIndexes.put(name, topic);
            firstPartition[topic + 1] = firstPartition[topic] + partitionCounts.getOrDefault(name, 0);
            classOfTopic[topic] =
                    classes.computeIfAbsent(readers.get(name), subscribed -> addClass(subscribed, subscribers));
        }
        topicOfPartition = new int[firstPartition[topics.size()]];
        for (int topic = 0; topic < topics.size(); topic++) {
            Arrays.fill(topicOfPartition, firstPartition[topic], firstPartition[topic + 1], topic);
        }
    }

    /** Finds the different subscriptions, and who has each. */
    private static List<BitSet> subscribers(List<MemberSubscription> members, List<Set<String>> subscriptions) {
        List<BitSet> subscribers = new ArrayList<>();
        IdentityHashMap<Set<String>, Integer> seen = new IdentityHashMap<>();
        Map<Set<String>, Integer> different = new HashMap<>();
        for (int member = 0; member < members.size(); member++) {
            int index = seen.computeIfAbsent(
                    members.get(member).topics(),
                    topics -> different.computeIfAbsent(topics, added -> {
                        subscriptions.add(added);
                        subscribers.add(new BitSet());
                        return subscribers.size() - 1;
                    }));
            subscribers.get(index).set(member);
        }
        return subscribers;
    }

    /** By topic, which subscriptions have it. */
    private static Map<String, BitSet> readers(List<Set<String>> subscriptions, Map<String, Integer> partitionCounts) {
        Map<String, BitSet> readers = new HashMap<>();
        for (int subscription = 0; subscription < subscriptions.size(); subscription++) {
            for (String topic : subscriptions.get(subscription)) {
                if (partitionCounts.containsKey(topic)) {
                    readers.computeIfAbsent(topic, name -> new BitSet()).set(subscription);
                }
            }
        }
        return readers;
    }

    private int addClass(BitSet subscriptions, List<BitSet> subscribers) {
        BitSet readers = new BitSet();
        subscriptions.stream().forEach(subscription -> readers.or(subscribers.get(subscription)));
        readersOfClass.add(readers.stream().toArray());
        readerBitsOfClass.add(readers);
        return readersOfClass.size() - 1;
    }

    int partitions() {
        return topicOfPartition.length;
    }

    int classes() {
        return readersOfClass.size();
    }

    int classOf(int partition) {
        return classOfTopic[topicOfPartition[partition]];
    }

    /** The members that may own partitions of a class, by their place in the list of members. */
    int[] readers(int partitionClass) {
        return readersOfClass.get(partitionClass);
    }

    boolean mayOwn(int member, int partition) {
        return readerBitsOfClass.get(classOf(partition)).get(member);
    }

    /** The number of a partition, -1 for one that is not there. */
    int indexOf(TopicPartition partition) {
        Integer topic = topicIndexes.get(partition.topic());
        if (topic == null || partition.partition() >= firstPartition[topic + 1] - firstPartition[topic]) {
            return -1;
        }
        return firstPartition[topic] + partition.partition();
    }

    TopicPartition partition(int index) {
        int topic = topicOfPartition[index];
        return new TopicPartition(topics.get(topic), index - firstPartition[topic]);
    }

    List<TopicPartition> partitions(IntArrayList indexes) {
        List<TopicPartition> partitions = new ArrayList<>(indexes.size());
        for (int i = 0; i < indexes.size(); i++) {
            partitions.add(partition(indexes.getInt(i)));
        }
        return partitions;
    }
}
