package io.portask.transport;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.net.Connection;
import io.portask.net.ProtocolSession;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;

/** A session that remembers what it was told and does with bytes what it was given. */
class TestSession implements ProtocolSession {
    final Connection connection;
    final List<Integer> silentPeriods = new CopyOnWriteArrayList<>();
    final AtomicInteger writable = new AtomicInteger();
    final AtomicInteger closedCalls = new AtomicInteger();
    final CompletableFuture<PortaskException> closed = new CompletableFuture<>();
    final CompletableFuture<Void> shutdown = new CompletableFuture<>();
    private final BiFunction<Connection, ByteBuffer, Integer> onBytes;

    TestSession(Connection connection, BiFunction<Connection, ByteBuffer, Integer> onBytes) {
        this.connection = connection;
        this.onBytes = onBytes;
    }

    static TestSession swallowing(Connection connection) {
        return new TestSession(connection, (any, bytes) -> {
            bytes.position(bytes.limit());
            return 0;
        });
    }

    @Override
    public int onBytes(ByteBuffer bytes) {
        return onBytes.apply(connection, bytes);
    }

    @Override
    public void onWritable() {
        writable.incrementAndGet();
    }

    @Override
    public void onIdle(int periods) {
        silentPeriods.add(periods);
    }

    @Override
    public void onShutdown() {
        shutdown.complete(null);
        connection.close(new PortaskException(ErrorCode.SHUTTING_DOWN, "test"));
    }

    @Override
    public void onClosed(PortaskException reason) {
        closedCalls.incrementAndGet();
        closed.complete(reason);
    }

    ErrorCode closeCode() throws Exception {
        return closed.get(20, TimeUnit.SECONDS).code();
    }
}
