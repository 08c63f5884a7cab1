package io.portask.launcher;

import io.portask.record.StartPosition;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import picocli.CommandLine;

/** Reads {@code earliest}, {@code latest}, an offset, or a time such as {@code 2026-11-24T08:00:00Z}. */
final class StartPositionConverter implements CommandLine.ITypeConverter<StartPosition> {
    @Override
    public StartPosition convert(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "earliest" -> StartPosition.earliest();
            case "latest" -> StartPosition.latest();
            default -> text.matches("\\d{1,18}") ? StartPosition.offset(Long.parseLong(text)) : time(text);
        };
    }

    private static StartPosition time(String text) {
        try {
            Instant instant = OffsetDateTime.parse(text).toInstant();
            return StartPosition.timestamp(instant.toEpochMilli());
        } catch (DateTimeParseException e) {
            throw new CommandLine.TypeConversionException("'" + text
                    + "' is not earliest, latest, an offset or a time with zone such as 2026-11-24T08:00:00Z");
        }
    }
}
