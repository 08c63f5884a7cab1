package io.portask.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Message;
import io.portask.record.ReceivedMessage;
import io.portask.record.TopicPartition;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Members come, go, crash and stall while messages are published and processed. Each message is processed, those of a partition in
 * order but for repetitions from a committed offset on, and committed offsets never go back.
 */
class GroupWorkloadTest {
    private static final int PARTITIONS = 7;
    private static final int STEPS = 3_000;
    private static final int MAX_MEMBERS = 6;

    private final Map<TopicPartition, Long> published = new HashMap<>();
    private final Map<TopicPartition, Long> processed = new HashMap<>();
    private final Map<TopicPartition, Long> committed = new HashMap<>();
    private final List<GroupConsumer> members = new ArrayList<>();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void nothingIsLeftOutAndOffsetsOnlyGrow(long seed) {
        run("memory:", seed);
    }

    @Test
    void nothingIsLeftOutOnTheLogStore(@TempDir Path directory) {
        run("file:" + directory, 9);
    }

    private void run(String store, long seed) {
        Random random = new Random(seed);
        try (ManualGroups manual = new ManualGroups(store)) {
            manual.broker.createTopic("t", PARTITIONS);
            for (int step = 0; step < STEPS; step++) {
                act(manual, random);
                checkCommitted(manual);
            }
            members.forEach(GroupConsumer::leave);
            members.clear();
            manual.pass(ManualGroups.SESSION);
            GroupConsumer last = manual.join("t");
            members.add(last);
            while (poll(last)) {
                last.commit();
            }
            checkCommitted(manual);
            assertThat(processed).isEqualTo(published);
            assertThat(committed).isEqualTo(published);
        }
    }

    private void act(ManualGroups manual, Random random) {
        int what = random.nextInt(100);
        if (what < 30) {
            int partition = random.nextInt(PARTITIONS);
            manual.broker.publish(Message.of("t", "k" + partition, "v").withPartition(partition));
            published.merge(new TopicPartition("t", partition), 1L, Long::sum);
        } else if (what < 33 && members.size() < MAX_MEMBERS) {
            members.add(manual.join("t"));
        } else if (what < 35) {
            manual.pass(ManualGroups.SESSION.dividedBy(3));
        } else if (!members.isEmpty()) {
            onMember(members.get(random.nextInt(members.size())), random);
        }
    }

    private void onMember(GroupConsumer member, Random random) {
        int what = random.nextInt(100);
        if (what < 2) {
            members.remove(member);
            member.close();
        } else if (what < 4) {
            members.remove(member);
        } else if (what < 30) {
            try {
                member.commit();
            } catch (PortaskException e) {
                assertThat(e.code()).isEqualTo(ErrorCode.UNKNOWN_MEMBER);
            }
        } else {
            poll(member);
        }
    }

    /** Each message is the one after what was processed of its partition, or one that was processed and not committed. */
    private boolean poll(GroupConsumer member) {
        List<ReceivedMessage> messages = member.poll(Duration.ZERO);
        for (ReceivedMessage message : messages) {
            TopicPartition partition = new TopicPartition("t", message.partition());
            long next = processed.getOrDefault(partition, 0L);
            assertThat(message.offset()).isBetween(committed.getOrDefault(partition, 0L), next);
            processed.put(partition, Math.max(next, message.offset() + 1));
        }
        return !messages.isEmpty();
    }

    private void checkCommitted(ManualGroups manual) {
        Map<TopicPartition, Long> now = manual.broker.committed("g");
        now.forEach((partition, offset) -> assertThat(offset)
                .isBetween(committed.getOrDefault(partition, 0L), processed.getOrDefault(partition, 0L)));
        committed.putAll(now);
    }
}
