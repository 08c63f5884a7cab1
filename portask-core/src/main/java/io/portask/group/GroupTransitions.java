package io.portask.group;

/**
 * The states of members and groups, the events, and what follows on what. Events between the states {@link MemberState#STABLE}, {@link
 * MemberState#REVOKING} and {@link MemberState#WAITING} are told after every change that touches the member, also when nothing
 * follows from them. {@code docs/GROUPS.md} has the same tables.
 */
final class GroupTransitions {
    static final TransitionTable<MemberState, MemberEvent> MEMBER = new TransitionTable<MemberState, MemberEvent>()
            .row(MemberState.JOINING, MemberEvent.SETTLED, MemberState.STABLE)
            .row(MemberState.JOINING, MemberEvent.BLOCKED, MemberState.WAITING)
            .row(MemberState.STABLE, MemberEvent.SETTLED, MemberState.STABLE)
            .row(MemberState.STABLE, MemberEvent.REVOKED, MemberState.REVOKING)
            .row(MemberState.STABLE, MemberEvent.BLOCKED, MemberState.WAITING)
            .row(MemberState.STABLE, MemberEvent.STEPPED_OUT, MemberState.AWAY)
            .row(MemberState.STABLE, MemberEvent.LEFT, MemberState.LEFT)
            .row(MemberState.STABLE, MemberEvent.SESSION_EXPIRED, MemberState.FENCED)
            .row(MemberState.STABLE, MemberEvent.REPLACED, MemberState.FENCED)
            .row(MemberState.REVOKING, MemberEvent.SETTLED, MemberState.STABLE)
            .row(MemberState.REVOKING, MemberEvent.REVOKED, MemberState.REVOKING)
            .row(MemberState.REVOKING, MemberEvent.BLOCKED, MemberState.WAITING)
            .row(MemberState.REVOKING, MemberEvent.STEPPED_OUT, MemberState.AWAY)
            .row(MemberState.REVOKING, MemberEvent.LEFT, MemberState.LEFT)
            .row(MemberState.REVOKING, MemberEvent.SESSION_EXPIRED, MemberState.FENCED)
            .row(MemberState.REVOKING, MemberEvent.HANDOVER_EXPIRED, MemberState.FENCED)
            .row(MemberState.REVOKING, MemberEvent.REPLACED, MemberState.FENCED)
            .row(MemberState.WAITING, MemberEvent.SETTLED, MemberState.STABLE)
            .row(MemberState.WAITING, MemberEvent.REVOKED, MemberState.REVOKING)
            .row(MemberState.WAITING, MemberEvent.BLOCKED, MemberState.WAITING)
            .row(MemberState.WAITING, MemberEvent.STEPPED_OUT, MemberState.AWAY)
            .row(MemberState.WAITING, MemberEvent.LEFT, MemberState.LEFT)
            .row(MemberState.WAITING, MemberEvent.SESSION_EXPIRED, MemberState.FENCED)
            .row(MemberState.WAITING, MemberEvent.REPLACED, MemberState.FENCED)
            .row(MemberState.AWAY, MemberEvent.LEFT, MemberState.LEFT)
            .row(MemberState.AWAY, MemberEvent.SESSION_EXPIRED, MemberState.FENCED)
            .row(MemberState.AWAY, MemberEvent.REPLACED, MemberState.FENCED);

    static final TransitionTable<GroupState, GroupEvent> GROUP = new TransitionTable<GroupState, GroupEvent>()
            .row(GroupState.EMPTY, GroupEvent.SETTLED, GroupState.STABLE)
            .row(GroupState.RECONCILING, GroupEvent.UNSETTLED, GroupState.RECONCILING)
            .row(GroupState.RECONCILING, GroupEvent.SETTLED, GroupState.STABLE)
            .row(GroupState.RECONCILING, GroupEvent.EMPTIED, GroupState.EMPTY)
            .row(GroupState.STABLE, GroupEvent.UNSETTLED, GroupState.RECONCILING)
            .row(GroupState.STABLE, GroupEvent.SETTLED, GroupState.STABLE)
            .row(GroupState.STABLE, GroupEvent.EMPTIED, GroupState.EMPTY);

    private GroupTransitions() {}
}
