package io.portask.store.contract;

import static io.portask.store.contract.StoreProbe.ORDERS;
import static io.portask.store.contract.StoreProbe.await;
import static io.portask.store.contract.StoreProbe.batch;
import static io.portask.store.contract.StoreProbe.errorOf;
import static io.portask.store.contract.StoreProbe.join;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.record.Durability;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatch;
import io.portask.store.AppendResult;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Appending: offsets, order, durability, the caller's buffer. */
interface AppendRules extends StoreRules {
    @Test
    default void offsetsAreDenseFromZero() {
        assertThat(probe().append("a", "b")).satisfies(result -> {
            assertThat(result.baseOffset()).isZero();
            assertThat(result.nextOffset()).isEqualTo(2);
            assertThat(result.duplicate()).isFalse();
        });
        assertThat(probe().append("c").baseOffset()).isEqualTo(2);
        assertThat(probe().append("d", "e", "f").nextOffset()).isEqualTo(6);
        assertThat(probe().offsets(ORDERS)).containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
        assertThat(probe().values(ORDERS)).containsExactly("a", "b", "c", "d", "e", "f");
        assertThat(probe().info(ORDERS).endOffset()).isEqualTo(6);
    }

    @Test
    default void severalBatchesOfOneAppendFollowEachOther() {
        probe().append("before");
        AppendResult result = probe().append(ORDERS, join(batch("a", "b"), batch("c"), batch("d", "e")));
        assertThat(result.baseOffset()).isEqualTo(1);
        assertThat(result.nextOffset()).isEqualTo(6);
        assertThat(probe().fetch(ORDERS, 1, StoreProbe.MANY_BYTES).baseOffsets())
                .containsExactly(1L, 3L, 4L);
        assertThat(probe().values(ORDERS)).containsExactly("before", "a", "b", "c", "d", "e");
    }

    @Test
    default void recordsAreStoredAsTheyWere() {
        ByteBuffer original = batch("a", "b");
        probe().append("before");
        probe().append(ORDERS, original);
        ByteBuffer stored = probe().fetch(ORDERS, 1, StoreProbe.MANY_BYTES).bytes();
        int signed = RecordBatch.CRC_OFFSET;
        assertThat(stored.slice(signed, stored.limit() - signed))
                .isEqualTo(original.slice(signed, original.limit() - signed));
    }

