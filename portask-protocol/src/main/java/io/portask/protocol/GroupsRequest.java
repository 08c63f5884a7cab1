package io.portask.protocol;

import io.portask.consumer.OffsetReset;
import io.portask.record.TopicPartition;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The payload that lists, describes, deletes or resets groups.
 *
 * <pre>
 *   u8 operation, string group (empty for list),
 *   reset only: u8 dry run, u8 start kind, i64 start value, i64 shift, u32 count, count x (string topic, i32 partition)
 * </pre>
 *
 * @param reset null where the operation takes none
 */
public record GroupsRequest(
        Operation operation, String group, @Nullable OffsetReset reset) {
    /** The numbers are those of the wire. */
    public enum Operation {
        LIST(0),
        DESCRIBE(1),
        DELETE(2),
        RESET(3);

        private final byte code;

        Operation(int code) {
            this.code = (byte) code;
        }

        public byte code() {
            return code;
        }
    }

    public static GroupsRequest list() {
        return new GroupsRequest(Operation.LIST, "", null);
    }

    public static GroupsRequest describe(String group) {
        return new GroupsRequest(Operation.DESCRIBE, group, null);
    }

    public static GroupsRequest delete(String group) {
        return new GroupsRequest(Operation.DELETE, group, null);
    }

    public static GroupsRequest reset(String group, OffsetReset reset) {
        return new GroupsRequest(Operation.RESET, group, reset);
    }

    public void encode(PayloadWriter out) {
        out.u8(operation.code()).string(group);
        if (reset != null) {
            out.u8(reset.dryRun() ? 1 : 0);
            PayloadFields.writeStart(out, reset.to());
            out.i64(reset.shift());
            PayloadFields.writePartitions(
                    out, reset.partitions().stream().sorted().toList());
        }
    }

    public static GroupsRequest decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Groups", payload);
        Operation operation = readOperation(in);
        String group = in.string("group", PayloadFields.MAX_CONSUMER_BYTES);
        if (group.isEmpty() != (operation == Operation.LIST)) {
            throw in.invalid("group", group.isEmpty() ? "is empty" : "must be empty for a list");
        }
        OffsetReset reset = operation == Operation.RESET ? readReset(in) : null;
        in.end();
        return new GroupsRequest(operation, group, reset);
    }

    private static OffsetReset readReset(PayloadReader in) {
        boolean dryRun = in.bool("dry run");
        var to = PayloadFields.readStart(in);
        long shift = in.i64("shift");
        List<TopicPartition> partitions = PayloadFields.readPartitions(in, "partitions");
        return new OffsetReset(new HashSet<>(partitions), to, shift, dryRun);
    }

    private static Operation readOperation(PayloadReader in) {
        int code = in.u8("operation");
        for (Operation operation : Operation.values()) {
            if (operation.code == code) {
                return operation;
            }
        }
        throw in.invalid("operation", "is " + code + "; allowed are 0 to 3");
    }
}
