package io.portask.group;

import io.portask.record.TopicPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What is the best that any assignment of a few partitions can reach, found by trying all: the smallest sum of the squares of the
 * shares, and with that the fewest partitions that move.
 */
record BestAssignment(int unevenness, int moves) {
    static BestAssignment of(List<MemberSubscription> members, Map<String, Integer> partitionCounts) {
        Search search = new Search(members);
        partitionCounts.forEach((topic, partitions) -> {
            for (int partition = 0; partition < partitions; partition++) {
                search.add(new TopicPartition(topic, partition));
            }
        });
        search.from(0, 0, 0);
        return search.best;
    }

    private static final class Search {
        private final List<MemberSubscription> members;
        private final List<TopicPartition> partitions = new ArrayList<>();
        private final int[] shares;
        private BestAssignment best = new BestAssignment(Integer.MAX_VALUE, Integer.MAX_VALUE);

        Search(List<MemberSubscription> members) {
            this.members = members;
            this.shares = new int[members.size()];
        }

        void add(TopicPartition partition) {
            if (members.stream().anyMatch(member -> member.topics().contains(partition.topic()))) {
                partitions.add(partition);
            }
        }

        void from(int index, int unevenness, int moves) {
            if (unevenness > best.unevenness || (unevenness == best.unevenness && moves >= best.moves)) {
                return;
            }
            if (index == partitions.size()) {
                best = new BestAssignment(unevenness, moves);
                return;
            }
            TopicPartition partition = partitions.get(index);
            boolean kept = members.stream()
                    .anyMatch(member -> member.topics().contains(partition.topic())
                            && member.current().contains(partition));
            for (int member = 0; member < shares.length; member++) {
                MemberSubscription reader = members.get(member);
                if (reader.topics().contains(partition.topic())) {
                    int move = kept && !reader.current().contains(partition) ? 1 : 0;
                    shares[member]++;
                    from(index + 1, unevenness + 2 * shares[member] - 1, moves + move);
                    shares[member]--;
                }
            }
        }
    }
}
