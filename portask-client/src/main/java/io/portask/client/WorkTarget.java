package io.portask.client;

import io.portask.consumer.Delivery;
import java.util.List;

/** Where the messages for a worker of a work queue go. On the loop's thread. */
interface WorkTarget extends PushTarget {
    void onDeliveries(List<Delivery> deliveries);
}
