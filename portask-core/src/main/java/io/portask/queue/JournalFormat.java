package io.portask.queue;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;

/**
 * The records of a queue journal. The key is {@code group/topic/partition} in UTF-8. A record without a value says that
 * the group is no more. Else the value is a version and entries up to its end:
 *
 * <pre>
 *  0  u8     version, 1
 *  1  entries, each a u8 kind and:
 *     1 SETTLED   varint low: every offset below is settled
 *                 varint number of ranges, then for each, ascending
 *                    varint gap, 1 or more: how far it begins after low, or after the end of the range before
 *                    varint length, 1 or more
 *     2 FAILED    varint number of messages, 1 or more, then for each, ascending
 *                    varint gap: the first one's offset; then how far after the one before, 1 or more
 *                    varint deliveries that failed
 *                    varint time in ms before which it is not delivered again, 0 for at once
 *                    u8     why the last one failed: the number of a FailureReason
 *     3 INTENT    varint offset, varint deliveries that failed, u8 reason
 *                 varint sequence of its copy in the dead-letter topic
 *     4 SNAPSHOT  i64    producer id of the copies, 0 or more
 *                 varint sequence of the next intent
 * </pre>
 *
 * A varint has seven bits a byte, the lowest first, the top bit set on all but the last; at most 63 bits, never longer than
 * needed. A SNAPSHOT is the first entry of its value; the ones behind it are all there is to know. Entries are absolute: reading a
 * record twice in a row changes nothing.
 */
final class JournalFormat {
    static final byte VERSION = 1;
    static final byte SETTLED = 1;
    static final byte FAILED = 2;
    static final byte INTENT = 3;
    static final byte SNAPSHOT = 4;

    static final int MIN_RANGE_SIZE = 2;
    static final int MIN_FAILED_SIZE = 4;

    static final int VARINT_BITS = 0x7F;
    static final int VARINT_CONTINUED = 0x80;

    private JournalFormat() {}

    static PortaskException corrupt(String what) {
        return new PortaskException(ErrorCode.CORRUPT_STORE, "A record of a queue journal is damaged: " + what);
    }
}
