package io.portask.queue;

import org.jspecify.annotations.Nullable;

/**
 * One queue group on one partition: which messages are done, who holds which, what waits until when. The reader of the partition
 * {@linkplain #offer offers} messages in the order of their offsets; members {@linkplain #take take} and answer for
 * them; {@link #advance} lets time pass. A delivery is named by its offset and its attempt.
 *
 * <p>Not thread safe: all partitions of a group have one owner. Has no clock; times are milliseconds since 1970 and
 * should not go back.
 *
 * <p>What must survive a restart goes to a {@link QueueJournal}: settled offsets, failed deliveries, intents to
 * dead-letter. Deliveries in flight are forgotten, and with them the attempt that they were. Without a journal the
 * group lives in memory only, and nothing would ever be told as safe.
 *
 * <p>Bounds: at most {@link QueueConfig#maxUnsettled()} offsets beyond the oldest unsettled one are accepted, and nothing is
 * handed out while as many changes wait for the journal. A message under way costs at most 64 bytes.
 */
public final class QueuePartition {
    /** For {@link #nack}: the delay that the configuration gives to this failure. */
    public static final long CONFIGURED_DELAY = -1;

    /** For {@link #offer}: never expires. */
    public static final long NEVER = DeadlineHeap.NEVER;

    private final QueueKey key;
    private final QueueConfig config;
    private final RetryDelays delays;
    private final boolean hasDeadLetterTopic;
    private final QueueCounters counters = new QueueCounters();
    private final PartitionState state;
    private final Slots slots;
    private final OffsetWindow window;
    private final ReadyMessages ready;
    private final HeldMessages held;
    private final GivenUpMessages givenUp;
    private long next;

    /**
     * @param members of the whole group
     * @param producerId a random number of 0 or more: under it the copies of given-up messages go to the dead-letter topic. Once
     *     the journal has been replayed, the one that it holds counts
     * @param jitterSeed of the retry delays
     */
    public QueuePartition(QueueKey key, QueueConfig config, QueueMembers members, long producerId, long jitterSeed) {
        this.key = key;
        this.config = config;
        this.delays = new RetryDelays(config, jitterSeed);
        this.hasDeadLetterTopic = config.deadLetterTopicOf(key.topic()) != null;
        this.state = new PartitionState(producerId);
        this.slots = state.slots;
        this.window = state.window;
        this.ready = new ReadyMessages(slots);
        this.givenUp = new GivenUpMessages(key, state);
        this.held = new HeldMessages(state, members);
    }

    public QueueKey key() {
        return key;
    }

    public QueueCounters counters() {
        return counters;
    }

    /** The oldest offset that is not settled; everything below is. */
    public long low() {
        return window.low();
    }

    /** The offset that the reader is to offer next. */
    public long next() {
        return Math.max(next, window.low());
    }

    /** Behind the highest offset of which anything is known: all from here on were neither met nor settled. */
    public long high() {
        return window.high();
    }

    /** Whether a message could be taken now. */
    public boolean isReady(long offset) {
        int slot = state.slotAt(offset);
        return slot >= 0 && slots.state(slot) == MessageState.READY;
    }

    /** How many messages could be taken now. */
    public int ready() {
        return ready.count();
    }

    /** How many messages are under way: ready, waiting, in flight or on their way to the dead-letter topic. */
    public int underWay() {
        return slots.used();
    }

    /** How many changes have been made; see {@link DeliveryAnswer}. */
    public long position() {
        return state.changes.position();
    }

    /** How many changes are in the journal, so that they survive a restart. */
    public long storedPosition() {
        return state.changes.stored();
    }

    /**
     * The reader met a message. Offsets between {@link #next()} and this one hold no message any more and count as settled.
     *
     * @param dueMs when it may be delivered; 0 for at once
     * @param expiresAtMs from when on it is not delivered any more, or {@link #NEVER}
     * @return false if the bound of unsettled offsets is reached: offer it again later
     */
    public boolean offer(long offset, long dueMs, long expiresAtMs, long now) {
        if (offset < next()) {
            return true;
        }
        if (!skipTo(offset) || !hasRoomFor(offset)) {
            return false;
        }
        next = offset + 1;
        int slot = state.slotAt(offset);
        if (slot == OffsetWindow.SETTLED) {
            return true;
        }
        if (slot == OffsetWindow.UNSEEN) {
            slot = state.allocate(offset, expiresAtMs);
        } else if (slots.state(slot) == MessageState.DEAD_LETTERING) {
            return true;
        }
        meet(slot, dueMs, expiresAtMs, now);
        return true;
    }

