package io.portask.launcher;

import io.portask.error.PortaskException;
import io.portask.record.StartPosition;
import java.util.Locale;
import picocli.CommandLine;

/** Reads {@code earliest}, {@code latest}, an offset, or a time such as {@code 2026-11-24T08:00:00Z}. */
final class StartPositionConverter implements CommandLine.ITypeConverter<StartPosition> {
    @Override
    public StartPosition convert(String text) {
        try {
            StartPosition position = StartPosition.parse(text.toLowerCase(Locale.ROOT));
            if (position.kind() != StartPosition.Kind.COMMITTED) {
                return position;
            }
        } catch (PortaskException e) {
            throw notAPosition(text);
        }
        throw notAPosition(text);
    }

    private static CommandLine.TypeConversionException notAPosition(String text) {
        return new CommandLine.TypeConversionException(
                "'" + text + "' is not earliest, latest, an offset or a time with zone such as 2026-11-24T08:00:00Z");
    }
}
