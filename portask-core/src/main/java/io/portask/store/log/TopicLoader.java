package io.portask.store.log;

import io.portask.record.TopicPartition;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Opens topics: recovers their partitions, many of them at a time. */
final class TopicLoader {
    private final LogContext context;

    TopicLoader(LogContext context) {
        this.context = context;
    }

    /** One partition that is to be opened, and where it is put. */
    private static final class Slot {
        final TopicPartition name;
        final Path directory;
        final @Nullable LogPartition[] opened;

        Slot(TopicPartition name, Path directory, @Nullable LogPartition[] opened) {
            this.name = name;
            this.directory = directory;
            this.opened = opened;
        }
    }

    /** All topics of a data directory. */
    List<LogTopic> loadAll(Path root) throws IOException {
        Disk disk = context.files().disk();
        List<Path> directories = new ArrayList<>();
        List<TopicDescriptor> descriptors = new ArrayList<>();
        for (String name : DataDirectory.topicNames(disk, root)) {
            Path directory = DataDirectory.topicDirectory(root, name);
            directories.add(directory);
            descriptors.add(TopicDescriptor.read(disk, directory));
        }
        return load(directories, descriptors);
    }

    LogTopic load(Path directory, TopicDescriptor descriptor) throws IOException {
        return load(List.of(directory), List.of(descriptor)).get(0);
    }

    private List<LogTopic> load(List<Path> directories, List<TopicDescriptor> descriptors) throws IOException {
        List<@Nullable LogPartition[]> partitions = new ArrayList<>();
        List<Slot> slots = new ArrayList<>();
        for (int i = 0; i < directories.size(); i++) {
            @Nullable
            LogPartition[] opened = new LogPartition[descriptors.get(i).partitions()];
            partitions.add(opened);
            Path directory = directories.get(i);
            for (int p = 0; p < opened.length; p++) {
                TopicPartition name = new TopicPartition(directory.getFileName().toString(), p);
                slots.add(new Slot(name, directory.resolve(Integer.toString(p)), opened));
            }
        }
        boolean done = false;
        try {
            Parallel.forEach(
                    slots,
                    slot -> slot.opened[slot.name.partition()] = LogPartition.open(slot.name, slot.directory, context));
            done = true;
        } finally {
            if (!done) {
                partitions.forEach(TopicLoader::retire);
            }
        }
        List<LogTopic> topics = new ArrayList<>();
        for (int i = 0; i < directories.size(); i++) {
            Path directory = directories.get(i);
            topics.add(new LogTopic(
                    directory.getFileName().toString(),
                    directory,
                    List.of(Arrays.copyOf(partitions.get(i), partitions.get(i).length, LogPartition[].class)),
                    descriptors.get(i).config()));
        }
        return topics;
    }

    private static void retire(@Nullable LogPartition[] opened) {
        for (LogPartition partition : opened) {
            if (partition != null) {
                partition.retire();
            }
        }
    }
}