    @Test
    default void orderOfCallsIsOrderOfOffsets() {
        List<CompletionStage<AppendResult>> stages = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            stages.add(probe().store().append(ORDERS, batch("m" + i), probe().durability()));
        }
        for (int i = 0; i < stages.size(); i++) {
            assertThat(await(stages.get(i)).baseOffset()).isEqualTo(i);
        }
        assertThat(probe().values(ORDERS).get(299)).isEqualTo("m299");
    }

    @Test
    default void theCallersBufferIsLeftAsItWas() {
        ByteBuffer batch = batch("a", "b");
        ByteBuffer around = ByteBuffer.allocateDirect(batch.remaining() + 30);
        around.put(10, batch, 0, batch.limit());
        around.limit(10 + batch.limit()).position(10);
        probe().append("before");
        probe().append(ORDERS, around);
        assertThat(around.position()).isEqualTo(10);
        assertThat(around.limit()).isEqualTo(10 + batch.limit());
        assertThat(probe().values(ORDERS)).containsExactly("before", "a", "b");
    }

    @Test
    default void theCallersBytesAreFreeWhenTheCallReturns() {
        List<CompletionStage<AppendResult>> stages = new ArrayList<>();
        ByteBuffer shared = ByteBuffer.allocateDirect(4096);
        for (int i = 0; i < 50; i++) {
            shared.clear().put(batch("m" + i)).flip();
            stages.add(probe().store().append(ORDERS, shared, probe().durability()));
            for (int at = 0; at < shared.limit(); at++) {
                shared.put(at, (byte) 0xEE);
            }
        }
        stages.forEach(StoreProbe::await);
        assertThat(probe().values(ORDERS))
                .containsExactlyElementsOf(
                        LongStream.range(0, 50).mapToObj(i -> "m" + i).toList());
    }

    @Test
    default void heapBuffersAreTakenToo() {
        ByteBuffer direct = batch("a");
        probe().append(ORDERS, ByteBuffer.allocate(direct.limit()).put(direct).flip());
        assertThat(probe().values(ORDERS)).containsExactly("a");
    }

    @Test
    default void concurrentAppendsAreAllStoredOnce() throws InterruptedException {
        int threads = 4;
        int each = 100;
        CountDownLatch go = new CountDownLatch(1);
        ConcurrentHashMap<Long, String> acknowledged = new ConcurrentHashMap<>();
        List<Thread> appenders = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            String prefix = "t" + t + "-";
            Thread appender = new Thread(() -> {
                try {
                    go.await();
                } catch (InterruptedException e) {
                    return;
                }
                for (int i = 0; i < each; i++) {
                    long offset = probe().append(prefix + i).baseOffset();
                    assertThat(acknowledged.put(offset, prefix + i)).isNull();
                }
            });
            appender.start();
            appenders.add(appender);
        }
        go.countDown();
        for (Thread appender : appenders) {
            appender.join();
        }
        List<ReceivedMessage> messages = probe().readAll(ORDERS, 1000);
        assertThat(messages).hasSize(threads * each);
        for (int i = 0; i < messages.size(); i++) {
            assertThat(messages.get(i).offset()).isEqualTo(i);
            assertThat(messages.get(i).text()).isEqualTo(acknowledged.get((long) i));
        }
        for (int t = 0; t < threads; t++) {
            String prefix = "t" + t + "-";
            assertThat(messages.stream().map(ReceivedMessage::text).filter(text -> text.startsWith(prefix)))
                    .containsExactlyElementsOf(
                            LongStream.range(0, each).mapToObj(i -> prefix + i).toList());
        }
    }

    @Test
    default void everyOfferedDurabilityIsReached() {
        Durability max = probe().store().capabilities().maxDurability();
        assertThat(max.atLeast(probe().store().capabilities().defaultDurability()))
                .isTrue();
        for (Durability wanted : Durability.values()) {
            if (max.atLeast(wanted)) {
                AppendResult result = await(probe().store().append(ORDERS, batch("at " + wanted), wanted));
                assertThat(result.durability().atLeast(wanted)).isTrue();
            }
        }
    }

    @Test
    default void higherDurabilityIsRefusedAndNothingStored() {
        for (Durability wanted : Durability.values()) {
            if (!probe().store().capabilities().maxDurability().atLeast(wanted)) {
                assertThat(errorOf(probe().store().append(ORDERS, batch("a"), wanted))
                                .code())
                        .isEqualTo(ErrorCode.DURABILITY_UNAVAILABLE);
            }
        }
        assertThat(probe().info(ORDERS).endOffset()).isZero();
    }

    @Test
    default void largeBatchesAreTaken() {
        String large = "x".repeat(3 << 20);
        probe().append("before");
        probe().append(ORDERS, join(batch(large), batch("after")));
        assertThat(probe().values(ORDERS)).containsExactly("before", large, "after");
    }

    @Test
    default void readersSeeWholeAppendsInTheirOrder() throws InterruptedException {
        int appends = 200;
        Thread appender = new Thread(() -> {
            for (int i = 0; i < appends; i++) {
                probe().append("a" + i, "b" + i);
            }
        });
        appender.start();
        for (long next = 0; next < 2 * appends; ) {
            for (ReceivedMessage message :
                    probe().fetch(ORDERS, next, StoreProbe.MANY_BYTES).messages()) {
                assertThat(message.offset()).isEqualTo(next);
                assertThat(message.text()).isEqualTo((next % 2 == 0 ? "a" : "b") + next / 2);
                next++;
            }
        }
        appender.join();
    }
}
