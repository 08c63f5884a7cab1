package io.portask.protocol;

import io.portask.error.PortaskException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A sink that copies what it gets. */
final class CollectedFrames implements FrameSink {
    record Frame(FrameType type, int flags, int correlationId, ByteBuffer payload) {}

    record BadFrame(int flags, int correlationId, PortaskException error) {}

    final List<Frame> frames = new ArrayList<>();
    final List<BadFrame> badFrames = new ArrayList<>();
    int stopAfter = Integer.MAX_VALUE;

    @Override
    public void onFrame(FrameType type, int flags, int correlationId, ByteBuffer payload) {
        frames.add(new Frame(type, flags, correlationId, copy(payload)));
    }

    @Override
    public void onBadFrame(int flags, int correlationId, PortaskException error) {
        badFrames.add(new BadFrame(flags, correlationId, error));
    }

    @Override
    public boolean wantsMore() {
        return frames.size() < stopAfter;
    }

    static ByteBuffer copy(ByteBuffer bytes) {
        return ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip();
    }
}
