package io.portask.http.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.broker.Broker;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a subscriber that gets nothing costs, with the connection of the test, which holds lists of its own. */
class IdleHeapTest {
    private static final int CLIENTS = 10_000;

    private final List<LivePeer> peers = new ArrayList<>(CLIENTS);

    @Test
    void anIdleClientCostsLittleHeapAndNoBuffer() {
        try (Broker broker = Broker.open("memory:")) {
            broker.createTopic("t", 1);
            long before = used();
            for (int i = 0; i < CLIENTS; i++) {
                LivePeer peer = new LivePeer(broker, LiveConfig.defaults());
                peer.ask("{'type':'subscribe','topic':'t','group':'g'}");
                peers.add(peer);
            }
            long each = (used() - before) / CLIENTS;
            assertThat(each).as("bytes of heap for each").isLessThan(2048);
            assertThat(peers).hasSize(CLIENTS);
        }
    }

    private static long used() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
