package io.portask.store.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What passes of compaction have left behind in a partition, as text: 1 if tombstones may be left, the offset up to which tombstones
 * were last sought, the offset before which each key has only its latest record as far as they can be read, then {@code offset:ms} of
 * each pass that found nothing damaged and left of all keys before that offset only the latest record, the first first, separated by
 * spaces. A lost or damaged one keeps tombstones longer and makes the next pass longer, nothing else.
 */
record CompactionPasses(boolean tombstones, long soughtTo, long compactedTo, List<Pass> passes) {
    static final CompactionPasses NONE = new CompactionPasses(false, 0, 0, List.of());

    /** Of more, those in between are forgotten, which keeps tombstones longer. */
    static final int MAX_PASSES = 100;

    private static final Pattern TEXT = Pattern.compile("([01]) (\\d{1,18}) (\\d{1,18})((?: \\d{1,18}:\\d{1,18})*)");
    private static final Pattern PASS = Pattern.compile("(\\d+):(\\d+)");

    record Pass(long offset, long timeMs) {}

    CompactionPasses {
        passes = List.copyOf(passes);
    }

    static CompactionPasses decode(String text) {
        Matcher whole = TEXT.matcher(text);
        if (!whole.matches()) {
            return NONE;
        }
        List<Pass> passes = new ArrayList<>();
        Matcher each = PASS.matcher(whole.group(4));
        while (each.find()) {
            passes.add(new Pass(Long.parseLong(each.group(1)), Long.parseLong(each.group(2))));
        }
        return new CompactionPasses(
                whole.group(1).equals("1"), Long.parseLong(whole.group(2)), Long.parseLong(whole.group(3)), passes);
    }

    String encode() {
        StringBuilder text = new StringBuilder((tombstones ? "1 " : "0 ") + soughtTo + " " + compactedTo);
        passes.forEach(pass -> text.append(' ').append(pass.offset).append(':').append(pass.timeMs));
        return text.toString();
    }

    private long provenTo() {
        return passes.isEmpty() ? 0 : passes.get(passes.size() - 1).offset();
    }

    /** Before this offset tombstones have done their duty, if those have whose older messages were gone at a time. */
    long compactedAt(long timeMs) {
        long offset = 0;
        for (Pass pass : passes) {
            offset = pass.timeMs <= timeMs ? Math.max(offset, pass.offset) : offset;
        }
        return offset;
    }

    /** Whether tombstones may go that stayed the last time. */
    boolean areTombstonesDue(long horizon) {
        return tombstones && horizon > soughtTo;
    }

    /** After a pass up to an offset that had to leave something alone. */
    CompactionPasses tried(long offset, long sought) {
        return new CompactionPasses(true, sought, Math.max(compactedTo, offset), passes);
    }

    /** After another pass. Those before {@code oldestMs} become one. */
    CompactionPasses after(Pass latest, boolean tombstonesLeft, long sought, long oldestMs) {
        List<Pass> all = new ArrayList<>();
        for (Pass pass : passes) {
            if (pass.timeMs <= oldestMs && !all.isEmpty()) {
                all.remove(all.size() - 1);
            }
            all.add(pass);
        }
        if (all.size() >= MAX_PASSES) {
            List<Pass> fewer = new ArrayList<>();
            for (int i = 1; i < all.size(); i += 2) {
                fewer.add(all.get(i));
            }
            all = fewer;
        }
        if (latest.offset > provenTo()) {
            all.add(latest);
        }
        return new CompactionPasses(tombstonesLeft, sought, Math.max(compactedTo, latest.offset), all);
    }
}
