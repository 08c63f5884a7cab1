package io.portask.launcher;

import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/**
 * What a benchmark measured.
 *
 * @param ackNs publish to acknowledgement, in nanoseconds; null where only throughput was measured
 * @param deliverNs publish to a consumer's hands, in nanoseconds
 */
record BenchResult(
        long records,
        long nanoseconds,
        int size,
        @Nullable Histogram ackNs,
        @Nullable Histogram deliverNs) {
    private static final double MEBIBYTE = 1 << 20;

    double seconds() {
        return nanoseconds / 1e9;
    }

    double recordsPerSecond() {
        return records / seconds();
    }

    double mebibytesPerSecond() {
        return recordsPerSecond() * size / MEBIBYTE;
    }

    String toJson(String name, BenchOptions options) {
        AckLevel ack = options.ack();
        return Json.object(json -> {
            json.writeStringProperty("benchmark", name);
            json.writeNumberProperty("records", records);
            json.writeNumberProperty("seconds", rounded(seconds()));
            json.writeNumberProperty("recordsPerSecond", Math.round(recordsPerSecond()));
            json.writeNumberProperty("mebibytesPerSecond", rounded(mebibytesPerSecond()));
            json.writeNumberProperty("size", size);
            json.writeNumberProperty("clients", options.clients());
            json.writeNumberProperty("partitions", options.partitions());
            json.writeStringProperty("ack", ack == null ? "default" : ack.name().toLowerCase(Locale.ROOT));
            if (ackNs != null) {
                writeLatencies(json, ackNs);
            }
            if (deliverNs != null) {
                json.writeName("deliver");
                json.writeStartObject();
                writeLatencies(json, deliverNs);
                json.writeEndObject();
            }
        });
    }

    private static void writeLatencies(JsonGenerator json, Histogram histogram) {
        json.writeNumberProperty("p50Us", micros(histogram, 50));
        json.writeNumberProperty("p99Us", micros(histogram, 99));
        json.writeNumberProperty("p999Us", micros(histogram, 99.9));
        json.writeNumberProperty("maxUs", micros(histogram, 100));
    }

    private static double micros(Histogram histogram, double percentile) {
        return rounded(histogram.getValueAtPercentile(percentile) / 1e3);
    }

    private static double rounded(double value) {
        return Math.round(value * 1000) / 1000.0;
    }

    String toText(String name) {
        StringBuilder text = new StringBuilder();
        text.append(String.format(
                Locale.ROOT,
                "%s: %,d records of %d bytes in %.2f s: %,.0f records/s, %.1f MiB/s",
                name,
                records,
                size,
                seconds(),
                recordsPerSecond(),
                mebibytesPerSecond()));
        append(text, "publish to ack", ackNs);
        append(text, "publish to deliver", deliverNs);
        return text.toString();
    }

    private static void append(StringBuilder text, String what, @Nullable Histogram histogram) {
        if (histogram != null) {
            text.append(String.format(
                    Locale.ROOT,
                    "%n%s: p50 %.1f us, p99 %.1f us, p99.9 %.1f us, max %.1f us",
                    what,
                    micros(histogram, 50),
                    micros(histogram, 99),
                    micros(histogram, 99.9),
                    micros(histogram, 100)));
        }
    }
}
