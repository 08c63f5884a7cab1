package io.portask.group;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The members of a group by their ids, and the ids of those that are gone, as many as there may be members, so that a request that
 * was long on its way does not bring one back.
 */
final class GroupMembers {
    private static final Comparator<Member> ORDER =
            Comparator.comparing(Member::orderingId).thenComparing(member -> member.id);

    private final GroupConfig config;
    private final Map<String, Member> byId = new LinkedHashMap<>();
    private final Map<String, Member> byInstance = new HashMap<>();
    private final Map<String, MemberEvent> departed = new LinkedHashMap<>();

    GroupMembers(GroupConfig config) {
        this.config = config;
    }

    /** Refuses a request to join that breaks a bound, or that is of a member that is gone. */
    void check(JoinRequest request) {
        checkId("member id", request.memberId());
        if (request.instanceId() != null) {
            checkId("instance id", request.instanceId());
        }
        if (request.sessionTimeoutMs() < 0) {
            throw invalid("A session timeout is at least 1 ms, or 0 for the group's");
        }
        int patterns = request.subscription().patterns().size();
        if (patterns > config.maxPatterns()) {
            throw invalid("A member subscribes to at most " + config.maxPatterns() + " names and patterns, this one to "
                    + patterns);
        }
        Member known = byId.get(request.memberId());
        if (known == null) {
            checkNotDeparted(request.memberId());
        } else if (!Objects.equals(known.instanceId, request.instanceId())) {
            throw invalid("Member '" + known.id + "' cannot change its instance id");
        }
    }

    private void checkId(String what, String id) {
        if (id.isEmpty() || id.length() > config.maxIdLength() || id.chars().anyMatch(Character::isISOControl)) {
            throw invalid("A " + what + " has 1 to " + config.maxIdLength() + " characters and no control characters");
        }
    }

    private static PortaskException invalid(String text) {
        return new PortaskException(ErrorCode.INVALID_REQUEST, text);
    }

    private void checkNotDeparted(String memberId) {
        MemberEvent cause = departed.get(memberId);
        if (cause != null) {
            throw gone(memberId, cause);
        }
    }

    private static PortaskException gone(String memberId, MemberEvent cause) {
        String text = "Member '" + memberId + "' is gone from the group: "
                + switch (cause) {
                    case LEFT, STEPPED_OUT -> "it left";
                    case SESSION_EXPIRED -> "nothing was heard of it for the session timeout";
                    case HANDOVER_EXPIRED -> "it did not give up a partition within the handover timeout";
                    case REPLACED -> "another member came with its instance id";
                    case REVOKED, BLOCKED, SETTLED -> throw new IllegalArgumentException(cause + " ends no membership");
                };
        return cause == MemberEvent.REPLACED
                ? new PortaskException(ErrorCode.MEMBER_FENCED, text)
                : new PortaskException(ErrorCode.UNKNOWN_MEMBER, text + "; it can join under a new id");
    }

    void add(Member member) {
        if (byId.size() >= config.maxMembers()) {
            throw new PortaskException(
                    ErrorCode.OVERLOADED, "The group has " + config.maxMembers() + " members, and may not have more");
        }
        byId.put(member.id, member);
        if (member.instanceId != null) {
            byInstance.put(member.instanceId, member);
        }
    }

    /** Takes a member out of the group for good. */
    void remove(Member member, MemberEvent cause) {
        byId.remove(member.id);
        if (member.instanceId != null) {
            byInstance.remove(member.instanceId);
        }
        rememberDeparted(member.id, cause);
    }

    /** Sees to it that nobody joins under this id for a while. */
    void rememberDeparted(String memberId, MemberEvent cause) {
        if (memberId.length() > config.maxIdLength()) {
            return;
        }
        departed.putIfAbsent(memberId, cause);
        if (departed.size() > config.maxMembers()) {
            departed.remove(departed.keySet().iterator().next());
        }
    }

    /** Null for one that is not there; one that is away is. */
    @Nullable
    Member find(String memberId) {
        return byId.get(memberId);
    }

    @Nullable
    Member findInstance(@Nullable String instanceId) {
        return instanceId == null ? null : byInstance.get(instanceId);
    }

    /** Whether another member came with its instance id. */
    boolean isFenced(String memberId) {
        return departed.get(memberId) == MemberEvent.REPLACED;
    }

    /** The error of a request of a member that is not there or is away. */
    PortaskException unknown(String memberId) {
        if (byId.containsKey(memberId)) {
            return gone(memberId, MemberEvent.STEPPED_OUT);
        }
        MemberEvent cause = departed.get(memberId);
        return cause != null
                ? gone(memberId, cause)
                : new PortaskException(
                        ErrorCode.UNKNOWN_MEMBER,
                        "The group has no member '" + memberId + "'; it can join under a new id");
    }

    boolean contains(Member member) {
        return byId.get(member.id) == member;
    }

    /** In the order in which they came. */
    Collection<Member> all() {
        return byId.values();
    }

    /** In the order that assignors see. */
    List<Member> ordered() {
        List<Member> members = new ArrayList<>(byId.values());
        members.sort(ORDER);
        return members;
    }
}
