package io.portask.group;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A state machine as a table: which state follows when an event happens in a state. All other events are defects. */
final class TransitionTable<S extends Enum<S>, E extends Enum<E>> {
    record Row<S, E>(S from, E event, S to) {}

    private final List<Row<S, E>> rows = new ArrayList<>();
    private final Map<S, Map<E, S>> next = new HashMap<>();

    TransitionTable<S, E> row(S from, E event, S to) {
        rows.add(new Row<>(from, event, to));
        if (next.computeIfAbsent(from, state -> new HashMap<>()).put(event, to) != null) {
            throw new IllegalStateException(from + " has two rows for " + event);
        }
        return this;
    }

    S next(S from, E event) {
        S to = next.getOrDefault(from, Map.of()).get(event);
        if (to == null) {
            throw new IllegalStateException(event + " cannot happen in the state " + from);
        }
        return to;
    }

    List<Row<S, E>> rows() {
        return List.copyOf(rows);
    }
}
