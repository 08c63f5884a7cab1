package io.portask.store.log;

import static io.portask.store.log.LogFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.PortaskException;
import io.portask.record.Durability;
import io.portask.record.RecordBatch;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.TopicConfig;
import io.portask.store.TopicDescription;
import io.portask.store.TopicSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;

/**
 * One seed: random operations on a store on a {@link SimulatedDisk}, until the machine goes off at a random operation of
 * the disk or the process dies there, also in the middle of the start that follows; then the comparison with the model, and
 * all over again. With the cleaner, some topics have a retention by bytes, and deleted messages leave their segments.
 */
final class PowerLossRun {
    private static final String[] TOPICS = {"a", "b", "c"};
    private static final Path DIRECTORY = Path.of("/data");
    private static final CleaningConfig AT_ONCE =
            CleaningConfig.DEFAULT.withBytesPerSecond(1L << 40).withDelayMs(0);

    private final Random random;
    private final boolean cleaned;
    private final LogConfig config;
    private final Map<String, List<PartitionModel>> topics = new TreeMap<>();
    private final CommitModel commits = new CommitModel();
    private final Set<String> creating = new HashSet<>();
    private final Set<String> deleting = new HashSet<>();
    private final Map<String, TopicSpec> specs = new HashMap<>();
    private SimulatedDisk disk = new SimulatedDisk();
    private ManualThreads threads = new ManualThreads();
    private LogStore store;
    private int values;

    /** @param cleaned whether the cleaner is among the operations; without it a seed means what it meant before there was one */
    PowerLossRun(long seed, boolean cleaned) {
        this.random = new Random(seed);
        this.cleaned = cleaned;
        LogConfig plain = LogConfig.of(DIRECTORY).withSegmentBytes(1_000 + random.nextInt(8_000));
        config = cleaned && random.nextInt(4) > 0 ? plain.withCleaning(AT_ONCE) : plain;
        store = threads.open(config, disk);
    }

    /** Thrown out of an operation in which the machine went off. */
    private static final class Off extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    void run() {
        int failures = 1 + random.nextInt(3);
        for (int i = 0; i < failures; i++) {
            disk.powerOffAfter(random.nextInt(random.nextBoolean() ? 40 : 400));
            try {
                for (int step = 0; step < 60; step++) {
                    step();
                }
            } catch (Off e) {
                assertThat(disk.isOff()).isTrue();
            }
            reopen();
        }
        everyPartition().forEach(partition -> append(partition, Durability.SYNCED));
        threads.sync();
        closeAndOpen();
    }

    private void step() {
        int choice = random.nextInt(cleaned ? 110 : 100);
        if (choice < 10 && (topics.size() < TOPICS.length || choice < 2)) {
            createOrDeleteTopic();
        } else if (choice < 55) {
            anyPartition()
                    .ifPresent(partition ->
                            append(partition, random.nextBoolean() ? Durability.SYNCED : Durability.WRITTEN));
        } else if (choice < 70) {
            sync();
        } else if (choice < 76) {
            threads.keepHouse();
            checkOn();
        } else if (choice < 82) {
            anyPartition().ifPresent(this::trim);
        } else if (choice < 88) {
            anyPartition().ifPresent(this::delete);
        } else if (choice < 96) {
            anyPartition().ifPresent(this::commit);
        } else if (choice < 98) {
            everyPartition().forEach(partition -> partition.assertHeldBy(store));
        } else if (choice < 100) {
            closeAndOpen();
        } else {
            clean();
        }
    }

    private List<PartitionModel> everyPartition() {
        List<PartitionModel> all = new ArrayList<>();
        topics.values().forEach(all::addAll);
        return all;
    }

    private Optional<PartitionModel> anyPartition() {
        List<PartitionModel> all = everyPartition();
        return all.isEmpty() ? Optional.empty() : Optional.of(all.get(random.nextInt(all.size())));
    }

    private void checkOn() {
        if (disk.isOff()) {
            throw new Off();
        }
    }

