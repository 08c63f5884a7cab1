package io.portask.client;

import io.portask.consumer.GroupOffset;
import io.portask.consumer.MemberEvents;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.protocol.AckRequest;
import io.portask.protocol.AssignmentPayload;
import io.portask.protocol.FrameType;
import io.portask.protocol.JoinRequest;
import io.portask.protocol.JoinResponse;
import io.portask.protocol.LeaveRequest;
import io.portask.protocol.MemberRequest;
import io.portask.protocol.PayloadWriter;
import io.portask.record.TopicPartition;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One membership in a group, on one connection: it ends with that. What the server tells goes to {@link MemberEvents}, the end too. Methods are for any
 * thread, unless they are an interface's; those are for the loop's.
 */
final class ClientMembership implements ConnectionListener, AssignmentTarget {
    private final ClientConductor conductor;
    private final ClientLoop loop;
    private final GroupConsumerConfig config;
    private final MemberEvents events;
    private final CompletableFuture<ClientMembership> joined = new CompletableFuture<>();
    private final CompletableFuture<@Nullable Void> left = new CompletableFuture<>();
    private volatile String memberId = "";

    private @Nullable ClientSession session;
    private @Nullable PortaskException over;
    private int id;
    private boolean asked;
    private boolean keepsPlace;

    ClientMembership(ClientConductor conductor, ClientLoop loop, GroupConsumerConfig config, MemberEvents events) {
        this.conductor = conductor;
        this.loop = loop;
        this.config = config;
        this.events = events;
    }

    /** Joins as soon as there is a connection; ends if there is none in time. */
    void begin(long delayMs) {
        loop.execute(() -> {
            if (delayMs == 0) {
                start();
            } else {
                loop.schedule(delayMs, this::start);
            }
        });
    }

    /** Completes when the group took the member; fails with the end of the membership where that comes first. */
    CompletableFuture<ClientMembership> joined() {
        return joined;
    }

    private void start() {
        if (over != null) {
            return;
        }
        conductor.addListener(this);
        int timeoutMs = conductor.requestTimeoutMs();
        loop.schedule(timeoutMs, () -> {
            if (!asked) {
                end(new PortaskException(ErrorCode.TIMEOUT, "No connection within " + timeoutMs + " ms"));
            }
        });
    }

    /** Nobody will begin: the client is closed. */
    void abandon() {
        joined.completeExceptionally(ClientConductor.closed());
        events.onFenced(ClientConductor.closed());
    }

    /** Empty before it joined. */
    String memberId() {
        return memberId;
    }

    boolean hasJoined() {
        return !memberId.isEmpty();
    }

    @Override
    public void onReady(ClientSession ready) {
        if (!asked && over == null) {
            asked = true;
            ready.send(new Join(ready));
        }
    }

    @Override
    public void onLost() {
        if (session != null) {
            end(new PortaskException(
                    ErrorCode.UNKNOWN_MEMBER,
                    "The connection to the server was lost, and with it the membership in group '" + config.group()
                            + "'"));
        }
    }

    @Override
    public void onClosed() {
        end(ClientConductor.closed());
    }

    private final class Join extends Request {
        private final ClientSession carrier;

        Join(ClientSession carrier) {
            this.carrier = carrier;
        }

        @Override
        FrameType type() {
            return FrameType.JOIN;
        }

        @Override
        void encode(PayloadWriter out) {
            new JoinRequest(
                            config.group(),
                            config.topics(),
                            config.instanceId(),
                            config.sessionTimeoutMs(),
                            config.assignor(),
                            config.from())
                    .encode(out);
        }

        /** Late, the server may still take the member, and give it partitions. */
        @Override
        boolean timeoutEndsConnection() {
            return true;
        }

        @Override
        void onResponse(ByteBuffer payload, boolean last) {
            JoinResponse answer = JoinResponse.decode(payload);
            id = correlationId();
            if (over != null) {
                carrier.send(leaving());
                return;
            }
            session = carrier;
            carrier.attach(id, ClientMembership.this);
            memberId = answer.memberId();
            joined.complete(ClientMembership.this);
        }

