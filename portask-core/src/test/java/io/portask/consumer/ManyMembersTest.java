package io.portask.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.record.TopicPartition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A hundred members and a thousand partitions. */
class ManyMembersTest {
    private static final Logger LOG = LoggerFactory.getLogger(ManyMembersTest.class);
    private static final int MEMBERS = 100;
    private static final int PARTITIONS = 1_000;

    @Test
    void eachGetsItsShareAndALeaverMovesOnlyItsOwn() {
        try (ManualGroups manual = new ManualGroups("memory:")) {
            manual.broker.createTopic("t", PARTITIONS);
            List<GroupConsumer> members = new ArrayList<>();
            long start = System.nanoTime();
            for (int i = 0; i < MEMBERS; i++) {
                members.add(manual.join("t"));
            }
            GroupConsumer[] all = members.toArray(GroupConsumer[]::new);
            ManualGroups.settle(all);
            long joined = System.nanoTime();
            Set<TopicPartition> owned = new HashSet<>();
            for (GroupConsumer member : members) {
                assertThat(member.assignment()).hasSize(PARTITIONS / MEMBERS);
                owned.addAll(member.assignment());
            }
            assertThat(owned).hasSize(PARTITIONS);

            GroupConsumer leaver = members.remove(0);
            List<Set<TopicPartition>> before =
                    members.stream().map(GroupConsumer::assignment).toList();
            long leaving = System.nanoTime();
            leaver.close();
            GroupConsumer[] left = members.toArray(GroupConsumer[]::new);
            ManualGroups.settle(left);
            LOG.info(
                    "{} members joined and share {} partitions after {} ms; one left and its share had moved after {} ms",
                    MEMBERS,
                    PARTITIONS,
                    (joined - start) / 1_000_000,
                    (System.nanoTime() - leaving) / 1_000_000);
            for (int i = 0; i < left.length; i++) {
                assertThat(left[i].assignment()).containsAll(before.get(i));
            }
            assertThat(members.stream()
                            .mapToInt(member -> member.assignment().size())
                            .sum())
                    .isEqualTo(PARTITIONS);
        }
    }
}
