package io.portask.group;

import java.util.List;
import java.util.Optional;

/**
 * What follows from a call to a {@link GroupCoordinator}. To tell it to members at once makes handovers quick; what gets lost is in
 * the answer to the member's next heartbeat.
 *
 * @param answer what the member that called may own now; empty where nobody in particular called
 * @param changed the assignments of other members that changed
 * @param departures members that are gone since
 */
public record GroupUpdate(
        Optional<MemberAssignment> answer, List<MemberAssignment> changed, List<Departure> departures) {}
