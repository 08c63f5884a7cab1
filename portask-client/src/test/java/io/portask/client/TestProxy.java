package io.portask.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Passes bytes between clients and a server, and cuts connections where a test wants it. */
final class TestProxy implements AutoCloseable {
    private static final long NEVER = Long.MAX_VALUE;

    private final ServerSocket listener;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicLong bytesUntilCut = new AtomicLong(NEVER);
    private final AtomicInteger cuts = new AtomicInteger();
    private volatile int serverPort;
    private volatile boolean cutOnResponse;
    private volatile boolean silent;

    TestProxy(int serverPort) throws IOException {
        this.serverPort = serverPort;
        listener = new ServerSocket();
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        daemon(this::accept);
    }

    String address() {
        return "127.0.0.1:" + listener.getLocalPort();
    }

    void serverPort(int port) {
        serverPort = port;
    }

    /** The next bytes that the server sends are dropped, and the connection is cut. */
    void cutOnResponse() {
        cutOnResponse = true;
    }

    /** The connection that carries the byte after so many more, in whatever direction, is cut. */
    void cutAfter(long bytes) {
        bytesUntilCut.set(bytes);
    }

    /** Nothing passes any more, and nothing is closed: a half-open connection. New connections pass again. */
    void silence() {
        silent = true;
    }

    int cuts() {
        return cuts.get();
    }

    void cutAll() {
        sockets.forEach(TestProxy::quietly);
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                sockets.add(client);
                silent = false;
                Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
                sockets.add(server);
                client.setTcpNoDelay(true);
                server.setTcpNoDelay(true);
                daemon(() -> pass(client, server, false));
                daemon(() -> pass(server, client, true));
            } catch (IOException e) {
                cutAll();
            }
        }
    }

    private void pass(Socket from, Socket to, boolean response) {
        byte[] buffer = new byte[16 << 10];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            boolean mute = false;
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                if (response && cutOnResponse) {
                    cutOnResponse = false;
                    break;
                }
                long left = bytesUntilCut.get() == NEVER ? NEVER : bytesUntilCut.addAndGet(-count);
                if (left < 0) {
                    bytesUntilCut.set(NEVER);
                    out.write(buffer, 0, (int) Math.max(0, count + left));
                    break;
                }
                mute |= silent;
                if (!mute) {
                    out.write(buffer, 0, count);
                }
            }
        } catch (IOException e) {
            // One side is gone; the other one follows.
        }
        cuts.incrementAndGet();
        quietly(from);
        quietly(to);
        sockets.remove(from);
        sockets.remove(to);
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "test-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private static void quietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        cutAll();
    }
}
