package io.portask.launcher;

import io.portask.consumer.OffsetReset;
import io.portask.error.PortaskException;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import picocli.CommandLine;

/**
 * The value of {@code --to}: {@code earliest}, {@code latest}, {@code offset:N}, {@code time:T} or {@code shift:N}.
 *
 * @param shift added to the position, where that is {@code committed}
 */
record ResetTarget(StartPosition position, long shift) {
    private static final Pattern OFFSET = Pattern.compile("\\d{1,18}");
    private static final Pattern SHIFT = Pattern.compile("[+-]?\\d{1,18}");

    OffsetReset of(Set<TopicPartition> partitions, boolean dryRun) {
        return new OffsetReset(partitions, position, shift, dryRun);
    }

    /** Reads it from the command line. */
    static final class Converter implements CommandLine.ITypeConverter<ResetTarget> {
        @Override
        public ResetTarget convert(String text) {
            int colon = text.indexOf(':');
            String kind = (colon < 0 ? text : text.substring(0, colon)).toLowerCase(Locale.ROOT);
            String value = colon < 0 ? "" : text.substring(colon + 1);
            boolean alone = colon < 0;
            if (alone && kind.equals("earliest")) {
                return new ResetTarget(StartPosition.earliest(), 0);
            } else if (alone && kind.equals("latest")) {
                return new ResetTarget(StartPosition.latest(), 0);
            } else if (kind.equals("offset") && OFFSET.matcher(value).matches()) {
                return new ResetTarget(StartPosition.offset(Long.parseLong(value)), 0);
            } else if (kind.equals("shift") && SHIFT.matcher(value).matches()) {
                return new ResetTarget(StartPosition.committed(), Long.parseLong(value));
            } else if (kind.equals("time")) {
                return new ResetTarget(time(text, value), 0);
            }
            throw invalid(text);
        }

        private static StartPosition time(String text, String value) {
            try {
                StartPosition position = StartPosition.parse(value);
                if (position.kind() == StartPosition.Kind.TIMESTAMP) {
                    return position;
                }
            } catch (PortaskException e) {
                throw invalid(text);
            }
            throw invalid(text);
        }

        private static CommandLine.TypeConversionException invalid(String text) {
            return new CommandLine.TypeConversionException(
                    "'" + text
                            + "' is not earliest, latest, offset:N, shift:N, or time:T with a time such as 2026-11-24T08:00:00Z");
        }
    }
}
