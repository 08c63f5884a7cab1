package io.portask.store.contract;

import static io.portask.store.contract.StoreProbe.ORDERS;
import static io.portask.store.contract.StoreProbe.batch;
import static io.portask.store.contract.StoreProbe.errorOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.store.AppendResult;
import io.portask.store.MessageStore;
import io.portask.store.TopicConfig;
import io.portask.store.TopicSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ForkJoinWorkerThread;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The tests that every {@link MessageStore} passes. Extend it, return a store of your own from {@link #create()} and run it
 * with JUnit; it needs JUnit Jupiter and AssertJ. A store whose content survives {@link MessageStore#close()} extends {@link
 * DurableMessageStoreContract} instead.
 */
public abstract class MessageStoreContract
        implements TopicRules,
                AppendRules,
                ReadRules,
                ProducerRules,
                RemovalRules,
                RetentionRules,
                ScrubRules,
                ConsumerRules,
                LeaseRules {
    private static final int THREAD_END_MS = 10_000;

    private StoreProbe probe;

    /** A new store that holds nothing and is not started. Called at least once in every test. */
    protected abstract MessageStore create();

    /**
     * Has the store do now what it otherwise does in the background from time to time, retention above all, and returns when
     * that is done. Nothing by default, for a store that always does so at once.
     */
    protected void housekeep(MessageStore store) {}

    @BeforeEach
    void startStore() {
        start(create());
        probe.create(ORDERS.topic(), 1);
    }

    @AfterEach
    void closeStore() {
        probe.store().close();
    }

    /** Goes on with this store. */
    final void start(MessageStore store) {
        probe = new StoreProbe(store, () -> housekeep(store));
        store.start();
    }

    @Override
    public final StoreProbe probe() {
        return probe;
    }

    @Test
    void closingAgainDoesNothing() {
        probe.append("a");
        probe.store().close();
        probe.store().close();
    }

    @Test
    void aStoreThatWasNeverStartedCanBeClosed() {
        probe.store().close();
        create().close();
    }

    @Test
    void aStoreStartsOnce() {
        assertThatThrownBy(probe.store()::start).isInstanceOf(PortaskException.class);
        probe.append("a");
        probe.store().close();
        assertThatThrownBy(probe.store()::start).isInstanceOf(PortaskException.class);
    }

    @Test
    void callsAfterCloseFail() {
        MessageStore store = probe.store();
        store.close();
        Map<String, CompletionStage<?>> calls = new HashMap<>(PartitionCalls.all(store, ORDERS));
        calls.put("createTopic", store.createTopic(new TopicSpec("new", 1)));
        calls.put("configureTopic", store.configureTopic("orders", TopicConfig.DEFAULT));
        calls.put("deleteTopic", store.deleteTopic("orders"));
        calls.put("describeTopic", store.describeTopic("orders"));
        calls.put("listTopics", store.listTopics());
        calls.put("committedOffsets", store.committedOffsets("c"));
        calls.put("consumers", store.consumers());
        calls.put("forgetConsumer", store.forgetConsumer("c"));
        assertThat(calls)
                .allSatisfy((call, stage) -> assertThat(errorOf(stage).code()).isEqualTo(ErrorCode.CLOSED));
    }

    @Test
    void closingCompletesWhatWaits() {
        List<CompletionStage<AppendResult>> stages = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            stages.add(probe.store().append(ORDERS, batch("m" + i), probe.durability()));
        }
        probe.store().close();
        for (CompletionStage<AppendResult> stage : stages) {
            StoreProbe.await(stage.handle((result, error) -> result));
        }
    }

    @Test
    void noThreadIsLeftAfterClose() throws InterruptedException {
        closeStore();
        Set<Thread> before = new HashSet<>(Thread.getAllStackTraces().keySet());
        startStore();
        probe.append("a");
        probe.values(ORDERS);
        Set<Thread> started = new HashSet<>(Thread.getAllStackTraces().keySet());
        started.removeAll(before);
        started.removeIf(thread -> thread instanceof ForkJoinWorkerThread);
        closeStore();
        for (Thread thread : started) {
            thread.join(THREAD_END_MS);
            assertThat(thread.isAlive()).as("alive after close: " + thread).isFalse();
        }
    }
}
