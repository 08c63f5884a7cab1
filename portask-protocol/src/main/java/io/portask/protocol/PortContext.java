package io.portask.protocol;

import io.portask.broker.Broker;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;

/** What all sessions of one {@link PortProtocol} share. */
record PortContext(Broker broker, PortConfig config, int maxFrameBytes, PortMeters meters, RequestRouter router) {
    /** What a Publish holds besides one batch, and encryption adds, at most. */
    private static final int FRAME_OVERHEAD = 64 << 10;

    private static final int MIN_FRAME_OVERHEAD = 4 << 10;

    static PortContext create(Broker broker, PortConfig config, PortMeters meters) {
        return new PortContext(broker, config, maxFrameBytes(broker, config), meters, new RequestRouter());
    }

    /** The largest payload of an answer, so that it is no larger than the limit when it is encrypted either. */
    int maxAnswerBytes() {
        return maxFrameBytes - FrameSealer.MAX_OVERHEAD;
    }

    private static int maxFrameBytes(Broker broker, PortConfig config) {
        int maxBatchBytes = broker.config().maxBatchBytes();
        int configured = config.maxFrameBytes();
        if (configured == 0) {
            return Math.max(PortConfig.MIN_FRAME_BYTES, maxBatchBytes + FRAME_OVERHEAD);
        }
        if (configured < maxBatchBytes + MIN_FRAME_OVERHEAD) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION,
                    "maxFrameBytes is " + configured + "; with maxBatchBytes " + maxBatchBytes + " it must be at least "
                            + (maxBatchBytes + MIN_FRAME_OVERHEAD));
        }
        return configured;
    }
}
