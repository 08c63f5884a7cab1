package io.portask.protocol;

import java.nio.ByteBuffer;

/**
 * The payload that lists, describes, creates or deletes topics.
 *
 * <pre>
 *   u8 operation, string name (empty for list), i32 partitions (create: 0 for the broker's default; else 0)
 * </pre>
 */
public record TopicsRequest(Operation operation, String name, int partitions) {
    /** The numbers are those of the wire. */
    public enum Operation {
        LIST(0),
        DESCRIBE(1),
        CREATE(2),
        DELETE(3),
        /** Describe, after creating it where it is missing and the broker creates topics by itself. */
        ENSURE(4);

        private final byte code;

        Operation(int code) {
            this.code = (byte) code;
        }

        public byte code() {
            return code;
        }
    }

    public static TopicsRequest list() {
        return new TopicsRequest(Operation.LIST, "", 0);
    }

    public static TopicsRequest describe(String name) {
        return new TopicsRequest(Operation.DESCRIBE, name, 0);
    }

    /** @param partitions 0 for the broker's default */
    public static TopicsRequest create(String name, int partitions) {
        return new TopicsRequest(Operation.CREATE, name, partitions);
    }

    public static TopicsRequest delete(String name) {
        return new TopicsRequest(Operation.DELETE, name, 0);
    }

    public static TopicsRequest ensure(String name) {
        return new TopicsRequest(Operation.ENSURE, name, 0);
    }

    public void encode(PayloadWriter out) {
        out.u8(operation.code()).string(name).i32(partitions);
    }

    public static TopicsRequest decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Topics", payload);
        Operation operation = readOperation(in);
        String name = PayloadFields.readTopicOrEmpty(in, "name");
        int partitions = in.nonNegative32("partitions");
        in.end();
        if (name.isEmpty() != (operation == Operation.LIST)) {
            throw in.invalid("name", name.isEmpty() ? "is empty" : "must be empty for a list");
        }
        if (partitions != 0 && operation != Operation.CREATE) {
            throw in.invalid("partitions", "is " + partitions + "; only create takes a number");
        }
        return new TopicsRequest(operation, name, partitions);
    }

    private static Operation readOperation(PayloadReader in) {
        int code = in.u8("operation");
        return switch (code) {
            case 0 -> Operation.LIST;
            case 1 -> Operation.DESCRIBE;
            case 2 -> Operation.CREATE;
            case 3 -> Operation.DELETE;
            case 4 -> Operation.ENSURE;
            default -> throw in.invalid("operation", "is " + code + "; allowed are 0 to 4");
        };
    }
}
