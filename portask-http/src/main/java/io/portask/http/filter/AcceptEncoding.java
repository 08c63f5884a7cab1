package io.portask.http.filter;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a client says about encodings (RFC 9110 section 12.5.3). */
final class AcceptEncoding {
    private static final double UNSAID = -1;

    private AcceptEncoding() {}

    /** Whether gzip is welcome, and not less so than no encoding at all. */
    static boolean prefersGzip(@Nullable List<String> fields) {
        double gzip = UNSAID;
        double identity = UNSAID;
        double others = UNSAID;
        if (fields != null) {
            for (String element :
                    String.join(",", fields).toLowerCase(Locale.ROOT).split(",", -1)) {
                String[] parts = element.split(";", -1);
                double quality = quality(parts);
                switch (parts[0].strip()) {
                    case "gzip", "x-gzip" -> gzip = Math.max(gzip, quality);
                    case "identity" -> identity = quality;
                    case "*" -> others = quality;
                    default -> {}
                }
            }
        }
        double welcome = gzip == UNSAID ? others : gzip;
        return welcome > 0 && welcome >= identity;
    }

    private static double quality(String[] parts) {
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].strip();
            if (parameter.startsWith("q=")) {
                String value = parameter.substring(2).strip();
                return value.matches("(0(\\.\\d{0,3})?)|(1(\\.0{0,3})?)") ? Double.parseDouble(value) : 0;
            }
        }
        return 1;
    }
}
