package io.portask.http.wire;

import com.sun.net.httpserver.Headers;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Heads that connections of one thread have sent lately. Clients repeat theirs byte by byte, and a head that is known need not be
 * read again. Those that may prove who calls are not kept. Bounded; one thread.
 */
final class KnownHeads {
    private static final int SLOTS = 64;
    private static final int MAX_BYTES = 1024;

    private static final class Known {
        private final byte[] bytes;
        private final DecoderLimits limits;
        private final RequestHead head;

        Known(byte[] bytes, DecoderLimits limits, RequestHead head) {
            this.bytes = bytes;
            this.limits = limits;
            this.head = head;
        }
    }

    private static final ThreadLocal<KnownHeads> OF_THREAD = ThreadLocal.withInitial(KnownHeads::new);

    private final @Nullable Known[] slots = new @Nullable Known[SLOTS];

    static KnownHeads ofThread() {
        return OF_THREAD.get();
    }

    /** The head that these bytes are, if it was read under the same limits. */
    @Nullable
    RequestHead find(byte[] section, int length, DecoderLimits limits) {
        Known known = slots[slot(section, length)];
        return known != null
                        && known.limits.equals(limits)
                        && Arrays.equals(known.bytes, 0, known.bytes.length, section, 0, length)
                ? known.head
                : null;
    }

    void add(byte[] section, int length, DecoderLimits limits, RequestHead head) {
        if (length <= MAX_BYTES && !mayHoldSecret(head.headers())) {
            slots[slot(section, length)] = new Known(Arrays.copyOf(section, length), limits, head);
        }
    }

    private static boolean mayHoldSecret(Headers fields) {
        return fields.containsKey("Authorization")
                || fields.containsKey("Cookie")
                || fields.containsKey("Sec-WebSocket-Protocol");
    }

    /** By the length and some bytes: the target's are near the start, and a body's length is often near the end. */
    private static int slot(byte[] section, int length) {
        int hash = length;
        for (int i = 0; i < length; i += 5) {
            hash = hash * 31 + section[i];
        }
        return (hash ^ hash >>> 16) & (SLOTS - 1);
    }
}
