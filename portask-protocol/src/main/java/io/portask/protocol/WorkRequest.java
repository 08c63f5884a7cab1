package io.portask.protocol;

import io.portask.consumer.QueueOptions;
import io.portask.group.Subscription;
import io.portask.queue.QueueConfig;
import java.nio.ByteBuffer;

/**
 * The payload that becomes a worker of a work queue; its frame's correlation id names the worker on this connection.
 *
 * <pre>
 *   string group, u32 count, count x string topic or pattern, u8 start kind, i64 start value, u32 window,
 *   i64 ack timeout ms, i32 max deliveries, i64 retry delay ms, i64 max retry delay ms, u8 retry jitter percent,
 *   u32 max in flight, u32 max unsettled, nullable string dead-letter topic, u8 1 to dead-letter what expired
 * </pre>
 */
public record WorkRequest(QueueOptions options) {
    public void encode(PayloadWriter out) {
        PayloadFields.writeTopics(out.string(options.group()), options.topics());
        PayloadFields.writeStart(out, options.from());
        QueueConfig config = options.config();
        out.i32(options.window())
                .i64(config.ackTimeoutMs())
                .i32(config.maxDeliveries())
                .i64(config.retryDelayMs())
                .i64(config.maxRetryDelayMs())
                .u8(config.retryJitterPercent())
                .i32(config.maxInFlight())
                .i32(config.maxUnsettled())
                .nullableString(config.deadLetterTopic())
                .u8(config.deadLetterExpired() ? 1 : 0);
    }

    /** @throws io.portask.error.PortaskException INVALID_REQUEST, also for what a work queue does not take */
    public static WorkRequest decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Work", payload);
        String group = in.string("group", PayloadFields.MAX_CONSUMER_BYTES);
        Subscription topics = PayloadFields.readTopics(in);
        var from = PayloadFields.readStart(in);
        int window = in.nonNegative32("window");
        QueueConfig config = new QueueConfig(
                in.i64("ack timeout ms"),
                in.i32("max deliveries"),
                in.i64("retry delay ms"),
                in.i64("max retry delay ms"),
                in.u8("retry jitter percent"),
                in.nonNegative32("max in flight"),
                in.nonNegative32("max unsettled"),
                in.nullableString("dead-letter topic", PayloadFields.MAX_CONSUMER_BYTES),
                in.bool("dead-letter expired"));
        in.end();
        return new WorkRequest(new QueueOptions(group, topics, config, from, window));
    }
}
