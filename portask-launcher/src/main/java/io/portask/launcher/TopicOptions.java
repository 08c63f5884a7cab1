package io.portask.launcher;

import io.portask.error.PortaskException;
import io.portask.store.TopicConfig;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a topic keeps; what is not given stays as it is. */
final class TopicOptions {
    @Option(
            names = "--retention-ms",
            paramLabel = "MS",
            description = "Drop messages older than this; -1 for never (default: -1).")
    private @Nullable Long retentionMs;

    @Option(
            names = "--retention-bytes",
            paramLabel = "BYTES",
            description = "Drop the oldest messages of a partition while it is larger; -1 for any size (default: -1).")
    private @Nullable Long retentionBytes;

    @Option(
            names = "--retention-messages",
            paramLabel = "COUNT",
            description = "Drop the oldest messages of a partition while it has more; -1 for any number (default: -1).")
    private @Nullable Long retentionMessages;

    @Option(
            names = "--compacted",
            paramLabel = "BOOLEAN",
            arity = "1",
            description = "Keep only the latest message of each key (default: false).")
    private @Nullable Boolean compacted;

    @Option(
            names = "--tombstone-retention-ms",
            paramLabel = "MS",
            description = "How long a compacted topic keeps messages without a value (default: 86400000).")
    private @Nullable Long tombstoneRetentionMs;

    TopicConfig applyTo(ServerOptions server, TopicConfig config) {
        try {
            return new TopicConfig(
                    retentionMs == null ? config.retentionMs() : retentionMs,
                    retentionBytes == null ? config.retentionBytes() : retentionBytes,
                    retentionMessages == null ? config.retentionMessages() : retentionMessages,
                    compacted == null ? config.compacted() : compacted,
                    tombstoneRetentionMs == null ? config.tombstoneRetentionMs() : tombstoneRetentionMs);
        } catch (PortaskException e) {
            throw server.usageError(String.valueOf(e.getMessage()));
        }
    }
}
