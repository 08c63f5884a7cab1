package io.portask.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.net.Connection;
import io.portask.net.ProtocolHandler;
import io.portask.net.ProtocolSession;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** A loop that the test itself turns, by a clock that the test sets. */
final class HandDrivenLoop implements AutoCloseable {
    private static final long GIVE_UP_NS = TimeUnit.SECONDS.toNanos(20);

    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    final List<TestSession> sessions = new ArrayList<>();
    final ServerSocketChannel listener = ServerSocketChannel.open();
    final EventLoop loop;
    long nowMs = 1_000_000;

    HandDrivenLoop(ConnectionConfig config, Function<Connection, TestSession> opener) throws IOException {
        ProtocolHandler protocol = new TestProtocol("test", 'T', connection -> remember(opener.apply(connection)));
        loop = new EventLoop(
                "hand-driven",
                new LoopContext(
                        config,
                        new Recognizer(List.of(protocol)),
                        5_000,
                        new TransportMeters(registry, "server"),
                        new AtomicInteger(),
                        () -> nowMs),
                16 << 20,
                false);
        listener.configureBlocking(false);
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    private ProtocolSession remember(TestSession session) {
        sessions.add(session);
        return session;
    }

    Acceptor accept(Acceptor.Source source, int maxConnections) throws IOException {
        return new Acceptor(loop, listener, source, () -> loop, () -> maxConnections);
    }

    /** A connected peer whose session is open. */
    Peer openPeer() throws IOException {
        int before = sessions.size();
        Peer peer = new Peer((InetSocketAddress) listener.getLocalAddress());
        peer.send(new byte[] {'T'});
        turnUntil(() -> sessions.size() > before);
        return peer;
    }

    void turnUntil(BooleanSupplier done) throws IOException {
        long start = System.nanoTime();
        do {
            loop.doWork();
            assertThat(System.nanoTime() - start).as("waited too long").isLessThan(GIVE_UP_NS);
        } while (!done.getAsBoolean());
    }

    void advance(long ms) throws IOException {
        nowMs += ms;
        loop.doWork();
        loop.doWork();
    }

    double count(String meter, String... tags) {
        return registry.find(meter).tags(tags).counters().stream()
                .mapToDouble(c -> c.count())
                .sum();
    }

    @Override
    public void close() throws IOException {
        loop.onClose();
        listener.close();
    }
}
