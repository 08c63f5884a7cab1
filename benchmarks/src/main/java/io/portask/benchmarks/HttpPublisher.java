package io.portask.benchmarks;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Connections that each post one message after the other, the next when the last was answered. One thread serves them. */
final class HttpPublisher implements AutoCloseable {
    private static final byte[] END = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    /** What became of some requests, in nanoseconds. */
    static final class Run {
        private final long[] sorted;
        private final long totalNanos;

        Run(long[] nanos, long totalNanos) {
            sorted = nanos;
            Arrays.sort(sorted);
            this.totalNanos = totalNanos;
        }

        long percentile(double percent) {
            return sorted[(int) Math.min(sorted.length - 1, sorted.length * percent / 100)];
        }

        double perSecond() {
            return sorted.length * 1e9 / totalNanos;
        }
    }

    private static final class Client {
        private final SocketChannel channel;
        private final ByteBuffer in = ByteBuffer.allocateDirect(4 << 10);
        private long sentNanos;

        Client(SocketChannel channel) {
            this.channel = channel;
        }
    }

    private final Selector selector = Selector.open();
    private final ByteBuffer request;

    HttpPublisher(InetSocketAddress server, String topic, int valueBytes) throws IOException {
        this(server, 1, topic, valueBytes);
    }

    HttpPublisher(InetSocketAddress server, int connections, String topic, int valueBytes) throws IOException {
        String body = "{\"topic\":\"" + topic + "\",\"ack\":\"written\",\"text\":\"" + "x".repeat(valueBytes) + "\"}";
        byte[] bytes = ("POST /api/v1/messages/publish HTTP/1.1\r\nHost: 127.0.0.1:" + server.getPort()
                        + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                .getBytes(StandardCharsets.US_ASCII);
        request = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        for (int i = 0; i < connections; i++) {
            SocketChannel channel = SocketChannel.open(server);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, new Client(channel));
        }
    }

    /** Posts so many messages, and waits for their answers. */
    Run run(int count) throws IOException {
        long[] nanos = new long[count];
        int sent = 0;
        int answered = 0;
        long start = System.nanoTime();
        for (SelectionKey key : selector.keys()) {
            if (sent < count) {
                send((Client) key.attachment());
                sent++;
            }
        }
        while (answered < count) {
            selector.select();
            for (SelectionKey key : selector.selectedKeys()) {
                Client client = (Client) key.attachment();
                if (receive(client)) {
                    nanos[answered++] = System.nanoTime() - client.sentNanos;
                    if (sent < count) {
                        send(client);
                        sent++;
                    }
                }
            }
            selector.selectedKeys().clear();
        }
        return new Run(nanos, System.nanoTime() - start);
    }

    private void send(Client client) throws IOException {
        client.in.clear();
        client.sentNanos = System.nanoTime();
        request.rewind();
        client.channel.write(request);
        if (request.hasRemaining()) {
            throw new IOException("A request was not taken as a whole");
        }
    }

    /** Whether the answer is whole: status 200, and a body that ends with the announced length, which is JSON or nothing. */
    private static boolean receive(Client client) throws IOException {
        ByteBuffer in = client.in;
        if (client.channel.read(in) < 0) {
            throw new IOException("The server closed the connection");
        }
        int end = in.position();
        for (int i = 0; i + END.length <= end; i++) {
            if (in.get(i) == '\r' && in.get(i + 1) == '\n' && in.get(i + 2) == '\r' && in.get(i + 3) == '\n') {
                if (in.get(9) != '2') {
                    throw new IOException(
                            StandardCharsets.ISO_8859_1.decode(in.flip()).toString());
                }
                return in.get(end - 1) == '}';
            }
        }
        return false;
    }

    @Override
    public void close() throws IOException {
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
