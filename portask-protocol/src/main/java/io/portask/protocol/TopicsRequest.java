package io.portask.protocol;

import io.portask.store.TopicConfig;
import java.nio.ByteBuffer;

/**
 * The payload that lists, describes, creates, configures or deletes topics.
 *
 * <pre>
 *   u8 operation, string name (empty for list), i32 partitions (create: 0 for the broker's default; else 0),
 *   create and configure only: i64 retention ms, i64 retention bytes, i64 tombstone retention ms, u8 compacted
 * </pre>
 *
 * @param config the default where the operation takes none
 */
public record TopicsRequest(Operation operation, String name, int partitions, TopicConfig config) {
    /** The numbers are those of the wire. */
    public enum Operation {
        LIST(0),
        DESCRIBE(1),
        CREATE(2),
        DELETE(3),
        /** Describe, after creating it where it is missing and the broker creates topics by itself. */
        ENSURE(4),
        /** Replace what the topic keeps. */
        CONFIGURE(5);

        private final byte code;

        Operation(int code) {
            this.code = (byte) code;
        }

        public byte code() {
            return code;
        }

        private boolean takesConfig() {
            return this == CREATE || this == CONFIGURE;
        }
    }

    private TopicsRequest(Operation operation, String name) {
        this(operation, name, 0, TopicConfig.DEFAULT);
    }

    public static TopicsRequest list() {
        return new TopicsRequest(Operation.LIST, "");
    }

    public static TopicsRequest describe(String name) {
        return new TopicsRequest(Operation.DESCRIBE, name);
    }

    /** @param partitions 0 for the broker's default */
    public static TopicsRequest create(String name, int partitions, TopicConfig config) {
        return new TopicsRequest(Operation.CREATE, name, partitions, config);
    }

    public static TopicsRequest configure(String name, TopicConfig config) {
        return new TopicsRequest(Operation.CONFIGURE, name, 0, config);
    }

    public static TopicsRequest delete(String name) {
        return new TopicsRequest(Operation.DELETE, name);
    }

    public static TopicsRequest ensure(String name) {
        return new TopicsRequest(Operation.ENSURE, name);
    }

    public void encode(PayloadWriter out) {
        out.u8(operation.code()).string(name).i32(partitions);
        if (operation.takesConfig()) {
            PayloadFields.writeConfig(out, config);
        }
    }

    public static TopicsRequest decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Topics", payload);
        Operation operation = readOperation(in);
        String name = PayloadFields.readTopicOrEmpty(in, "name");
        int partitions = in.nonNegative32("partitions");
        TopicConfig config = operation.takesConfig() ? PayloadFields.readConfig(in) : TopicConfig.DEFAULT;
        in.end();
        if (name.isEmpty() != (operation == Operation.LIST)) {
            throw in.invalid("name", name.isEmpty() ? "is empty" : "must be empty for a list");
        }
        if (partitions != 0 && operation != Operation.CREATE) {
            throw in.invalid("partitions", "is " + partitions + "; only create takes a number");
        }
        return new TopicsRequest(operation, name, partitions, config);
    }

    private static Operation readOperation(PayloadReader in) {
        int code = in.u8("operation");
        return switch (code) {
            case 0 -> Operation.LIST;
            case 1 -> Operation.DESCRIBE;
            case 2 -> Operation.CREATE;
            case 3 -> Operation.DELETE;
            case 4 -> Operation.ENSURE;
            case 5 -> Operation.CONFIGURE;
            default -> throw in.invalid("operation", "is " + code + "; allowed are 0 to 5");
        };
    }
}
