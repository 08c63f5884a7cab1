package io.portask.launcher;

import io.portask.error.PortaskException;
import io.portask.http.json.JsonBuffer;
import io.portask.http.json.MessageJson;
import io.portask.record.RecordBatch;
import io.portask.record.RecordReader;
import io.portask.record.TopicPartition;
import io.portask.store.verify.LogDump;
import java.io.PrintWriter;
import java.nio.file.Path;
import tools.jackson.core.JsonGenerator;

/** Prints what a dump of a partition shows, in one line each: batches, records, damage. */
final class LogDumpPrinter implements LogDump.Visitor, AutoCloseable {
    private static final String[] COMPRESSIONS = {"none", "gzip", "snappy", "lz4", "zstd"};

    /** The values of {@code --format}. */
    enum Format {
        TEXT,
        JSON
    }

    private final PrintWriter out;
    private final Format format;
    private final TopicPartition partition;
    private final long from;
    private final long max;
    private final boolean records;
    private final RecordReader reader = new RecordReader();
    private final JsonBuffer message = new JsonBuffer();
    private long printed;
    private boolean foundDamage;

    LogDumpPrinter(PrintWriter out, Format format, TopicPartition partition, long from, long max, boolean records) {
        this.out = out;
        this.format = format;
        this.partition = partition;
        this.from = from;
        this.max = max;
        this.records = records;
    }

    /** Whether there was more than the torn tail that a killed process leaves. */
    boolean foundDamage() {
        return foundDamage;
    }

    @Override
    public boolean onBatch(Path file, long position, RecordBatch batch, boolean checksumMatches) {
        if (printed == max) {
            return false;
        }
        printed++;
        out.println(
                format == Format.JSON
                        ? Json.object(json -> write(json, file, position, batch, checksumMatches))
                        : text(file, position, batch, checksumMatches));
        if (records && checksumMatches) {
            printRecords(file, position, batch);
        }
        return printed < max && !out.checkError();
    }

    private static String text(Path file, long position, RecordBatch batch, boolean checksumMatches) {
        return file.getFileName() + " byte " + position + ": offsets " + batch.baseOffset() + " to "
                + batch.lastOffset() + ", " + batch.recordCount() + " records, "
                + (batch.hasProducerId()
                        ? "producer " + batch.producerId() + " epoch " + batch.producerEpoch() + " sequence "
                                + batch.baseSequence()
                        : "no producer")
                + ", compression " + compression(batch) + ", " + batch.sizeInBytes() + " bytes, crc "
                + (checksumMatches ? "ok" : "WRONG");
    }

    private static void write(
            JsonGenerator json, Path file, long position, RecordBatch batch, boolean checksumMatches) {
        json.writeStringProperty("file", file.toString());
        json.writeNumberProperty("position", position);
        json.writeNumberProperty("baseOffset", batch.baseOffset());
        json.writeNumberProperty("lastOffset", batch.lastOffset());
        json.writeNumberProperty("records", batch.recordCount());
        if (batch.hasProducerId()) {
            json.writeNumberProperty("producerId", batch.producerId());
            json.writeNumberProperty("producerEpoch", batch.producerEpoch());
            json.writeNumberProperty("baseSequence", batch.baseSequence());
        } else {
            json.writeNullProperty("producerId");
        }
        json.writeStringProperty("compression", compression(batch));
        json.writeNumberProperty("sizeInBytes", batch.sizeInBytes());
        json.writeBooleanProperty("crcOk", checksumMatches);
    }

    private static String compression(RecordBatch batch) {
        int code = batch.compressionCode();
        return code < COMPRESSIONS.length ? COMPRESSIONS[code] : Integer.toString(code);
    }

    private void printRecords(Path file, long position, RecordBatch batch) {
        try {
            reader.wrap(batch);
            while (reader.next()) {
                if (reader.offset() >= from) {
                    MessageJson.write(message.reset(), reader.toMessage(partition.topic(), partition.partition()));
                    out.println((format == Format.TEXT ? "  " : "") + message);
                }
            }
        } catch (PortaskException e) {
            onDamage(file, position, batch.baseOffset(), "its records cannot be read: " + e.getMessage(), false);
        }
    }

    @Override
    public void onDamage(Path file, long position, long offset, String what, boolean torn) {
        foundDamage |= !torn;
        out.println(
                format == Format.JSON
                        ? Json.object(json -> {
                            json.writeStringProperty("file", file.toString());
                            json.writeNumberProperty("position", position);
                            json.writeNumberProperty("offset", offset);
                            json.writeStringProperty("damage", what);
                            json.writeBooleanProperty("torn", torn);
                        })
                        : file.getFileName() + " byte " + position + " (offset " + offset + "): "
                                + (torn ? "torn write, the next start cuts it: " : "DAMAGED: ") + what);
    }

    @Override
    public void close() {
        reader.close();
    }
}
