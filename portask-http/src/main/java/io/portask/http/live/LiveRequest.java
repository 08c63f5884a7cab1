package io.portask.http.live;

import io.portask.consumer.GroupOptions;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.json.JsonInput;
import io.portask.http.json.PublishFields;
import io.portask.http.json.PublishRequest;
import io.portask.record.MessageId;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One message of a client: its fields in whatever order they come, each checked, and those that its type does not know refused. */
final class LiveRequest implements JsonInput.FieldReader {
    private static final Logger LOG = LoggerFactory.getLogger(LiveRequest.class);

    /** More credit than this is as much as anybody can want. */
    static final long MAX_CREDIT = 1L << 40;

    private static final int MAX_REQUEST_ID_BYTES = 256;
    private static final Map<String, Set<String>> FIELDS = Map.of(
            "subscribe", Set.of("topic", "partition", "from", "group", "credit"),
            "unsubscribe", Set.of("subscription"),
            "credit", Set.of("subscription", "credit"),
            "ack", Set.of("group", "id", "subscription", "generation"),
            "join", Set.of("group", "topics", "instanceId", "sessionTimeoutMs", "assignor", "from", "credit"),
            "release", Set.of("subscription", "partitions"),
            "leave", Set.of("subscription"),
            "ping", Set.of(),
            "publish",
                    Set.of(
                            "topic",
                            "partition",
                            "key",
                            "keyBase64",
                            "value",
                            "text",
                            "valueBase64",
                            "headers",
                            "timestamp",
                            "ack",
                            "messages"));

    private final PublishFields publish = new PublishFields();
    private final MemberFields membership = new MemberFields();
    private final List<String> names = new ArrayList<>();
    private @Nullable String type;
    private byte @Nullable [] requestId;
    private @Nullable String group;
    private @Nullable StartPosition from;
    private @Nullable MessageId id;
    private int subscription;
    private long credit = MAX_CREDIT;

    @Override
    public boolean read(JsonInput in, String name) {
        switch (name) {
            case "type" -> type = in.string();
            case "requestId" -> requestId = requestId(in);
            case "group" -> group = in.string();
            case "from" -> from = from(in);
            case "id" -> id = MessageId.parse(in.string());
            case "subscription" -> subscription = (int) in.integer(1, Integer.MAX_VALUE);
            case "credit" -> credit = in.integer(0, MAX_CREDIT);
            default -> {
                if (!membership.read(in, name) && !publish.read(in, name)) {
                    return false;
                }
            }
        }
        if (!name.equals("type") && !name.equals("requestId")) {
            names.add(name);
        }
        return true;
    }

    private static byte[] requestId(JsonInput in) {
        if (!in.isString()) {
            in.integer(Long.MIN_VALUE, Long.MAX_VALUE);
        }
        byte[] json = in.json();
        if (json.length > MAX_REQUEST_ID_BYTES) {
            throw in.refused("has at most " + MAX_REQUEST_ID_BYTES + " bytes");
        }
        return json;
    }

    /** Looks for the id in a message that could not be read: null where there is none, or none that can be told. */
    static byte @Nullable [] findRequestId(byte[] json, int from, int to) {
        AtomicReference<byte @Nullable []> found = new AtomicReference<>();
        try {
            JsonInput.readObject(json, from, to, (in, name) -> {
                if (name.equals("requestId")) {
                    found.set(requestId(in));
                } else {
                    in.json();
                }
                return true;
            });
        } catch (PortaskException e) {
            LOG.debug("A message cannot be read beyond its defect: {}", e.getMessage());
        }
        return found.get();
    }

    private static StartPosition from(JsonInput in) {
        if (!in.isString()) {
            return StartPosition.offset(in.integer(0, Long.MAX_VALUE));
        }
        try {
            StartPosition named = StartPosition.parse(in.string());
            if (named.kind() != StartPosition.Kind.OFFSET) {
                return named;
            }
        } catch (PortaskException e) {
            throw notAPosition(in);
        }
        throw notAPosition(in);
    }

    private static PortaskException notAPosition(JsonInput in) {
        return in.refused("must be earliest, latest, committed, an offset, or a time with zone such as"
                + " 2026-11-24T08:00:00Z");
    }

    /** @throws PortaskException INVALID_REQUEST for a type that nobody knows, or a field that it has not */
    String checkedType() {
        String known = type;
        Set<String> allowed = known == null ? null : FIELDS.get(known);
        if (known == null || allowed == null) {
            throw invalid("Field /type must be one of ack, credit, join, leave, ping, publish, release, subscribe,"
                    + " unsubscribe");
        }
        for (String name : names) {
            if (!allowed.contains(name)) {
                throw invalid("Field /" + name + " has no meaning with type " + known);
            }
        }
        return known;
    }

    /** As it was sent, to be sent back; null without one. */
    byte @Nullable [] requestId() {
        return requestId;
    }

    PublishRequest toPublish() {
        return publish.toRequest();
    }

    String topic() {
        return publish.topic();
    }

    /** {@link io.portask.record.Message#ANY_PARTITION} for all. */
    int partition() {
        return publish.partition();
    }

    @Nullable
    String group() {
        return group;
    }

    String requiredGroup() {
        String known = group;
        if (known == null) {
            throw missing("group");
        }
        return known;
    }

    /** Where the group committed, or else the oldest message, unless it is said. */
    StartPosition from() {
        StartPosition known = from;
        if (known != null) {
            return known;
        }
        return group == null ? StartPosition.earliest() : StartPosition.committed();
    }

    GroupOptions groupOptions() {
        return membership.options(requiredGroup(), from);
    }

    /** Whether an ack is one of a member: it names a subscription, and not a group. */
    boolean isOfMember() {
        if (subscription != 0 && group != null) {
            throw invalid("An ack has a subscription, if it is one of a member, or else a group");
        }
        return subscription != 0;
    }

    long requiredGeneration() {
        if (membership.generation() < 0) {
            throw missing("generation");
        }
        return membership.generation();
    }

    List<TopicPartition> requiredPartitions() {
        if (membership.partitions().isEmpty()) {
            throw missing("partitions");
        }
        return membership.partitions();
    }

    MessageId id() {
        MessageId known = id;
        if (known == null) {
            throw missing("id");
        }
        return known;
    }

    int subscription() {
        if (subscription == 0) {
            throw missing("subscription");
        }
        return subscription;
    }

    /** {@link #MAX_CREDIT} unless it is said. */
    long credit() {
        return credit;
    }

    long requiredCredit() {
        if (!names.contains("credit")) {
            throw missing("credit");
        }
        return credit;
    }

    private static PortaskException missing(String name) {
        return invalid("Field /" + name + " is missing");
    }

    private static PortaskException invalid(String text) {
        return new PortaskException(ErrorCode.INVALID_REQUEST, text);
    }
}
