package io.portask.record;

/**
 * What happened to a published message.
 *
 * @param durability the level that was reached, at least the one that was asked for
 * @param duplicate whether this was a retry of a message that was stored before; the id is then the first one's
 */
public record PublishResult(MessageId id, Durability durability, boolean duplicate) {
    public long offset() {
        return id.offset();
    }
}
