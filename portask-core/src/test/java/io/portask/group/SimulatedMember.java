package io.portask.group;

import io.portask.error.ErrorCode;
import io.portask.record.TopicPartition;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A consumer as {@link MemberAssignment} and {@link HeartbeatRequest} tell it to behave, except where the simulation makes it stall or crash. */
final class SimulatedMember {
    /**
     * A partition that it processes.
     *
     * @param generation of the grant, as the member was told
     * @param number of the grant, as the simulation counts them
     */
    record Work(long generation, long number) {}

    private static final long HEARTBEAT_MS = 300;

    final @Nullable String instanceId;
    Subscription subscription;
    String id = "";

    final Map<TopicPartition, Work> processing = new HashMap<>();

    private final GroupSimulation simulation;
    private final Set<TopicPartition> stopping = new HashSet<>();
    private long sequence;
    private long generation;
    private long revision;
    private boolean running;
    private boolean joined;
    private long stalledUntilMs;
    private int life;

    SimulatedMember(GroupSimulation simulation, @Nullable String instanceId, Subscription subscription) {
        this.simulation = simulation;
        this.instanceId = instanceId;
        this.subscription = subscription;
    }

    boolean isRunning() {
        return running;
    }

    boolean isStalled() {
        return simulation.now() < stalledUntilMs;
    }

    void start() {
        running = true;
        becomeNew();
        int started = ++life;
        simulation.after(simulation.random(100), () -> turn(started));
    }

    private void becomeNew() {
        id = simulation.newId();
        joined = false;
        sequence = 0;
        forget();
    }

    private void forget() {
        generation = 0;
        revision = 0;
        processing.clear();
        stopping.clear();
    }

    void crash() {
        running = false;
        life++;
        forget();
    }

    void leave() {
        crash();
        simulation.sendLeave(id);
    }

    void stepOut() {
        crash();
        simulation.sendStepOut(id);
    }

    void stall(long ms) {
        stalledUntilMs = simulation.now() + ms;
    }

    void wake() {
        stalledUntilMs = simulation.now();
    }

    void subscribe(Subscription other) {
        subscription = other;
        joined = false;
    }

    private void turn(int ofLife) {
        if (ofLife != life) {
            return;
        }
        if (isStalled()) {
            simulation.after(stalledUntilMs - simulation.now(), () -> turn(ofLife));
            return;
        }
        commit();
        sequence++;
        if (joined) {
            simulation.sendHeartbeat(
                    new HeartbeatRequest(id, sequence, generation, revision, Set.copyOf(processing.keySet())));
        } else {
            simulation.sendJoin(new JoinRequest(id, instanceId, subscription, sequence));
        }
        simulation.after(HEARTBEAT_MS / 2 + simulation.random((int) HEARTBEAT_MS), () -> turn(ofLife));
    }

    private void commit() {
        processing.forEach((partition, work) -> {
            if (simulation.random(4) == 0) {
                simulation.sendCommit(id, partition, work);
            }
        });
    }

    /** @param grants of the partitions, as the simulation counts them */
    void onAssignment(MemberAssignment assignment, Map<TopicPartition, Work> grants) {
        if (!running || !assignment.memberId().equals(id)) {
            return;
        }
        if (assignment.generation() < generation
                || (assignment.generation() == generation && assignment.revision() <= revision)) {
            return;
        }
        generation = assignment.generation();
        revision = assignment.revision();
        for (TopicPartition partition : processing.keySet()) {
            if (!grants.containsKey(partition) && stopping.add(partition)) {
                stop(partition);
            }
        }
        grants.forEach((partition, work) -> {
            stopping.remove(partition);
            Work before = processing.get(partition);
            if (before == null || before.generation != work.generation) {
                processing.put(partition, work);
            }
        });
    }

    void onJoined(JoinRequest request) {
        if (request.memberId().equals(id) && request.subscription().equals(subscription)) {
            joined = true;
        }
    }

    /** Some stop at once, some finish what they have first, and a few are too slow. */
    private void stop(TopicPartition partition) {
        int ofLife = life;
        String asMember = id;
        simulation.after(simulation.handoverDelay(), () -> {
            if (ofLife == life && asMember.equals(id) && stopping.remove(partition)) {
                processing.remove(partition);
            }
        });
    }

    void onRefused(String memberId, ErrorCode code) {
        if (!running || !memberId.equals(id)) {
            return;
        }
        if (code == ErrorCode.MEMBER_FENCED) {
            crash();
        } else if (code == ErrorCode.UNKNOWN_MEMBER) {
            becomeNew();
        }
    }
}