        @Override
        void onFailure(PortaskException failure, boolean retriable) {
            onEnded(failure, retriable);
        }
    }

    @Override
    public void onAssignment(AssignmentPayload assignment) {
        if (!assignment.assigned().isEmpty()) {
            events.onAssigned(assignment.assigned());
        }
        if (!assignment.revoked().isEmpty()) {
            events.onRevoked(Set.copyOf(assignment.revoked()));
        }
    }

    /** A server that closes is no reason not to join the next one. */
    @Override
    public void onEnded(PortaskException failure, boolean retriable) {
        end(
                failure.code() == ErrorCode.CLOSED
                        ? new PortaskException(ErrorCode.UNKNOWN_MEMBER, String.valueOf(failure.getMessage()), failure)
                        : failure);
    }

    private void end(PortaskException reason) {
        if (stop(reason)) {
            joined.completeExceptionally(reason);
            events.onFenced(reason);
        }
    }

    private boolean stop(PortaskException reason) {
        if (over != null) {
            return false;
        }
        over = reason;
        session = null;
        conductor.removeListener(this);
        return true;
    }

    /** Tells the server that the member lives, and what it gave up of what was revoked. */
    void beat(Collection<TopicPartition> released) {
        loop.execute(() -> {
            ClientSession current = session;
            if (current != null) {
                current.send(new Beat(current, List.copyOf(released)));
            }
        });
    }

    /** What a membership that is over asks for is refused; it is told of its end otherwise. */
    private final class Beat extends Request {
        private final ClientSession carrier;
        private final List<TopicPartition> released;

        Beat(ClientSession carrier, List<TopicPartition> released) {
            this.carrier = carrier;
            this.released = released;
        }

        @Override
        FrameType type() {
            return FrameType.MEMBER;
        }

        @Override
        void encode(PayloadWriter out) {
            new MemberRequest(id, released).encode(out);
        }

        /** Nobody gets the partitions before the server knows. */
        @Override
        boolean timeoutEndsConnection() {
            return !released.isEmpty();
        }

        @Override
        void onResponse(ByteBuffer payload, boolean last) {}

        @Override
        void onFailure(PortaskException failure, boolean retriable) {
            if (retriable && !released.isEmpty() && carrier == session) {
                carrier.send(new Beat(carrier, released));
            }
        }
    }

    CompletableFuture<@Nullable Void> commit(Collection<GroupOffset> offsets) {
        CompletableFuture<@Nullable Void> committed = new CompletableFuture<>();
        loop.execute(() -> {
            ClientSession current = session;
            if (current == null) {
                committed.completeExceptionally(over == null ? notYet() : over);
                return;
            }
            current.send(new Call<@Nullable Void>(
                    FrameType.ACK,
                    AckRequest.ofMember(config.group(), id, offsets)::encode,
                    payload -> null,
                    committed));
        });
        return committed;
    }

    private PortaskException notYet() {
        return new PortaskException(
                ErrorCode.UNKNOWN_MEMBER, "The membership in group '" + config.group() + "' has not begun yet");
    }

    /** @param keepsStaticPlace whether the place of a static member is kept until its session ends */
    void leave(boolean keepsStaticPlace) {
        loop.execute(() -> {
            ClientSession current = session;
            if (over == null) {
                keepsPlace = keepsStaticPlace;
            }
            stop(new PortaskException(ErrorCode.CLOSED, "The consumer is closed"));
            if (current == null) {
                left.complete(null);
                return;
            }
            current.detach(id);
            current.send(leaving());
        });
    }

    /** Completes after {@link #leave}, also where the server does not answer: it notices then by itself. */
    CompletableFuture<@Nullable Void> left() {
        return left;
    }

    private Call<@Nullable Void> leaving() {
        Call<@Nullable Void> call =
                new Call<@Nullable Void>(FrameType.LEAVE, new LeaveRequest(id, keepsPlace)::encode, payload -> null);
        var unused = call.answer().whenComplete((nothing, failure) -> left.complete(null));
        return call;
    }
}
