package io.portask.http.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.broker.Broker;
import io.portask.broker.BrokerConfig;
import io.portask.record.Compression;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatchBuilder;
import io.portask.record.TopicPartition;
import io.portask.store.FetchResult;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StoredMessagesTest {
    private static final TopicPartition PLACE = new TopicPartition("t", 0);

    @Test
    void whatTheBrokerAcceptsCanBeRead() {
        byte[] large = new byte[65 << 20];
        List<ReceivedMessage> read = new ArrayList<>();
        try (Broker broker = Broker.builder()
                        .store("memory:")
                        .config(BrokerConfig.builder().maxBatchBytes(70 << 20).build())
                        .build();
                RecordBatchBuilder builder = new RecordBatchBuilder(66 << 20)) {
            broker.start();
            broker.createTopic("t", 1);
            builder.compression(Compression.ZSTD).append(5, null, large, List.of());
            broker.append(PLACE, builder.build(), null).toCompletableFuture().join();
            FetchResult result =
                    broker.fetchAsync(PLACE, 0, 1).toCompletableFuture().join();
            StoredMessages.visit(result, PLACE, 0, read::add);
        }
        assertThat(read.get(0).value()).hasSize(large.length);
    }
}
