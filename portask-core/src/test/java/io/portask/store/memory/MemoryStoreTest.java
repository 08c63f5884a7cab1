package io.portask.store.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Durability;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatchBuilder;
import io.portask.record.RecordBatches;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.EndListener;
import io.portask.store.FetchResult;
import io.portask.store.MessageStore;
import io.portask.store.MessageStores;
import io.portask.store.StoreContext;
import io.portask.store.TopicSpec;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the memory store promises beyond the contract. */
class MemoryStoreTest {
    private static final TopicPartition T = new TopicPartition("t", 0);
    private static final StoreContext CONTEXT = new StoreContext(new SimpleMeterRegistry(), Clock.systemUTC());

    @Test
    void theUriOpensANewStoreEachTime() {
        try (MessageStore one = started("memory:");
                MessageStore other = started("memory:")) {
            append(one, 10);
            assertThat(describeEnd(one)).isEqualTo(1);
            assertThat(describeEnd(other)).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"memory:?maxBytes=", "memory:?maxBytes=1G", "memory:?maxBytes=100", "memory:?x=1", "memory:x"})
    void wrongUrisAreRefusedWithAnExample(String uri) {
        assertThatThrownBy(() -> MessageStores.create(uri, CONTEXT))
                .hasMessageContaining("memory:?maxBytes=268435456")
                .isInstanceOfSatisfying(
                        PortaskException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION));
    }

    @Test
    void appendsBeyondMaxBytesAreRefusedUntilSomethingIsTrimmed() {
        try (MessageStore store = started("memory:?maxBytes=100000")) {
            fill(store);
            long end = describeEnd(store);
            assertThat(end).isPositive();
            join(store.trim(T, end - 1));
            append(store, 1000);
            assertThat(describeEnd(store)).isEqualTo(end + 1);
        }
    }

    @Test
    void deletingWorksInAFullStoreAndMakesRoom() {
        try (MessageStore store = started("memory:?maxBytes=100000")) {
            fill(store);
            long end = describeEnd(store);
            List<Long> offsets = new ArrayList<>();
            for (long offset = 0; offset < end; offset++) {
                offsets.add(offset);
            }
            assertThat(join(store.deleteMessages(T, offsets))).isEqualTo((int) end);
            append(store, 1000);
        }
    }

    @Test
    void aDeletedTopicMakesRoom() {
        try (MessageStore store = started("memory:?maxBytes=100000")) {
            for (int i = 0; i < 5; i++) {
                fill(store);
                join(store.deleteTopic("t"));
                join(store.createTopic(new TopicSpec("t", 1)));
            }
            append(store, 1000);
        }
    }

    @Test
    void aFailingListenerHarmsNobody() {
        try (MessageStore store = started("memory:")) {
            List<Long> told = new ArrayList<>();
            EndListener failing = (partition, end) -> {
                throw new IllegalStateException("listener");
            };
            store.addEndListener(failing);
            store.addEndListener((partition, end) -> told.add(end));
            append(store, 10);
            assertThat(told).containsExactly(1L);
        }
    }

    @Test
    void severalBatchesOfAnIdempotentProducerInOneAppendAreRefused() {
        try (MessageStore store = started("memory:");
                RecordBatchBuilder builder = new RecordBatchBuilder(100)) {
            ByteBuffer one = builder.producer(1, (short) 0, 0)
                    .append(1, null, null, List.of())
                    .build();
            ByteBuffer two = ByteBuffer.allocate(2 * one.remaining())
                    .put(one.duplicate())
                    .put(one.duplicate())
                    .flip();
            assertThatThrownBy(() -> join(store.append(T, two, Durability.NONE)))
                    .hasMessageContaining("one batch of an idempotent producer");
            assertThatThrownBy(() -> join(store.append(T, ByteBuffer.allocate(0), Durability.NONE)))
                    .hasMessageContaining("at least one");
            assertThat(describeEnd(store)).isZero();
        }
    }

    @Test
    void readsAreReadOnlySlicesOfWhatIsStored() {
        try (MessageStore store = started("memory:")) {
            append(store, 100);
            FetchResult first = join(store.read(T, 0, 1000));
            FetchResult second = join(store.read(T, 0, 1000));
            assertThat(first.batches().buffer().isReadOnly()).isTrue();
            assertThat(first.batches().buffer().isDirect()).isTrue();
            assertThat(first.batches().buffer()).isEqualTo(second.batches().buffer());
        }
    }

    /** Appends, reads, trims and deletes at random beside a plain map. */
    @Test
    void agreesWithAMapOverRandomOperations() {
        for (long seed = 1; seed <= 20; seed++) {
            try (MessageStore store = started("memory:")) {
                compareWithMap(store, new Random(seed), "seed " + seed);
            }
        }
    }

    private static void compareWithMap(MessageStore store, Random random, String seed) {
        TreeMap<Long, Integer> expected = new TreeMap<>();
        long start = 0;
        long end = 0;
        for (int step = 0; step < 300; step++) {
            switch (random.nextInt(10)) {
                case 0 -> {
                    long offset = start + random.nextInt((int) (end - start) / 3 + 1);
                    start = join(store.trim(T, offset));
                    expected.headMap(offset).clear();
                }
                case 1, 2 -> {
                    List<Long> offsets = new ArrayList<>();
                    for (int i = random.nextInt(20); i > 0; i--) {
                        offsets.add(random.nextLong(end + 1));
                    }
                    int there = (int) offsets.stream()
                            .distinct()
                            .filter(expected::containsKey)
                            .count();
                    assertThat(join(store.deleteMessages(T, offsets))).as(seed).isEqualTo(there);
                    expected.keySet().removeAll(offsets);
                }
                default -> {
                    int size = random.nextInt(random.nextInt(10) == 0 ? 100_000 : 2_000);
                    append(store, size);
                    expected.put(end++, size);
                }
            }
            assertThat(contents(store, start, end, 1 + random.nextInt(1 << 18)))
                    .as(seed)
                    .isEqualTo(expected);
        }
    }

    private static TreeMap<Long, Integer> contents(MessageStore store, long start, long end, int maxBytes) {
        TreeMap<Long, Integer> found = new TreeMap<>();
        for (long offset = start; offset < end; ) {
            FetchResult fetched = join(store.read(T, offset, maxBytes));
            for (ReceivedMessage message :
                    RecordBatches.decode(T, fetched.batches().buffer(), offset)) {
                found.put(message.offset(), message.value().length);
            }
            offset = fetched.nextOffset();
        }
        return found;
    }

    private static MessageStore started(String uri) {
        MessageStore store = MessageStores.create(uri, CONTEXT);
        store.start();
        join(store.createTopic(new TopicSpec("t", 1)));
        return store;
    }

    /** Appends until the store refuses because it is full. */
    private static void fill(MessageStore store) {
        for (int i = 0; i < 1000; i++) {
            try {
                append(store, 1000);
            } catch (PortaskException e) {
                assertThat(e.code()).isEqualTo(ErrorCode.OVERLOADED);
                assertThat(e.code().retriable()).isTrue();
                return;
            }
        }
        throw new AssertionError("the store takes more than maxBytes");
    }

    private static AppendResult append(MessageStore store, int valueSize) {
        try (RecordBatchBuilder builder = new RecordBatchBuilder(valueSize + 100)) {
            ByteBuffer batch =
                    builder.append(1, null, new byte[valueSize], List.of()).build();
            return join(store.append(T, batch, Durability.NONE));
        }
    }

    private static long describeEnd(MessageStore store) {
        return join(store.describePartition(T)).endOffset();
    }

    private static <T> T join(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().join();
        } catch (CompletionException e) {
            throw PortaskException.of(e);
        }
    }
}
