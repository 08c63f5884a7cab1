package io.portask.client;

import io.portask.protocol.BatchesPayload;
import java.nio.ByteBuffer;

/** Where a subscription's deliveries go. On the loop's thread. */
interface DeliveryTarget extends PushTarget {
    /** @param batches what remains of the frame; valid during the call only */
    void onDeliver(BatchesPayload offsets, ByteBuffer batches);
}
