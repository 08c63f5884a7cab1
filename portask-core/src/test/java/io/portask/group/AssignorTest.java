package io.portask.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.record.TopicPartition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AssignorTest {
    private static final PartitionAssignor STICKY = new StickyAssignor();

    @Test
    void rangeGivesNeighboursOfEachTopic() {
        var assignment = new RangeAssignor()
                .assign(List.of(member("a", "s", "t"), member("b", "s", "t")), new TreeMap<>(Map.of("s", 3, "t", 2)));
        assertThat(assignment.get("a").toString()).isEqualTo("[s:0, s:1, t:0]");
        assertThat(assignment.get("b").toString()).isEqualTo("[s:2, t:1]");
    }

    @Test
    void roundRobinDealsAndPassesOverWhoDoesNotRead() {
        var assignment = new RoundRobinAssignor()
                .assign(List.of(member("a", "s", "t"), member("b", "t")), new TreeMap<>(Map.of("s", 2, "t", 3)));
        assertThat(assignment.get("a").toString()).isEqualTo("[s:0, s:1, t:1]");
        assertThat(assignment.get("b").toString()).isEqualTo("[t:0, t:2]");
    }

    @Test
    void allAssignorsGiveEachPartitionToOneReader() {
        for (int seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            Map<String, Integer> counts = randomTopics(random, 6, 8);
            List<MemberSubscription> members = randomMembers(random, counts, 1 + random.nextInt(8), false);
            for (PartitionAssignor assignor : List.of(STICKY, new RangeAssignor(), new RoundRobinAssignor())) {
                checkWhole(members, counts, assignor.assign(members, counts));
            }
        }
    }

    @Test
    void stickyMovesNoMoreThanItMustWhereAllSubscribeAlike() {
        for (int seed = 0; seed < 3_000; seed++) {
            Random random = new Random(seed);
            Map<String, Integer> counts = randomTopics(random, 2, 4);
            List<MemberSubscription> members = randomMembers(random, counts, 1 + random.nextInt(4), true);
            BestAssignment best = BestAssignment.of(members, counts);
            var assignment = STICKY.assign(members, counts);
            assertThat(unevenness(assignment)).as("seed " + seed).isEqualTo(best.unevenness());
            assertThat(moves(members, assignment)).as("seed " + seed).isEqualTo(best.moves());
        }
    }

    @Test
    void stickyIsAsEvenAsItCanBeWhereSubscriptionsDiffer() {
        int moves = 0;
        int fewest = 0;
        for (int seed = 0; seed < 3_000; seed++) {
            Random random = new Random(seed);
            Map<String, Integer> counts = randomTopics(random, 3, 3);
            List<MemberSubscription> members = randomMembers(random, counts, 1 + random.nextInt(4), false);
            BestAssignment best = BestAssignment.of(members, counts);
            var assignment = STICKY.assign(members, counts);
            assertThat(unevenness(assignment)).as("seed " + seed).isEqualTo(best.unevenness());
            moves += moves(members, assignment);
            fewest += best.moves();
        }
        assertThat(moves).isBetween(fewest, fewest + fewest / 20);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 7, 100})
    void whoLeavesMovesOnlyItsOwnPartitions(int size) {
        Map<String, Integer> counts = Map.of("s", 300, "t", 700);
        List<MemberSubscription> members = settled(size, counts);
        List<MemberSubscription> left = members.subList(1, size);
        assertThat(moves(left, STICKY.assign(left, counts))).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 7, 100})
    void whoJoinsTakesItsShareAndNothingElseMoves(int size) {
        Map<String, Integer> counts = Map.of("s", 300, "t", 700);
        List<MemberSubscription> members = new ArrayList<>(settled(size, counts));
        members.add(member("new", "s", "t"));
        var assignment = STICKY.assign(members, counts);
        assertThat(assignment.get("new")).hasSize(1_000 / (size + 1));
        assertThat(moves(members, assignment)).isEqualTo(1_000 / (size + 1));
    }

    @Test
    void theSameInputHasTheSameResult() {
        Random random = new Random(1);
        Map<String, Integer> counts = randomTopics(random, 6, 20);
        List<MemberSubscription> members = randomMembers(random, counts, 9, false);
        assertThat(STICKY.assign(members, counts)).isEqualTo(STICKY.assign(members, new HashMap<>(counts)));
    }

    @Test
    void anAssignorThatBreaksItsContractIsReplacedByTheStickyOne() {
        Map<String, Integer> counts = Map.of("t", 2);
        List<MemberSubscription> members = List.of(member("a", "t"), member("b"));
        TopicPartition first = new TopicPartition("t", 0);
        TopicPartition second = new TopicPartition("t", 1);
        for (Map<String, List<TopicPartition>> wrong : List.<Map<String, List<TopicPartition>>>of(
                Map.of("a", List.of(first)),
                Map.of("a", List.of(first, first)),
                Map.of("a", List.of(first), "b", List.of(second)),
                Map.of("a", List.of(first, second, new TopicPartition("t", 2))),
                Map.of("c", List.of(first, second)))) {
            assertThat(new CheckedAssignor(fixed(wrong)).assign(members, counts).get("a"))
                    .containsExactlyInAnyOrder(first, second);
        }
        assertThat(new CheckedAssignor(fixed(Map.of("a", List.of(second, first))))
                        .assign(members, counts)
                        .get("a"))
                .containsExactly(second, first);
    }

    private static PartitionAssignor fixed(Map<String, List<TopicPartition>> assignment) {
        return new PartitionAssignor() {
            @Override
            public String name() {
                return "fixed";
            }

            @Override
            public Map<String, List<TopicPartition>> assign(
                    List<MemberSubscription> members, Map<String, Integer> partitionCounts) {
                return assignment;
            }
        };
    }

    private static List<MemberSubscription> settled(int size, Map<String, Integer> counts) {
        List<MemberSubscription> members = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            members.add(member("m" + i, "s", "t"));
        }
        var assignment = STICKY.assign(members, counts);
        members.replaceAll(
                each -> new MemberSubscription(each.memberId(), each.topics(), assignment.get(each.memberId())));
        return members;
    }

    private static MemberSubscription member(String id, String... topics) {
        return new MemberSubscription(id, Set.of(topics), List.of());
    }

    private static Map<String, Integer> randomTopics(Random random, int maxTopics, int maxPartitions) {
        Map<String, Integer> counts = new TreeMap<>();
        for (int i = 1 + random.nextInt(maxTopics); i > 0; i--) {
            counts.put("t" + i, 1 + random.nextInt(maxPartitions));
        }
        return counts;
    }

    /** Members with what they had before by any assignment, also of partitions and topics that are no more. */
    private static List<MemberSubscription> randomMembers(
            Random random, Map<String, Integer> counts, int size, boolean alike) {
        List<Set<TopicPartition>> current = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            current.add(new TreeSet<>());
        }
        counts.forEach((topic, partitions) -> {
            for (int partition = 0; partition < partitions + 1; partition++) {
                int owner = random.nextInt(size + 1);
                if (owner < size) {
                    current.get(owner).add(new TopicPartition(topic, partition));
                }
            }
        });
        List<MemberSubscription> members = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            Set<String> topics = new HashSet<>(counts.keySet());
            topics.removeIf(topic -> !alike && random.nextBoolean());
            members.add(new MemberSubscription("m" + i, topics, current.get(i)));
        }
        return members;
    }

    private static void checkWhole(
            List<MemberSubscription> members,
            Map<String, Integer> counts,
            Map<String, List<TopicPartition>> assignment) {
        Set<TopicPartition> assigned = new HashSet<>();
        for (MemberSubscription member : members) {
            for (TopicPartition partition : assignment.getOrDefault(member.memberId(), List.of())) {
                assertThat(member.topics()).contains(partition.topic());
                assertThat(partition.partition()).isBetween(0, counts.get(partition.topic()) - 1);
                assertThat(assigned.add(partition)).isTrue();
            }
        }
        int read = counts.entrySet().stream()
                .filter(topic ->
                        members.stream().anyMatch(member -> member.topics().contains(topic.getKey())))
                .mapToInt(Map.Entry::getValue)
                .sum();
        assertThat(assigned).hasSize(read);
    }

    private static int unevenness(Map<String, List<TopicPartition>> assignment) {
        return assignment.values().stream()
                .mapToInt(each -> each.size() * each.size())
                .sum();
    }

    /** How many partitions a member lost that it could have kept, to another. */
    private static int moves(List<MemberSubscription> members, Map<String, List<TopicPartition>> assignment) {
        Set<TopicPartition> assigned = new HashSet<>();
        assignment.values().forEach(assigned::addAll);
        int moves = 0;
        for (MemberSubscription member : members) {
            Collection<TopicPartition> now = assignment.get(member.memberId());
            for (TopicPartition partition : member.current()) {
                if (member.topics().contains(partition.topic())
                        && assigned.contains(partition)
                        && !now.contains(partition)) {
                    moves++;
                }
            }
        }
        return moves;
    }
}
