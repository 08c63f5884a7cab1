package io.portask.group;

import io.portask.record.TopicPartition;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Who was told to own which partition, counted apart from the coordinator: each time a partition is told to another member than before, or
 * by a grant of another generation, is a grant with a number of its own.
 */
final class OwnershipModel {
    private record Grant(String memberId, long number, long generation) {}

    private final List<SimulatedMember> members;
    private final Map<TopicPartition, Grant> grants = new HashMap<>();

    /** The ids of the members that the coordinator has. */
    private final Set<String> present = new HashSet<>();

    /** By topic: grants up to this one were of a topic of that name that is no more. */
    private final Map<String, Long> forgotten = new HashMap<>();

    /** Grants up to this one were of another coordinator. */
    private long takenOver;

    private long numbers;
    private long highestGeneration;

    OwnershipModel(List<SimulatedMember> members) {
        this.members = members;
    }

    void onDepartures(List<Departure> departures) {
        for (Departure departure : departures) {
            present.remove(departure.memberId());
        }
    }

    /** After a takeover nobody is a member. */
    void forgetMembers() {
        present.clear();
        takenOver = numbers;
        grants.replaceAll((partition, grant) -> new Grant("", grant.number, grant.generation));
    }

    void forgetTopic(String topic) {
        forgotten.put(topic, numbers);
        grants.keySet().removeIf(partition -> partition.topic().equals(topic));
    }

    /** Returns the grants of all partitions of the assignment. */
    Map<TopicPartition, SimulatedMember.Work> onAssignment(MemberAssignment assignment) {
        check(assignment.generation() >= highestGeneration, "generations go back");
        highestGeneration = assignment.generation();
        present.add(assignment.memberId());
        Map<TopicPartition, SimulatedMember.Work> told = new HashMap<>();
        for (PartitionGrant owned : assignment.grants()) {
            TopicPartition partition = owned.partition();
            Grant grant = grants.get(partition);
            if (grant == null
                    || !grant.memberId.equals(assignment.memberId())
                    || grant.generation != owned.generation()) {
                check(grant == null || owned.generation() > grant.generation, "two owners in a generation");
                grant = new Grant(assignment.memberId(), ++numbers, owned.generation());
                grants.put(partition, grant);
            }
            told.put(partition, new SimulatedMember.Work(owned.generation(), grant.number));
        }
        return told;
    }

    /** Of all who process a partition, at most one is a member. */
    void checkOneOwnerEach() {
        Map<TopicPartition, SimulatedMember> owners = new HashMap<>();
        for (SimulatedMember member : members) {
            if (present.contains(member.id)) {
                member.processing.forEach((partition, work) -> {
                    if (work.number() > Math.max(takenOver, forgotten.getOrDefault(partition.topic(), 0L))) {
                        check(owners.put(partition, member) == null, "two members process a partition");
                    }
                });
            }
        }
    }

    /** Of all who process a partition, whether they are members or believe it, at most one may commit. */
    void checkOneRightEach(GroupCoordinator coordinator) {
        Map<TopicPartition, SimulatedMember> owners = new HashMap<>();
        for (SimulatedMember member : members) {
            member.processing.forEach((partition, work) -> {
                if (coordinator.commitRefusal(member.id, work.generation(), partition) == null) {
                    check(owners.put(partition, member) == null, "two members may commit a partition");
                }
            });
        }
    }

    /** A commit was accepted: it has to be of the latest owner, and from when that owned the partition. */
    void checkCommit(String memberId, TopicPartition partition, long number) {
        Grant grant = grants.get(partition);
        check(
                grant != null && grant.memberId.equals(memberId) && grant.number == number,
                "a commit of a former owner was accepted");
    }

    private static void check(boolean rule, String broken) {
        if (!rule) {
            throw new AssertionError(broken);
        }
    }
}
