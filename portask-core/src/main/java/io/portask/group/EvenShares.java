package io.portask.group;

import io.portask.record.TopicPartition;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.stream.IntStream;
import org.agrona.collections.IntArrayList;

/**
 * An assignment on its way to even shares. It is an optimal semi-matching of partitions and members (Harvey, Ladner, Lovász,
 * Tamir, 2003): while there is a cost-reducing path, a chain of moves from a member to one that has at least two fewer, the
 * shortest one is taken. Where there is none the shares are as even as they can be.
 */
final class EvenShares {
    private static final int NOBODY = -1;

    private final List<MemberSubscription> members;
    private final PartitionClasses classes;
    private final boolean[] owned;

    /** By member: first what it kept, then what it got, so that what moves first is what came last. */
    private final IntArrayList[] shares;

    /** Members that no path can start at or lead to any more. */
    private final boolean[] settled;

    private final int[] cameFrom;
    private final int[] cameThrough;
    private final int[] memberSeen;
    private final int[] classSeen;
    private int search;

    EvenShares(List<MemberSubscription> members, PartitionClasses classes) {
        this.members = members;
        this.classes = classes;
        this.owned = new boolean[classes.partitions()];
        this.shares = new IntArrayList[members.size()];
        for (int member = 0; member < shares.length; member++) {
            shares[member] = new IntArrayList();
        }
        this.settled = new boolean[members.size()];
        this.cameFrom = new int[members.size()];
        this.cameThrough = new int[members.size()];
        this.memberSeen = new int[members.size()];
        this.classSeen = new int[classes.classes()];
    }

    /** Leaves to the members what they have and still may have. */
    void keep() {
        for (int member = 0; member < shares.length; member++) {
            for (TopicPartition partition : members.get(member).current()) {
                int index = classes.indexOf(partition);
                if (index >= 0 && !owned[index] && classes.mayOwn(member, index)) {
                    give(index, member);
                }
            }
        }
    }

    /** Gives what nobody has to the readers with the smallest shares, first the partitions that have the fewest readers. */
    void fill() {
        IntArrayList[] free = new IntArrayList[classes.classes()];
        for (int i = 0; i < free.length; i++) {
            free[i] = new IntArrayList();
        }
        for (int partition = 0; partition < owned.length; partition++) {
            if (!owned[partition]) {
                free[classes.classOf(partition)].addInt(partition);
            }
        }
        IntStream.range(0, free.length)
                .boxed()
                .sorted((one, other) -> Integer.compare(classes.readers(one).length, classes.readers(other).length))
                .forEach(each -> fill(free[each], classes.readers(each)));
    }

    private void fill(IntArrayList free, int[] readers) {
        PriorityQueue<Integer> smallestFirst = new PriorityQueue<>((one, other) -> {
            int byShare = Integer.compare(shares[one].size(), shares[other].size());
            return byShare != 0 ? byShare : Integer.compare(one, other);
        });
        for (int i = 0; i < readers.length && !free.isEmpty(); i++) {
            smallestFirst.add(readers[i]);
        }
        for (int i = 0; i < free.size(); i++) {
            int member = smallestFirst.remove();
            give(free.getInt(i), member);
            smallestFirst.add(member);
        }
    }

    private void give(int partition, int member) {
        owned[partition] = true;
        shares[member].addInt(partition);
    }

    /** Moves partitions until the shares are as even as they can be. */
    void even() {
        int member = largest();
        while (member != NOBODY) {
            int receiver = findReceiver(member);
            if (receiver == NOBODY) {
                settleSeen();
            } else {
                moveAlongPath(member, receiver);
            }
            member = largest();
        }
    }

    private int largest() {
        int largest = NOBODY;
        for (int member = 0; member < shares.length; member++) {
            if (!settled[member] && (largest == NOBODY || shares[member].size() > shares[largest].size())) {
                largest = member;
            }
        }
        return largest;
    }

    /** Of the nearest members that have at least two fewer, the one with the least; breadth first. */
    private int findReceiver(int giver) {
        search++;
        memberSeen[giver] = search;
        int receiver = NOBODY;
        IntArrayList level = new IntArrayList();
        level.addInt(giver);
        while (receiver == NOBODY && !level.isEmpty()) {
            IntArrayList next = new IntArrayList();
            for (int i = 0; i < level.size(); i++) {
                lookAround(level.getInt(i), next);
            }
            for (int i = 0; i < next.size(); i++) {
                int candidate = next.getInt(i);
                if (shares[candidate].size() <= shares[giver].size() - 2
                        && (receiver == NOBODY || shares[candidate].size() < shares[receiver].size())) {
                    receiver = candidate;
                }
            }
            level = next;
        }
        return receiver;
    }

    /** Adds the members that could get a partition of this one. */
    private void lookAround(int member, IntArrayList found) {
        IntArrayList share = shares[member];
        for (int i = share.size() - 1; i >= 0; i--) {
            int through = classes.classOf(share.getInt(i));
            if (classSeen[through] == search) {
                continue;
            }
            classSeen[through] = search;
            for (int reader : classes.readers(through)) {
                if (memberSeen[reader] != search && !settled[reader]) {
                    memberSeen[reader] = search;
                    cameFrom[reader] = member;
                    cameThrough[reader] = through;
                    found.addInt(reader);
                }
            }
        }
    }

    /**
     * What the search saw has shares of at least one less than the largest that is not settled, and owns nothing that others could
     * own: no path from a smaller share can end there.
     */
    private void settleSeen() {
        for (int member = 0; member < settled.length; member++) {
            settled[member] |= memberSeen[member] == search;
        }
    }

    private void moveAlongPath(int giver, int receiver) {
        for (int to = receiver; to != giver; to = cameFrom[to]) {
            give(takeLast(shares[cameFrom[to]], cameThrough[to]), to);
        }
    }

    private int takeLast(IntArrayList share, int partitionClass) {
        int at = share.size() - 1;
        while (classes.classOf(share.getInt(at)) != partitionClass) {
            at--;
        }
        return share.removeAt(at);
    }

    Map<String, List<TopicPartition>> assignment() {
        Map<String, List<TopicPartition>> assignment = new HashMap<>();
        for (int member = 0; member < shares.length; member++) {
            assignment.put(members.get(member).memberId(), classes.partitions(shares[member]));
        }
        return assignment;
    }
}
