package io.portask.group;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The topics that exist and have readers, in the order of their names, each with its readers in their order. */
final class SubscribedTopics {
    private SubscribedTopics() {}

    static SortedMap<String, List<MemberSubscription>> of(
            List<MemberSubscription> members, Map<String, Integer> partitionCounts) {
        Map<String, List<MemberSubscription>> readers = new HashMap<>();
        for (MemberSubscription member : members) {
            for (String topic : member.topics()) {
                if (partitionCounts.containsKey(topic)) {
                    readers.computeIfAbsent(topic, name -> new ArrayList<>()).add(member);
                }
            }
        }
        return new TreeMap<>(readers);
    }
}
