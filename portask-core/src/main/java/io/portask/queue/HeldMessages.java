package io.portask.queue;

import org.agrona.collections.Int2IntHashMap;

/** Which slots each member holds, in order of delivery, and whether it may answer for a delivery; keeps the members' counts. */
final class HeldMessages {
    private final PartitionState state;
    private final Slots slots;
    private final QueueMembers members;
    private final Int2IntHashMap lists = new Int2IntHashMap(Slots.NONE);

    HeldMessages(PartitionState state, QueueMembers members) {
        this.state = state;
        this.slots = state.slots;
        this.members = members;
    }

    void add(QueueMember member, int slot) {
        slots.member[slot] = member.id();
        lists.put(member.id(), slots.append(lists.get(member.id()), slot));
        member.took();
    }

    void remove(int slot) {
        int id = slots.member[slot];
        int rest = slots.unlink(lists.get(id), slot);
        if (rest == Slots.NONE) {
            lists.remove(id);
        } else {
            lists.put(id, rest);
        }
        QueueMember member = members.find(id);
        if (member != null) {
            member.gaveBack();
        }
    }

    /** The slot that a member holds longest; {@link Slots#NONE} if it holds none. */
    int first(QueueMember member) {
        return lists.get(member.id());
    }

    /** {@link DeliveryAnswer#ACCEPTED} if a delivery is the last one of its message, which is not settled, and was made to this member. */
    DeliveryAnswer check(QueueMember member, long offset, int attempt) {
        int slot = offset < 0 ? OffsetWindow.UNSEEN : state.slotAt(offset);
        if (slot == OffsetWindow.SETTLED) {
            return DeliveryAnswer.ALREADY_SETTLED;
        }
        if (slot == OffsetWindow.UNSEEN || attempt < 1 || attempt > slots.attempts[slot]) {
            return DeliveryAnswer.UNKNOWN_DELIVERY;
        }
        if (slots.state(slot) == MessageState.DEAD_LETTERING) {
            return DeliveryAnswer.DEAD_LETTERED;
        }
        if (attempt < slots.attempts[slot]) {
            return DeliveryAnswer.HANDED_ON;
        }
        if (slots.member[slot] == Slots.NONE) {
            return DeliveryAnswer.UNKNOWN_DELIVERY;
        }
        return slots.member[slot] == member.id() ? DeliveryAnswer.ACCEPTED : DeliveryAnswer.NOT_THE_HOLDER;
    }

    /** As {@link #check}, for what only the holder of a message can do. */
    DeliveryAnswer checkInFlight(QueueMember member, long offset, int attempt) {
        DeliveryAnswer answer = check(member, offset, attempt);
        return answer == DeliveryAnswer.ACCEPTED && slots.state(state.slotAt(offset)) != MessageState.IN_FLIGHT
                ? DeliveryAnswer.NOT_IN_FLIGHT
                : answer;
    }
}
