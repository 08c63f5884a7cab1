package io.portask.http.json;

import io.portask.record.Durability;
import org.jspecify.annotations.Nullable;

/** The levels of acknowledgement in the words of people: none, written, synced. */
public final class DurabilityWords {
    private DurabilityWords() {}

    public static String word(Durability durability) {
        return switch (durability) {
            case NONE -> "none";
            case WRITTEN -> "written";
            case SYNCED -> "synced";
        };
    }

    /** Null for a word that is none of them. */
    public static @Nullable Durability durability(String word) {
        return switch (word) {
            case "none" -> Durability.NONE;
            case "written" -> Durability.WRITTEN;
            case "synced" -> Durability.SYNCED;
            default -> null;
        };
    }
}
