package io.portask.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.broker.Broker;
import io.portask.broker.BrokerConfig;
import io.portask.error.ErrorCode;
import io.portask.record.TopicPartition;
import io.portask.store.MessageStore;
import io.portask.store.ScrubReport;
import java.lang.reflect.Proxy;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Scrubs of a store that reports what the test wants, when it wants. */
final class PortScrubTest extends PortSessionTestBase {
    private final CompletableFuture<ScrubReport> scrubbed = new CompletableFuture<>();
    private Broker broker;

    private TestPeer peer(PortConfig config) {
        MessageStore memory = store.store();
        MessageStore scrubbing = (MessageStore) Proxy.newProxyInstance(
                PortScrubTest.class.getClassLoader(),
                new Class<?>[] {MessageStore.class},
                (proxy, method, arguments) -> method.getName().equals("scrub")
                        ? scrubbed
                        : Proxy.getInvocationHandler(memory).invoke(proxy, method, arguments));
        BrokerConfig small = BrokerConfig.builder().maxBatchBytes(4096).build();
        broker = Broker.builder().store(scrubbing).config(small).build();
        broker.start();
        return TestPeer.open(new PortProtocol(broker, config, meters));
    }

    @AfterEach
    void closeBroker() {
        if (broker != null) {
            broker.close();
        }
    }

    @Test
    void answerComesWhenTheScrubIsThroughAndNobodyWaitsForIt() {
        TestPeer peer = peer(PortConfig.defaults());
        peer.send(FrameType.SCRUB, 2, new ScrubRequest(ORDERS)::encode);
        peer.send(FrameType.HEARTBEAT, 3, out -> HeartbeatPayload.encode(out, 1));
        peer.answer(FrameType.HEARTBEAT, 3);
        ScrubReport report = new ScrubReport(7, 700, List.of(new ScrubReport.Problem(3, 5, "bad")));
        scrubbed.complete(report);
        assertThat(ScrubResponse.decode(peer.answer(FrameType.SCRUB, 2))).isEqualTo(report);
    }

    @Test
    void problemsBeyondAFrameAreLeftOut() {
        TestPeer peer = peer(PortConfig.builder().maxFrameBytes(256 << 10).build());
        ScrubReport.Problem problem = new ScrubReport.Problem(3, 5, "x".repeat(2_000));
        scrubbed.complete(new ScrubReport(7, 700, Collections.nCopies(1_000, problem)));
        peer.send(FrameType.SCRUB, 2, new ScrubRequest(ORDERS)::encode);
        ScrubReport answered = ScrubResponse.decode(peer.answer(FrameType.SCRUB, 2));
        assertThat(answered.problems()).hasSizeBetween(50, 999);
        assertThat(answered.problems().get(0).text()).hasSize(1_024);
    }

    @Test
    void storesThatDoNotScrubSaySo() {
        TestPeer peer = TestPeer.open(protocol());
        peer.send(FrameType.SCRUB, 2, new ScrubRequest(new TopicPartition("t", 0))::encode);
        peer.assertError(ErrorCode.UNSUPPORTED_OPERATION, 2);
    }
}
