package io.portask.consumer;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a group told a member. */
final class RecordingMember implements GroupMemberListener {
    final List<String> told = new ArrayList<>();
    final Map<TopicPartition, AssignedPartition> assigned = new HashMap<>();

    @Override
    public synchronized void onAssigned(List<AssignedPartition> partitions) {
        for (AssignedPartition each : partitions) {
            told.add("assigned " + each.partition() + "@" + each.startOffset());
            assigned.put(each.partition(), each);
        }
    }

    @Override
    public synchronized void onRevoked(Set<TopicPartition> partitions) {
        partitions.forEach(each -> told.add("revoked " + each));
    }

    @Override
    public synchronized void onFenced(PortaskException reason) {
        told.add("fenced " + reason.code());
    }

    synchronized List<String> takeTold() {
        List<String> taken = List.copyOf(told);
        told.clear();
        return taken;
    }

    GroupOffset offset(TopicPartition partition, long offset) {
        return new GroupOffset(partition, assigned.get(partition).generation(), offset);
    }

    static ErrorCode failure(Runnable call) {
        try {
            call.run();
        } catch (PortaskException e) {
            return e.code();
        }
        throw new AssertionError("It succeeded");
    }
}
