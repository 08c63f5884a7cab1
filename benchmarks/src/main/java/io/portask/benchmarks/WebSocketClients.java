package io.portask.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The clients of {@link WebSocketMeasurement}, in a process of their own, so that the server's heap and files are the
 * server's alone. Obeys lines: {@code subscribe COUNT TOPIC} and {@code stall COUNT TOPIC} connect subscribers that read, or never
 * do; {@code await} waits until each that reads got one message and says when the last one did, by {@link System#nanoTime}, which
 * processes of one Linux share.
 */
final class WebSocketClients {
    private static final int SMALL_BUFFER = 4 << 10;

    private final InetSocketAddress server;
    private final Selector selector = Selector.open();
    private final List<SocketChannel> stalled = new ArrayList<>();
    private final ByteBuffer in = ByteBuffer.allocateDirect(64 << 10);
    private int reading;

    private WebSocketClients(int port) throws IOException {
        server = new InetSocketAddress("127.0.0.1", port);
    }

    public static void main(String[] arguments) throws IOException {
        WebSocketClients clients = new WebSocketClients(Integer.parseInt(arguments[0]));
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "subscribe" -> clients.subscribe(Integer.parseInt(words[1]), words[2]);
                case "stall" -> clients.stall(Integer.parseInt(words[1]), words[2]);
                default -> clients.await();
            }
            System.out.println("done " + System.nanoTime());
        }
    }

    private void subscribe(int count, String topic) throws IOException {
        for (int i = 0; i < count; i++) {
            SocketChannel channel = connect(topic, 0);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ);
        }
        reading += count;
    }

    private void stall(int count, String topic) throws IOException {
        for (int i = 0; i < count; i++) {
            stalled.add(connect(topic, SMALL_BUFFER));
        }
    }

    private SocketChannel connect(String topic, int receiveBuffer) throws IOException {
        SocketChannel channel = SocketChannel.open();
        if (receiveBuffer > 0) {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, receiveBuffer);
        }
        channel.connect(server);
        channel.write(ascii("GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
        readTo(channel, "\r\n\r\n");
        byte[] json = ("{\"type\":\"subscribe\",\"from\":\"latest\",\"topic\":\"" + topic + "\"}")
                .getBytes(StandardCharsets.US_ASCII);
        ByteBuffer frame = ByteBuffer.allocate(json.length + 6)
                .put((byte) 0x81)
                .put((byte) (0x80 | json.length))
                .putInt(0)
                .put(json);
        channel.write(frame.flip());
        readTo(channel, "]}");
        return channel;
    }

    private static ByteBuffer ascii(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    private void readTo(SocketChannel channel, String end) throws IOException {
        StringBuilder got = new StringBuilder();
        while (got.indexOf(end) < 0) {
            in.clear();
            if (channel.read(in) < 0) {
                throw new IOException("The server closed the connection after " + got);
            }
            got.append(StandardCharsets.ISO_8859_1.decode(in.flip()));
        }
    }

    /** One frame comes to each, in one piece, for it is small. */
    private void await() throws IOException {
        for (int waiting = reading; waiting > 0; ) {
            selector.select();
            for (SelectionKey key : selector.selectedKeys()) {
                in.clear();
                if (((SocketChannel) key.channel()).read(in) < 0) {
                    throw new IOException("The server closed a connection");
                }
                waiting--;
            }
            selector.selectedKeys().clear();
        }
    }
}
