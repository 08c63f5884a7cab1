package io.portask.transport;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.io.ByteSource;
import io.portask.net.Connection;
import io.portask.net.ProtocolSession;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * Measures by hand, beside raw blocking sockets in the same run: latency of a 100 B echo, throughput of 64 KiB writes in both
 * directions, and the heap of an idle connection. Run {@code main} without arguments.
 */
final class TransportMeasurement {
    private static final int ECHO_BYTES = 100;
    private static final int WRITE_BYTES = 64 << 10;
    private static final long STREAM_BYTES = 4L << 30;
    private static final int ROUNDS = 60_000;
    private static final int IDLE_CONNECTIONS = 5_000;

    private TransportMeasurement() {}

    public static void main(String[] args) throws Exception {
        if (args.length == 1) {
            holdConnections(Integer.parseInt(args[0]));
            return;
        }
        for (int i = 0; i < 3; i++) {
            echo();
            send();
            receive();
        }
        idle();
    }

    private static NioServer server(boolean lowLatency, Function<Connection, ProtocolSession> opener) {
        LoopConfig.Builder loops = LoopConfig.builder().eventLoops(1);
        NioServer server = new NioServer(
                NioServerConfig.builder()
                        .loops((lowLatency ? loops.lowLatency() : loops).build())
                        .maxConnections(20_000)
                        .build(),
                List.of(new TestProtocol("any", EchoSession.FIRST_BYTE, opener)),
                new SimpleMeterRegistry());
        server.start();
        return server;
    }

    private static SocketChannel connect(InetSocketAddress address) throws IOException {
        SocketChannel channel = SocketChannel.open(address);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        return channel;
    }

    private interface Raw {
        void serve(SocketChannel channel) throws IOException;
    }