    private void meet(int slot, long dueMs, long expiresAtMs, long now) {
        slots.expiresAt[slot] = expiresAtMs;
        long retryMs = slots.deadlines.time(slot);
        long putOffUntil = retryMs == NEVER ? dueMs : Math.max(dueMs, retryMs);
        slots.deadlines.remove(slot);
        if (isGivenUp(slot)) {
            giveUp(slot);
        } else if (expiresAtMs <= now) {
            expire(slot);
        } else if (putOffUntil > now) {
            waitUntil(slot, MessageEvent.DELAY, putOffUntil);
        } else {
            slots.on(slot, MessageEvent.OFFER);
            makeReady(slot, slots.attempts[slot] > 0);
        }
    }

    /**
     * The reader met no message before this offset: what it did not offer is no more.
     *
     * @return false if the bound of unsettled offsets is reached: say it again later
     */
    public boolean skipTo(long offset) {
        long known = Math.min(offset, window.high());
        for (long hole = next(); hole < known; hole++) {
            removeUnseen(hole);
        }
        next = Math.max(next, known);
        if (window.isEmpty()) {
            window.settleBefore(offset);
        } else if (!hasRoomFor(offset - 1)) {
            return false;
        }
        for (long hole = window.high(); hole < offset; hole++) {
            window.settle(hole);
        }
        next = Math.max(next, offset);
        return true;
    }

    /** A message was deleted. Changes nothing if its copy is on its way to the dead-letter topic. */
    public void remove(long offset) {
        int slot = state.slotAt(offset);
        if (slot >= 0 && slots.state(slot) != MessageState.DEAD_LETTERING) {
            detach(slot);
            settle(slot, MessageEvent.REMOVE);
        } else if (slot == OffsetWindow.UNSEEN && offset < window.high()) {
            window.settle(offset);
        }
    }

    /** The partition begins at this offset now; what was before is no more. */
    public void trim(long start) {
        for (long offset = window.low(); offset < Math.min(start, window.high()); offset++) {
            remove(offset);
        }
        if (window.isEmpty()) {
            window.settleBefore(start);
        }
    }

    /**
     * Hands messages to a member: those that are due again and new ones in turn, each in order.
     *
     * @return how many; fewer than {@code max} if no more are ready, the member's window is full, or the journal is behind
     */
    public int take(QueueMember member, int max, long now, DeliverySink sink) {
        advance(now);
        if (state.changes.backlog() >= config.maxUnsettled()) {
            return 0;
        }
        int limit = Math.min(Math.min(max, member.room()), ready.count());
        for (int taken = 0; taken < limit; taken++) {
            int slot = ready.poll();
            slots.on(slot, MessageEvent.TAKE);
            int attempt = ++slots.attempts[slot];
            slots.deadlines.set(slot, now + config.ackTimeoutMs());
            held.add(member, slot);
            counters.onDelivery(attempt);
            sink.onDelivery(this, member, slots.offset[slot], attempt);
        }
        return Math.max(limit, 0);
    }

    /** The message is done. Taken also after the ack timeout, as long as the message was not delivered again. */
    public DeliveryAnswer ack(QueueMember member, long offset, int attempt) {
        DeliveryAnswer answer = held.check(member, offset, attempt);
        if (answer == DeliveryAnswer.ACCEPTED) {
            int slot = state.slotAt(offset);
            detach(slot);
            settle(slot, MessageEvent.ACK);
            counters.onAck();
        }
        return answer;
    }

    /**
     * The delivery failed; the message is delivered again after a delay.
     *
     * @param delayMs 0 for at once, at most 24 h; {@link #CONFIGURED_DELAY} for what the configuration says
     */
    public DeliveryAnswer nack(QueueMember member, long offset, int attempt, long delayMs, long now) {
        DeliveryAnswer answer = held.checkInFlight(member, offset, attempt);
        if (answer == DeliveryAnswer.ACCEPTED) {
            fail(state.slotAt(offset), FailureReason.NACKED, delayMs, now);
        }
        return answer;
    }

    /** The message can never be done: it is given up at once. */
    public DeliveryAnswer reject(QueueMember member, long offset, int attempt, long now) {
        DeliveryAnswer answer = held.checkInFlight(member, offset, attempt);
        if (answer == DeliveryAnswer.ACCEPTED) {
            fail(state.slotAt(offset), FailureReason.REJECTED, 0, now);
        }
        return answer;
    }

    /** The holder needs more time: its ack timeout ends so many milliseconds from now, 1 ms to 24 h. */
    public DeliveryAnswer extend(QueueMember member, long offset, int attempt, long moreMs, long now) {
        DeliveryAnswer answer = held.checkInFlight(member, offset, attempt);
        if (answer == DeliveryAnswer.ACCEPTED) {
            int slot = state.slotAt(offset);
            slots.on(slot, MessageEvent.EXTEND);
            slots.deadlines.set(slot, now + Math.max(1, Math.min(moreMs, QueueConfig.MAX_MS)));
        }
        return answer;
    }

