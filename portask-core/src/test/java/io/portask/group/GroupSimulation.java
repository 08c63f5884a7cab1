package io.portask.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * A group on a virtual clock: members that come, leave, stall and crash, topics that come, grow and go, coordinators that are taken
 * over, and a network that delays, repeats, reorders and loses what they say. After a while all becomes quiet, and the group has to find its way.
 */
final class GroupSimulation {
    private static final GroupConfig CONFIG = GroupConfig.DEFAULT
            .withSessionTimeoutMs(1_000)
            .withHandoverTimeoutMs(1_500)
            .withMaxMembers(30);
    private static final int MAX_RUNNING = 6;
    private static final int TROUBLES = 20;

    /** Until the latest message arrived, who it brought was fenced, and what that one was given was handed over. */
    private static final long QUIET_MS = 7_000;

    private static final String[] TOPICS = {"t.a", "t.b", "t.c", "u"};
    private static final Subscription ALIKE = Subscription.of("t.>");
    private static final List<Subscription> UNLIKE = List.of(
            ALIKE,
            Subscription.of("t.a"),
            Subscription.of("t.a", "t.b"),
            Subscription.of("*.*", "u"),
            Subscription.of("u"));

    private record Task(long atMs, long order, Runnable body) implements Comparable<Task> {
        @Override
        public int compareTo(Task other) {
            int byTime = Long.compare(atMs, other.atMs);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    private final Random random;
    private final PriorityQueue<Task> tasks = new PriorityQueue<>();
    private final List<SimulatedMember> members = new ArrayList<>();
    private final Map<String, Integer> topics = new TreeMap<>();
    private final boolean alike;
    private final PartitionAssignor assignor;
    private GroupCoordinator coordinator;
    private final OwnershipModel model;
    private long nowMs;
    private long order;
    private int ids;
    private long timerMs = Long.MAX_VALUE;
    private boolean quiet;

    /** Whether who owns what may have changed since it was checked. */
    private boolean changed;

    GroupSimulation(long seed) {
        this.random = new Random(seed);
        this.alike = random.nextInt(4) > 0;
        int kind = random.nextInt(10);
        this.assignor = kind < 7 ? new StickyAssignor() : kind < 8 ? new RangeAssignor() : new RoundRobinAssignor();
        this.coordinator = new GroupCoordinator(CONFIG, assignor, 0);
        this.model = new OwnershipModel(members);
    }

    void run() {
        topics.put("t.a", 1 + random.nextInt(6));
        call(() -> coordinator.onTopics(topics, nowMs), "");
        for (int i = 0; i < 3; i++) {
            begin();
        }
        for (int i = 0; i < TROUBLES; i++) {
            runUntil(nowMs + random.nextInt(600));
            trouble();
        }
        quiet = true;
        members.forEach(SimulatedMember::wake);
        runUntil(nowMs + QUIET_MS);
        checkProgress();
    }

    private void runUntil(long untilMs) {
        while (!tasks.isEmpty() && tasks.peek().atMs <= untilMs) {
            Task task = tasks.remove();
            nowMs = task.atMs;
            task.body.run();
            if (changed) {
                model.checkOneOwnerEach();
                model.checkOneRightEach(coordinator);
                changed = false;
            }
        }
        nowMs = untilMs;
    }

    long now() {
        return nowMs;
    }

    int random(int bound) {
        return random.nextInt(bound);
    }

    String newId() {
        return "m" + ids++;
    }

    void after(long delayMs, Runnable body) {
        tasks.add(new Task(nowMs + delayMs, order++, body));
    }

    long handoverDelay() {
        return quiet || random.nextInt(3) > 0 ? 0 : random.nextInt(10) == 0 ? 5_000 : random.nextInt(800);
    }

    private void trouble() {
        switch (random.nextInt(12)) {
            case 0, 1 -> begin();
            case 2 -> one().ifRunning(SimulatedMember::leave);
            case 3 ->
                one().ifRunning(member -> {
                    if (member.instanceId == null) {
                        member.leave();
                    } else {
                        member.stepOut();
                        comeBack(member);
                    }
                });
            case 4 ->
                one().ifRunning(member -> {
                    member.crash();
                    comeBack(member);
                });
            case 5, 6, 7 -> one().ifRunning(member -> member.stall(random.nextInt(4_000)));
            case 8 -> one().ifRunning(member -> member.subscribe(subscription()));
            case 9, 10 -> changeTopics();
            default -> {
                if (random.nextInt(5) == 0) {
                    takeOver();
                }
            }
        }
    }

    private void comeBack(SimulatedMember member) {
        after(random.nextInt(1_500), () -> {
            if (!member.isRunning()) {
                member.start();
            }
        });
    }

    private interface Action {
        void on(SimulatedMember member);
    }

    private record Chosen(SimulatedMember member) {
        void ifRunning(Action action) {
            if (member.isRunning()) {
                action.on(member);
            }
        }
    }

    private Chosen one() {
        return new Chosen(members.get(random.nextInt(members.size())));
    }

    /** A new member; static ones are sometimes the second with their instance id. */
    private void begin() {
        if (members.stream().filter(SimulatedMember::isRunning).count() < MAX_RUNNING) {
            String instanceId = random.nextBoolean() ? null : "i" + random.nextInt(4);
            SimulatedMember member = new SimulatedMember(this, instanceId, subscription());
            members.add(member);
            member.start();
        }
    }

    private Subscription subscription() {
        return alike ? ALIKE : UNLIKE.get(random.nextInt(UNLIKE.size()));
    }

    private void changeTopics() {
        String topic = TOPICS[random.nextInt(TOPICS.length)];
        if (!topics.containsKey(topic) || random.nextInt(3) > 0) {
            topics.merge(topic, 1 + random.nextInt(4), Integer::sum);
        } else {
            topics.remove(topic);
            model.forgetTopic(topic);
        }
        call(() -> coordinator.onTopics(topics, nowMs), "");
    }

    private void takeOver() {
        long floor = coordinator.stats().generation() + random.nextInt(3);
        coordinator = new GroupCoordinator(CONFIG, assignor, floor);
        model.forgetMembers();
        call(() -> coordinator.onTopics(topics, nowMs), "");
    }

    void sendJoin(JoinRequest request) {
        send(() -> {
            if (call(() -> coordinator.join(request, nowMs), request.memberId())) {
                send(() -> members.forEach(member -> whenAwake(member, () -> member.onJoined(request))));
            }
        });
    }

    void sendHeartbeat(HeartbeatRequest request) {
        send(() -> call(() -> coordinator.heartbeat(request, nowMs), request.memberId()));
    }

    void sendLeave(String memberId) {
        send(() -> call(() -> coordinator.leave(memberId, nowMs), memberId));
    }

    void sendStepOut(String memberId) {
        send(() -> call(() -> coordinator.stepOut(memberId, nowMs), memberId));
    }

    void sendCommit(String memberId, TopicPartition partition, SimulatedMember.Work work) {
        send(() -> {
            if (coordinator.commitRefusal(memberId, work.generation(), partition) == null) {
                model.checkCommit(memberId, partition, work.number());
            }
        });
    }

    private void send(Runnable delivery) {
        if (quiet) {
            after(1 + random.nextInt(5), delivery);
            return;
        }
        for (int copies = random.nextInt(20) == 0 ? 2 : 1; copies > 0; copies--) {
            if (random.nextInt(20) > 0) {
                after(random.nextInt(random.nextInt(20) == 0 ? 3_000 : 50), delivery);
            }
        }
    }

    /** Whether the coordinator took it. */
    private boolean call(Supplier<GroupUpdate> call, String caller) {
        boolean taken = true;
        try {
            GroupUpdate update = call.get();
            changed |= !update.changed().isEmpty() || !update.departures().isEmpty();
            model.onDepartures(update.departures());
            update.answer().ifPresent(this::tell);
            update.changed().forEach(this::tell);
        } catch (PortaskException e) {
            taken = false;
            send(() -> members.forEach(member -> whenAwake(member, () -> member.onRefused(caller, e.code()))));
        }
        if (coordinator.nextDeadline() < timerMs) {
            timerMs = coordinator.nextDeadline();
            long due = timerMs;
            after(Math.max(0, timerMs - nowMs) + random.nextInt(20), () -> onTimer(due));
        }
        return taken;
    }

    private void onTimer(long due) {
        if (timerMs == due) {
            timerMs = Long.MAX_VALUE;
            call(() -> coordinator.onTime(nowMs), "");
        }
    }

    private void tell(MemberAssignment assignment) {
        Map<TopicPartition, SimulatedMember.Work> grants = model.onAssignment(assignment);
        send(() -> members.forEach(member -> {
            if (member.id.equals(assignment.memberId())) {
                whenAwake(member, () -> {
                    member.onAssignment(assignment, grants);
                    changed = true;
                });
            }
        }));
    }

    private void whenAwake(SimulatedMember member, Runnable body) {
        if (member.isStalled()) {
            after(random.nextInt(4_000), () -> whenAwake(member, body));
        } else {
            body.run();
        }
    }

    private void checkProgress() {
        List<SimulatedMember> running =
                members.stream().filter(SimulatedMember::isRunning).toList();
        GroupStats stats = coordinator.stats();
        assertThat(stats.members()).isEqualTo(running.size());
        assertThat(stats.state()).isEqualTo(running.isEmpty() ? GroupState.EMPTY : GroupState.STABLE);
        Map<TopicPartition, SimulatedMember> owners = new HashMap<>();
        for (SimulatedMember member : running) {
            member.processing.forEach((partition, work) -> {
                assertThat(owners.put(partition, member))
                        .as("second owner of " + partition)
                        .isNull();
                assertThat(coordinator.commitRefusal(member.id, work.generation(), partition))
                        .isNull();
            });
        }
        topics.forEach((topic, partitions) -> {
            boolean read = running.stream()
                    .anyMatch(member ->
                            !member.subscription.resolve(List.of(topic)).isEmpty());
            for (int partition = 0; partition < partitions; partition++) {
                assertThat(owners.containsKey(new TopicPartition(topic, partition)))
                        .as("owner of " + topic + ":" + partition)
                        .isEqualTo(read);
            }
        });
        if (alike && assignor instanceof StickyAssignor && !running.isEmpty()) {
            var shares = running.stream()
                    .mapToInt(member -> member.processing.size())
                    .summaryStatistics();
            assertThat(shares.getMax() - shares.getMin()).isLessThanOrEqualTo(1);
        }
    }
}