    private static InetSocketAddress raw(Raw work) throws IOException {
        ServerSocketChannel listener = ServerSocketChannel.open();
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        InetSocketAddress address = (InetSocketAddress) listener.getLocalAddress();
        Thread thread = new Thread(() -> {
            try (listener;
                    SocketChannel channel = listener.accept()) {
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                work.serve(channel);
            } catch (IOException e) {
                System.err.println("raw: " + e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return address;
    }

    private static void echo() throws IOException {
        long[] raw = pingPong(raw(channel -> {
            ByteBuffer buffer = ByteBuffer.allocateDirect(WRITE_BYTES);
            while (channel.read(buffer.clear()) >= 0) {
                channel.write(buffer.flip());
            }
        }));
        long[] ours;
        try (NioServer server = server(false, EchoSession::new)) {
            ours = pingPong(server.address());
        }
        long[] lowLatency;
        try (NioServer server = server(true, EchoSession::new)) {
            lowLatency = pingPong(server.address());
        }
        System.out.printf(
                "echo 100 B, us p50/p99: raw %.1f/%.1f, portask %.1f/%.1f (%.2f/%.2f), low latency %.1f/%.1f%n",
                us(raw, 50),
                us(raw, 99),
                us(ours, 50),
                us(ours, 99),
                us(ours, 50) / us(raw, 50),
                us(ours, 99) / us(raw, 99),
                us(lowLatency, 50),
                us(lowLatency, 99));
    }

    private static double us(long[] sorted, int percentile) {
        return sorted[sorted.length * percentile / 100] / 1e3;
    }

    private static long[] pingPong(InetSocketAddress address) throws IOException {
        ByteBuffer frame =
                ByteBuffer.allocateDirect(ECHO_BYTES).put(Peer.frame(new byte[ECHO_BYTES - EchoSession.HEADER_BYTES]));
        ByteBuffer back = ByteBuffer.allocateDirect(ECHO_BYTES);
        long[] nanos = new long[ROUNDS];
        try (SocketChannel channel = connect(address)) {
            for (int i = -ROUNDS / 3; i < ROUNDS; i++) {
                long start = System.nanoTime();
                channel.write(frame.flip());
                back.clear();
                while (back.hasRemaining() && channel.read(back) >= 0) {
                    // The rest comes.
                }
                if (i >= 0) {
                    nanos[i] = System.nanoTime() - start;
                }
            }
        }
        Arrays.sort(nanos);
        return nanos;
    }

    private static void send() throws IOException {
        double raw = drain(raw(channel -> {
            ByteBuffer buffer = ByteBuffer.allocateDirect(WRITE_BYTES);
            channel.read(buffer.clear().limit(1));
            for (long sent = 0; sent < STREAM_BYTES; ) {
                sent += channel.write(buffer.clear());
            }
        }));
        double ours;
        try (NioServer server = server(false, Streaming::new)) {
            ours = drain(server.address());
        }
        System.out.printf("send 64 KiB, GiB/s: raw %.2f, portask %.2f (%.2f)%n", raw, ours, ours / raw);
    }

    /** Writes 64 KiB sources as long as its connection takes them. */
    private static final class Streaming extends TestSession {
        private final ByteBuffer bytes = ByteBuffer.allocateDirect(WRITE_BYTES);
        private long sent;

        Streaming(Connection connection) {
            super(connection, (any, bytes) -> {
                bytes.position(bytes.limit());
                return 0;
            });
            onWritable();
        }

        @Override
        public void onWritable() {
            while (connection.isWritable() && sent < STREAM_BYTES) {
                connection.write(ByteSource.of(bytes.duplicate()));
                sent += WRITE_BYTES;
            }
        }
    }

    private static double drain(InetSocketAddress address) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(256 << 10);
        try (SocketChannel channel = connect(address)) {
            channel.write(ByteBuffer.wrap(new byte[] {(byte) EchoSession.FIRST_BYTE}));
            long start = System.nanoTime();
            for (long seen = 0; seen < STREAM_BYTES; ) {
                seen += channel.read(buffer.clear());
            }
            return gibPerSecond(System.nanoTime() - start);
        }
    }

    private static void receive() throws IOException {
        double raw = fill(raw(channel -> {
            ByteBuffer buffer = ByteBuffer.allocateDirect(256 << 10);
            long seen = 0;
            while (seen < STREAM_BYTES) {
                seen += channel.read(buffer.clear());
            }
            channel.write(ByteBuffer.wrap(new byte[1]));
        }));
        double ours;
        try (NioServer server = server(false, Counting::new)) {
            ours = fill(server.address());
        }
        System.out.printf("receive 64 KiB, GiB/s: raw %.2f, portask %.2f (%.2f)%n", raw, ours, ours / raw);
    }

    /** Answers one byte when the whole stream was seen. */
    private static final class Counting extends TestSession {
        private long seen;

        Counting(Connection connection) {
            super(connection, (any, bytes) -> 0);
        }

        @Override
        public int onBytes(ByteBuffer bytes) {
            seen += bytes.remaining();
            bytes.position(bytes.limit());
            if (seen >= STREAM_BYTES) {
                connection.write(ByteBuffer.wrap(new byte[1]));
            }
            return 0;
        }
    }

    private static double fill(InetSocketAddress address) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(WRITE_BYTES);
        buffer.put((byte) EchoSession.FIRST_BYTE);
        try (SocketChannel channel = connect(address)) {
            long start = System.nanoTime();
            for (long sent = 0; sent < STREAM_BYTES; ) {
                sent += channel.write(buffer.clear());
            }
            channel.read(buffer.clear());
            return gibPerSecond(System.nanoTime() - start);
        }
    }

    private static double gibPerSecond(long nanos) {
        return STREAM_BYTES / (double) (1 << 30) / (nanos / 1e9);
    }

    private static void idle() throws Exception {
        ProtocolSession shared = TestSession.swallowing(null);
        try (NioServer server = server(false, connection -> shared)) {
            for (int i = 0; i < 200; i++) {
                connect(server.address()).close();
                server.connections().toCompletableFuture().get();
            }
            long before = usedHeap();
            Process clients = new ProcessBuilder(
                            ProcessHandle.current().info().command().orElse("java"),
                            "-cp",
                            System.getProperty("java.class.path"),
                            TransportMeasurement.class.getName(),
                            Integer.toString(server.address().getPort()))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            clients.getInputStream().read();
            long open = 0;
            while (open < IDLE_CONNECTIONS) {
                open = server.connections().toCompletableFuture().get().stream()
                        .filter(info -> info.protocol().equals("any"))
                        .count();
            }
            long after = usedHeap();
            System.out.printf(
                    "idle: %d connections, %d B of heap each (its session not counted)%n",
                    open, (after - before) / open);
            clients.getOutputStream().close();
            clients.waitFor();
        }
    }

    private static long usedHeap() throws InterruptedException {
        for (int i = 0; i < 5; i++) {
            System.gc();
            Thread.sleep(200);
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static void holdConnections(int port) throws IOException {
        List<SocketChannel> channels = new ArrayList<>();
        for (int i = 0; i < IDLE_CONNECTIONS; i++) {
            SocketChannel channel = connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            channel.write(ByteBuffer.wrap(new byte[] {(byte) EchoSession.FIRST_BYTE}));
            channels.add(channel);
        }
        System.out.println(channels.size());
        while (System.in.read() >= 0) {
            // Until the measuring process ends its output.
        }
    }
}
