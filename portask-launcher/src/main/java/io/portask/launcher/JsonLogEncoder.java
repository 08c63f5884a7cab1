package io.portask.launcher;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import io.portask.http.json.JsonBuffer;
import java.time.Instant;
import org.slf4j.event.KeyValuePair;

/**
 * One JSON object a line: {@code timestamp, level, logger, thread, message}, the fields of the event and of its thread such as
 * {@code requestId}, and {@code error} with a stack. Appenders call one at a time.
 */
final class JsonLogEncoder extends EncoderBase<ILoggingEvent> {
    private static final byte[] NOTHING = {};

    private final JsonBuffer json = new JsonBuffer();

    @Override
    public byte[] headerBytes() {
        return NOTHING;
    }

    @Override
    public byte[] footerBytes() {
        return NOTHING;
    }

    @Override
    public synchronized byte[] encode(ILoggingEvent event) {
        begin(event.getTimeStamp(), event.getLevel().toString(), event.getLoggerName());
        json.name("thread").string(event.getThreadName());
        json.name("message").string(event.getFormattedMessage());
        event.getMDCPropertyMap().forEach((name, value) -> json.name(name).string(value));
        if (event.getKeyValuePairs() != null) {
            for (KeyValuePair pair : event.getKeyValuePairs()) {
                json.name(pair.key).string(String.valueOf(pair.value));
            }
        }
        if (event.getThrowableProxy() != null) {
            json.name("error").string(ThrowableProxyUtil.asString(event.getThrowableProxy()));
        }
        return json.endObject().endLine().toByteArray();
    }

    /** A line, without its end, that a command says. */
    synchronized String said(String message) {
        begin(System.currentTimeMillis(), "INFO", "portask");
        json.name("message").string(message);
        return json.endObject().toString();
    }

    private void begin(long timestampMs, String level, String logger) {
        json.reset().beginObject();
        json.name("timestamp").string(Instant.ofEpochMilli(timestampMs).toString());
        json.name("level").string(level);
        json.name("logger").string(logger);
    }
}
