package io.portask.store.redis;

/** The keys of one partition; they share a hash tag, and so a slot of a cluster. */
final class PartitionKeys {
    private final String name;

    /** A stream: an entry for each batch, its id the offset after it. */
    private final byte[] log;

    /** A hash: start, end and sizes. */
    private final byte[] meta;

    /** A hash: producer to its epoch and last batches. */
    private final byte[] producers;

    /** A sorted set: producers by how long they have been silent. */
    private final byte[] silence;

    /** A sorted set: the offsets of deleted messages. */
    private final byte[] deleted;

    /** A stream: the entries that compaction made, and those that it has still to make anew. */
    private final byte[] compacted;

    /** Where an append puts what must not be met for a moment; never there between two steps. */
    private final byte[] held;

    /** The channel on which a shard of a cluster tells of new ends. */
    private final byte[] ends;

    PartitionKeys(String name, String beginning) {
        this.name = name;
        log = Keys.bytes(beginning + "log");
        meta = Keys.bytes(beginning + "meta");
        producers = Keys.bytes(beginning + "producers");
        silence = Keys.bytes(beginning + "silence");
        deleted = Keys.bytes(beginning + "deleted");
        compacted = Keys.bytes(beginning + "compacted");
        held = Keys.bytes(beginning + "held");
        ends = Keys.bytes(beginning + "ends");
    }

    /** {@code topic:partition}. */
    String name() {
        return name;
    }

    byte[] log() {
        return log;
    }

    byte[] meta() {
        return meta;
    }

    byte[] deleted() {
        return deleted;
    }

    byte[] ends() {
        return ends;
    }

    byte[][] all() {
        return new byte[][] {log, meta, producers, silence, deleted, compacted};
    }

    byte[][] forAppending() {
        return new byte[][] {log, meta, producers, silence, held};
    }

    byte[][] forReading() {
        return new byte[][] {log, meta, deleted, compacted};
    }

    byte[][] forSearching() {
        return new byte[][] {log, meta, compacted};
    }

    byte[][] forDeleting() {
        return new byte[][] {meta, deleted};
    }
}
