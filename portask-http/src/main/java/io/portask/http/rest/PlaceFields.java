package io.portask.http.rest;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.json.JsonInput;
import io.portask.record.StartPosition;
import io.portask.record.TopicNames;
import io.portask.record.TopicPartition;
import org.jspecify.annotations.Nullable;

/** A topic and perhaps a partition of it, as many requests name them. Some have fields of their own beside these. */
class PlaceFields implements JsonInput.FieldReader {
    private @Nullable String topic;
    private @Nullable Integer partition;

    @Override
    public boolean read(JsonInput in, String name) {
        switch (name) {
            case "topic" -> topic = TopicNames.check(in.string());
            case "partition" -> partition = (int) in.integer(0, Integer.MAX_VALUE);
            default -> {
                return readMore(in, name);
            }
        }
        return true;
    }

    /** Reads the fields beside the place. */
    boolean readMore(JsonInput in, String name) {
        return false;
    }

    /** @throws PortaskException {@link ErrorCode#INVALID_REQUEST} without one */
    final String topic() {
        return required("topic", topic);
    }

    final @Nullable Integer partition() {
        return partition;
    }

    /** @throws PortaskException {@link ErrorCode#INVALID_REQUEST} unless both were named */
    final TopicPartition place() {
        return new TopicPartition(topic(), required("partition", partition));
    }

    final boolean hasPlace() {
        return topic != null && partition != null;
    }

    static <T> T required(String field, @Nullable T value) {
        if (value == null) {
            throw new PortaskException(ErrorCode.INVALID_REQUEST, "Field /" + field + " is missing");
        }
        return value;
    }

    /** A position without a consumer, naming the field where it is none. */
    static StartPosition position(JsonInput in) {
        try {
            return Fetches.start(in.string());
        } catch (PortaskException e) {
            throw in.refused("is wrong: " + e.getMessage());
        }
    }

    /** A place with an offset; all three are needed. */
    static final class WithOffset extends PlaceFields {
        private @Nullable Long offset;

        @Override
        boolean readMore(JsonInput in, String name) {
            if (!name.equals("offset")) {
                return false;
            }
            offset = in.integer(0, Long.MAX_VALUE);
            return true;
        }

        boolean isComplete() {
            return hasPlace() && offset != null;
        }

        long offset() {
            return required("offset", offset);
        }
    }
}
