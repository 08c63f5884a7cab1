package io.portask.queue;

/**
 * The messages that can be handed out: new ones, and those whose delay or retry came due. Both lists are served in turn, so that
 * neither holds up the other, each in the order in which its messages became ready.
 */
final class ReadyMessages {
    private final Slots slots;
    private int fresh = Slots.NONE;
    private int due = Slots.NONE;
    private boolean dueNext = true;
    private int count;

    ReadyMessages(Slots slots) {
        this.slots = slots;
    }

    int count() {
        return count;
    }

    void addFresh(int slot) {
        fresh = slots.append(fresh, slot);
        count++;
    }

    void addDue(int slot) {
        due = slots.append(due, slot);
        count++;
    }

    /** Takes out the one whose turn it is; there must be one. */
    int poll() {
        int slot = (dueNext && due != Slots.NONE) || fresh == Slots.NONE ? due : fresh;
        dueNext = !dueNext;
        remove(slot);
        return slot;
    }

    /** A slot that heads neither list has neighbours, and leaves both heads as they are. */
    void remove(int slot) {
        if (slot == due) {
            due = slots.unlink(due, slot);
        } else {
            fresh = slots.unlink(fresh, slot);
        }
        count--;
    }
}
