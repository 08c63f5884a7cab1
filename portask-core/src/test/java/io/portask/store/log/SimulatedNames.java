package io.portask.store.log;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The directories of a {@link SimulatedDisk}: the names that a process sees now, the names that are surely on the device,
 * and the journal of the changes between the two. The device takes changes over in order, those of one rename at once;
 * to force a directory takes over its changes and all earlier ones of the directories that take part. Guarded by its disk.
 */
final class SimulatedNames {
    /** Names to files ({@link SimulatedFile}) and directories (this class). */
    static final class Directory {
        final Map<String, Object> current = new TreeMap<>();
        final Map<String, Object> durable = new TreeMap<>();
    }

    private record Change(
            Directory directory, String name, @Nullable Object node) {
        void apply(Map<String, Object> names) {
            if (node == null) {
                names.remove(name);
            } else {
                names.put(name, node);
            }
        }
    }

    private final Directory root;
    private final List<List<Change>> journal = new ArrayList<>();

    SimulatedNames() {
        this(new Directory());
    }

    private SimulatedNames(Directory root) {
        this.root = root;
    }

    Directory root() {
        return root;
    }

    void put(Directory directory, String name, Object node) {
        change(List.of(new Change(directory, name, node)));
    }

    void remove(Directory directory, String name) {
        change(List.of(new Change(directory, name, null)));
    }

    void move(Directory from, String oldName, Directory to, String newName) {
        Object node = from.current.get(oldName);
        change(List.of(new Change(from, oldName, null), new Change(to, newName, node)));
    }

    private void change(List<Change> changes) {
        changes.forEach(change -> change.apply(change.directory().current));
        journal.add(changes);
    }

    void force(Directory directory) {
        Set<Directory> involved = Collections.newSetFromMap(new IdentityHashMap<>());
        involved.add(directory);
        List<List<Change>> forced = new ArrayList<>();
        for (int i = journal.size() - 1; i >= 0; i--) {
            List<Change> changes = journal.get(i);
            if (changes.stream().anyMatch(change -> involved.contains(change.directory()))) {
                changes.forEach(change -> involved.add(change.directory()));
                forced.add(0, journal.remove(i));
            }
        }
        takeOver(forced);
    }

    private static void takeOver(List<List<Change>> forced) {
        forced.forEach(changes -> changes.forEach(change -> change.apply(change.directory().durable)));
    }

    /** All that is seen now, every file replaced by what {@code file} makes of it. */
    SimulatedNames copy(UnaryOperator<SimulatedFile> file) {
        return new SimulatedNames(copy(root, false, file, new IdentityHashMap<>()));
    }

    /** What the device may hold if the power goes now. Not to be used any more afterwards. */
    SimulatedNames afterPowerLoss(Random random) {
        takeOver(journal.subList(0, random.nextInt(journal.size() + 1)));
        return new SimulatedNames(copy(root, true, file -> file.afterPowerLoss(random), new IdentityHashMap<>()));
    }

    private static Directory copy(
            Directory source, boolean durable, UnaryOperator<SimulatedFile> file, Map<Object, Object> copies) {
        Directory target = new Directory();
        (durable ? source.durable : source.current).forEach((name, node) -> {
            Object copy = copies.get(node);
            if (copy == null) {
                copy = node instanceof SimulatedFile original
                        ? file.apply(original)
                        : copy((Directory) node, durable, file, copies);
                copies.put(node, copy);
            }
            target.current.put(name, copy);
            target.durable.put(name, copy);
        });
        return target;
    }
}