    /** The result of an operation, which may fail only if the machine went off in it. */
    private <T> T done(CompletionStage<T> stage) {
        try {
            return await(stage);
        } catch (PortaskException e) {
            checkOn();
            throw e;
        }
    }

    private void createOrDeleteTopic() {
        String topic = TOPICS[random.nextInt(TOPICS.length)];
        List<PartitionModel> known = topics.get(topic);
        if (known == null) {
            int partitions = 1 + random.nextInt(2);
            TopicSpec spec = new TopicSpec(topic, partitions, anyRetention());
            specs.put(topic, spec);
            creating.add(topic);
            CompletionStage<TopicDescription> made = store.createTopic(spec);
            threads.keepHouse();
            done(made);
            creating.remove(topic);
            topics.put(topic, models(topic, partitions));
        } else {
            deleting.add(topic);
            CompletionStage<Void> gone = store.deleteTopic(topic);
            threads.keepHouse();
            done(gone);
            deleting.remove(topic);
            topics.remove(topic);
            commits.topicDeleted(topic);
        }
        checkOn();
    }

    private TopicConfig anyRetention() {
        return cleaned && random.nextBoolean()
                ? TopicConfig.DEFAULT.withRetentionBytes(1 + random.nextInt(20_000))
                : TopicConfig.DEFAULT;
    }

    private static List<PartitionModel> models(String topic, int partitions) {
        List<PartitionModel> models = new ArrayList<>();
        for (int i = 0; i < partitions; i++) {
            models.add(new PartitionModel(new TopicPartition(topic, i)));
        }
        return models;
    }

    private void append(PartitionModel partition, Durability durability) {
        long base = partition.end();
        boolean idempotent = random.nextInt(3) == 0;
        int batches = idempotent ? 1 : 1 + random.nextInt(3);
        ByteBuffer append = ByteBuffer.allocateDirect(16_384);
        for (int i = 0; i < batches; i++) {
            int count = 1 + random.nextInt(4);
            long producer = idempotent ? random.nextInt(3) : RecordBatch.NO_PRODUCER_ID;
            PartitionModel.Sent last = partition.lastOf(producer);
            int sequence = idempotent ? last == null ? random.nextInt(9) : last.nextSequence() : -1;
            short epoch = (short) (idempotent ? 0 : -1);
            int padding = random.nextInt(random.nextInt(4) == 0 ? 1_000 : 60);
            append.put(LogFixture.batch(values, count, producer, epoch, sequence, padding));
            if (idempotent) {
                partition.sending(new PartitionModel.Sent(producer, epoch, sequence, count, partition.end()));
            }
            for (int record = 0; record < count; record++) {
                partition.sending(List.of("v" + values++));
            }
        }
        long end = partition.end();
        CompletionStage<AppendResult> stage = store.append(partition.name, append.flip(), durability);
        stage.whenComplete((result, error) -> {
            if (error == null) {
                assertThat(result.baseOffset()).isEqualTo(base);
                assertThat(result.nextOffset()).isEqualTo(end);
                partition.acknowledged(durability, end);
            }
        });
        if (durability == Durability.WRITTEN || stage.toCompletableFuture().isCompletedExceptionally()) {
            done(stage);
        } else {
            partition.acknowledged(Durability.WRITTEN, end);
        }
        checkOn();
    }

    private void sync() {
        threads.sync();
        checkOn();
        syncedAll();
    }

    private void syncedAll() {
        everyPartition().forEach(PartitionModel::syncedAll);
        commits.syncedAll();
    }

    private void trim(PartitionModel partition) {
        if (partition.start() < partition.end()) {
            long offset = partition.start() + random.nextInt((int) (partition.end() - partition.start()) + 1);
            partition.trimming(offset);
            CompletionStage<Long> stage = store.trim(partition.name, offset);
            threads.keepHouse();
            assertThat(done(stage)).isEqualTo(offset);
            partition.trimmed(offset);
            checkOn();
        }
    }

    private void clean() {
        everyPartition().forEach(partition -> partition.trimming(startKeptBy(partition)));
        threads.clean(store);
        checkOn();
        everyPartition().forEach(partition -> partition.trimmed(partition.start()));
        everyPartition().forEach(partition -> partition.assertHeldBy(store));
    }

