package io.portask.queue;

import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a message stands with one queue group. The table in this class is the only one; {@code docs/GROUPS.md} shows it
 * and a test holds the two together.
 */
public enum MessageState {
    /** Not yet met by the reader of the partition, since the last restart. */
    UNSEEN(0),
    /** To be handed to the next member that asks. */
    READY(1),
    /** Delayed, or put off after a failed delivery. */
    WAITING(2),
    /** Delivered to a member that neither acknowledged nor failed yet. */
    IN_FLIGHT(3),
    /** Given up; its copy is on its way to the dead-letter topic. */
    DEAD_LETTERING(4),
    /** Done with, for whatever reason; never delivered again. */
    SETTLED(5);

    private static final MessageState[] BY_CODE = values();
    private static final Map<MessageState, Map<MessageEvent, MessageState>> TRANSITIONS =
            new EnumMap<>(MessageState.class);

    private final byte code;

    static {
        UNSEEN.goes(MessageEvent.OFFER, READY)
                .goes(MessageEvent.DELAY, WAITING)
                .goes(MessageEvent.GIVE_UP, DEAD_LETTERING)
                .goes(MessageEvent.DISCARD, SETTLED)
                .goes(MessageEvent.EXPIRE, SETTLED)
                .goes(MessageEvent.REMOVE, SETTLED);
        READY.goes(MessageEvent.TAKE, IN_FLIGHT)
                .goes(MessageEvent.ACK, SETTLED)
                .goes(MessageEvent.GIVE_UP, DEAD_LETTERING)
                .goes(MessageEvent.EXPIRE, SETTLED)
                .goes(MessageEvent.REMOVE, SETTLED);
        WAITING.goes(MessageEvent.DUE, READY)
                .goes(MessageEvent.ACK, SETTLED)
                .goes(MessageEvent.GIVE_UP, DEAD_LETTERING)
                .goes(MessageEvent.EXPIRE, SETTLED)
                .goes(MessageEvent.REMOVE, SETTLED);
        IN_FLIGHT
                .goes(MessageEvent.EXTEND, IN_FLIGHT)
                .goes(MessageEvent.ACK, SETTLED)
                .goes(MessageEvent.RETRY, WAITING)
                .goes(MessageEvent.RETURN, READY)
                .goes(MessageEvent.GIVE_UP, DEAD_LETTERING)
                .goes(MessageEvent.DISCARD, SETTLED)
                .goes(MessageEvent.REMOVE, SETTLED);
        DEAD_LETTERING.goes(MessageEvent.BURY, SETTLED);
    }

    MessageState(int code) {
        this.code = (byte) code;
    }

    /** Its place in memory; never stored. */
    byte code() {
        return code;
    }

    private MessageState goes(MessageEvent event, MessageState target) {
        TRANSITIONS
                .computeIfAbsent(this, from -> new EnumMap<>(MessageEvent.class))
                .put(event, target);
        return this;
    }

    /** Where an event leads from here; null where it cannot happen. */
    public @Nullable MessageState target(MessageEvent event) {
        Map<MessageEvent, MessageState> targets = TRANSITIONS.get(this);
        return targets == null ? null : targets.get(event);
    }

    /** @throws IllegalStateException for an event that cannot happen here */
    MessageState on(MessageEvent event) {
        MessageState target = target(event);
        if (target == null) {
            throw new IllegalStateException("A message that is " + this + " cannot " + event);
        }
        return target;
    }

    static MessageState of(byte code) {
        return BY_CODE[code];
    }
}
