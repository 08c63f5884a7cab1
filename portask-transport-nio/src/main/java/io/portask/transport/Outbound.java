package io.portask.transport;

import io.portask.io.ByteSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import org.jspecify.annotations.Nullable;

/** The sending side of one connection: a queue while there is something in it, and the watermarks. On the loop's thread. */
final class Outbound {
    /** What one connection may send before the others get their turn. */
    private static final long BURST_BYTES = 4 << 20;

    private final EventLoop loop;
    private @Nullable OutboundQueue queue;
    private long bytesOut;
    private boolean congested;
    private boolean blocked;

    Outbound(EventLoop loop) {
        this.loop = loop;
    }

    void add(ByteBuffer bytes) {
        queue().add(bytes);
        noteCongestion();
    }

    /** Takes the source over, also when this throws. */
    void add(ByteSource source) throws IOException {
        queue().add(source);
        noteCongestion();
    }

    /** Sends what the channel takes, one burst at most. */
    long flush(GatheringByteChannel channel) throws IOException {
        if (queue == null) {
            return 0;
        }
        long count = queue.writeTo(channel, BURST_BYTES);
        bytesOut += count;
        loop.countOut(count);
        blocked = queue.blocked();
        if (queue.isEmpty()) {
            release();
        }
        return count;
    }

    /** Whether the queue has just fallen to the low watermark after it had passed the high one. Says so once. */
    boolean relieved() {
        boolean relieved = congested && queuedBytes() <= config().lowWatermark();
        congested &= !relieved;
        return relieved;
    }

    void release() {
        blocked = false;
        if (queue != null) {
            loop.giveBack(queue);
            queue = null;
        }
    }

    boolean isEmpty() {
        return queue == null;
    }

    /** Whether the socket takes no more for now. */
    boolean blocked() {
        return blocked;
    }

    /** Whether the high watermark was passed and the low one not yet reached. */
    boolean congested() {
        return congested;
    }

    boolean overflown() {
        return queuedBytes() > config().maxOutboundBytes();
    }

    long queuedBytes() {
        return queue == null ? 0 : queue.queuedBytes();
    }

    long bytesOut() {
        return bytesOut;
    }

    private OutboundQueue queue() {
        if (queue == null) {
            queue = loop.borrowQueue();
        }
        return queue;
    }

    private void noteCongestion() {
        congested |= queuedBytes() > config().highWatermark();
    }

    private ConnectionConfig config() {
        return loop.context().connection();
    }
}