    /** Where retention must let a partition begin: behind the first segments, as long as it is too large, but never the last. */
    private long startKeptBy(PartitionModel partition) {
        String topic = partition.name.topic();
        long most = specs.get(topic).config().retentionBytes();
        Path directory = DIRECTORY.resolve("topics/" + topic + "/" + partition.name.partition());
        if (most == TopicConfig.UNLIMITED || !disk.isDirectory(directory)) {
            return partition.start();
        }
        try {
            long start = partition.start();
            long size = await(store.describePartition(partition.name)).sizeInBytes();
            NavigableMap<Long, Path> files = PartitionRecovery.segmentFiles(disk, directory);
            for (Map.Entry<Long, Path> file : files.entrySet()) {
                Long behind = files.higherKey(file.getKey());
                if (behind == null || size <= most) {
                    break;
                }
                size -= disk.size(file.getValue());
                start = Math.max(start, behind);
            }
            return start;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void delete(PartitionModel partition) {
        List<Long> offsets = new ArrayList<>();
        for (int i = 1 + random.nextInt(3); i > 0 && partition.start() < partition.end(); i--) {
            long offset = partition.start() + random.nextInt((int) (partition.end() - partition.start()));
            if (!partition.isHidden(offset)) {
                offsets.add(offset);
                partition.deleting(List.of(offset));
            }
        }
        CompletionStage<Integer> stage = store.deleteMessages(partition.name, offsets);
        stage.whenComplete((count, error) -> {
            if (error == null) {
                assertThat(count).isEqualTo(offsets.size());
                partition.deleted(offsets);
            }
        });
        if (stage.toCompletableFuture().isCompletedExceptionally()) {
            done(stage);
        }
        checkOn();
    }

    private void commit(PartitionModel partition) {
        String consumer = "c" + random.nextInt(3);
        long offset = random.nextInt((int) partition.end() + 1);
        commits.committing(consumer, partition.name, offset);
        done(store.commitOffsets(consumer, Map.of(partition.name, offset)));
        commits.committed(consumer, partition.name);
        checkOn();
    }

    private void closeAndOpen() {
        store.close();
        checkOn();
        syncedAll();
        threads = new ManualThreads();
        try {
            store = threads.open(config, disk);
        } catch (PortaskException e) {
            checkOn();
            throw e;
        }
        everyPartition().forEach(partition -> partition.assertHeldBy(store));
    }

    private void reopen() {
        boolean powerLost = false;
        boolean open = false;
        while (!open) {
            if (random.nextInt(3) == 0) {
                disk.restart();
            } else {
                disk = disk.powerLoss(random);
                powerLost = true;
            }
            if (random.nextInt(3) == 0) {
                disk.powerOffAfter(random.nextInt(30));
            }
            threads = new ManualThreads();
            try {
                store = threads.open(config, disk);
                open = true;
            } catch (PortaskException e) {
                if (!disk.isOff()) {
                    throw e;
                }
            }
        }
        disk.restart();
        compare(powerLost);
    }

    private void compare(boolean powerLost) {
        Map<String, Integer> found = new TreeMap<>();
        await(store.listTopics())
                .forEach(topic -> found.put(topic.name(), topic.partitions().size()));
        for (String topic : creating) {
            if (found.containsKey(topic)) {
                topics.put(topic, models(topic, specs.get(topic).partitions()));
            }
        }
        for (String topic : deleting) {
            if (!found.containsKey(topic)) {
                topics.remove(topic);
                commits.topicDeleted(topic);
            }
        }
        creating.clear();
        deleting.clear();
        assertThat(found.keySet()).isEqualTo(topics.keySet());
        topics.forEach((name, partitions) -> assertThat(found.get(name)).isEqualTo(partitions.size()));
        everyPartition().forEach(partition -> partition.reopened(store, powerLost));
        everyPartition().forEach(partition -> partition.assertDuplicatesAreNoticed(store));
        commits.reopened(store, powerLost, topics);
    }
}