    /** What a member that left holds goes back at once, in order of its deliveries. Each counts as a failed delivery. */
    void memberGone(QueueMember member, long now) {
        for (int slot = held.first(member); slot != Slots.NONE; slot = held.first(member)) {
            fail(slot, FailureReason.MEMBER_GONE, 0, now);
        }
    }

    /** Lets time pass: ends ack timeouts and delays, expires messages. */
    public void advance(long now) {
        while (slots.deadlines.earliest() <= now) {
            int slot = slots.deadlines.first();
            if (slots.state(slot) == MessageState.IN_FLIGHT) {
                counters.onTimeout();
                fail(slot, FailureReason.ACK_TIMEOUT, CONFIGURED_DELAY, now);
            } else if (slots.state(slot) == MessageState.UNSEEN) {
                slots.deadlines.remove(slot);
            } else if (slots.expiresAt[slot] <= now) {
                expire(slot);
            } else {
                slots.on(slot, MessageEvent.DUE);
                makeReady(slot, true);
            }
        }
    }

    /** When {@link #advance} has something to do next; {@link #NEVER} if nothing waits for time to pass. */
    public long nextDeadline() {
        return slots.deadlines.earliest();
    }

    /** Whether messages are on their way to the dead-letter topic. */
    public boolean isGivingUp() {
        return state.givenUp != Slots.NONE;
    }

    /**
     * The message that is to be copied to the dead-letter topic now; each is returned once, and none while another is
     * under way or its intent is not in the journal yet.
     */
    public @Nullable DeadLetterIntent pollDeadLetter() {
        return givenUp.poll();
    }

    /** The copy of the message that {@link #pollDeadLetter} returned last is stored. */
    public void deadLetterStored() {
        givenUp.stored();
        counters.onDeadLetter();
    }

    /** The message that {@link #pollDeadLetter} returned last is not copied: there is no dead-letter topic any more. */
    public void deadLetterDiscarded() {
        givenUp.stored();
        counters.onDiscard();
    }

    /** Whether the copy is stored is not known, or it is not: {@link #pollDeadLetter} returns the same intent again. */
    public void deadLetterFailed() {
        givenUp.failed();
    }

    PartitionState state() {
        return state;
    }

    private boolean hasRoomFor(long offset) {
        return offset < window.high() || window.isEmpty() || offset - window.low() < config.maxUnsettled();
    }

    private void removeUnseen(long offset) {
        int slot = state.slotAt(offset);
        if (slot == OffsetWindow.UNSEEN) {
            window.settle(offset);
        } else if (slot >= 0 && slots.state(slot) == MessageState.UNSEEN) {
            settle(slot, MessageEvent.REMOVE);
        }
    }

    private void fail(int slot, FailureReason reason, long delayMs, long now) {
        detach(slot);
        slots.reason[slot] = reason.number();
        if (isGivenUp(slot)) {
            giveUp(slot);
            return;
        }
        state.changes.failed(slots.offset[slot]);
        long delay = delayMs < 0 ? delays.afterMs(slots.attempts[slot]) : Math.min(delayMs, QueueConfig.MAX_MS);
        if (delay > 0) {
            waitUntil(slot, MessageEvent.RETRY, now + delay);
        } else {
            slots.on(slot, MessageEvent.RETURN);
            makeReady(slot, true);
        }
    }

    private boolean isGivenUp(int slot) {
        return slots.reason[slot] == FailureReason.REJECTED.number() || config.isExhausted(slots.attempts[slot]);
    }

    /** The message is in no list. */
    private void giveUp(int slot) {
        if (hasDeadLetterTopic) {
            givenUp.add(slot);
        } else {
            settle(slot, MessageEvent.DISCARD);
            counters.onDiscard();
        }
    }

    private void expire(int slot) {
        counters.onExpiry();
        detach(slot);
        if (config.deadLetterExpired()) {
            slots.reason[slot] = FailureReason.EXPIRED.number();
            giveUp(slot);
        } else {
            settle(slot, MessageEvent.EXPIRE);
        }
    }

    /** The message is in no list. */
    private void settle(int slot, MessageEvent event) {
        state.changes.settled(slots.offset[slot]);
        state.settle(slot, event);
    }

    private void waitUntil(int slot, MessageEvent event, long dueMs) {
        slots.on(slot, event);
        slots.deadlines.set(slot, Math.min(dueMs, slots.expiresAt[slot]));
    }

    private void makeReady(int slot, boolean wasPutOff) {
        slots.deadlines.set(slot, slots.expiresAt[slot]);
        if (wasPutOff) {
            ready.addDue(slot);
        } else {
            ready.addFresh(slot);
        }
    }

    /** Takes a slot out of the list that its state has it in. */
    private void detach(int slot) {
        switch (slots.state(slot)) {
            case READY -> ready.remove(slot);
            case IN_FLIGHT -> held.remove(slot);
            default -> {}
        }
    }
}
