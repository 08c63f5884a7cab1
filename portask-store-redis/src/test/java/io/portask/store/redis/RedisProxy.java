package io.portask.store.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Stands between a store and its Redis, so that answers can be held back and connections cut. */
final class RedisProxy implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 16;

    private final ServerSocket server;
    private volatile int target;
    private final List<Socket> sockets = new ArrayList<>();
    private final Set<Socket> silent = new HashSet<>();
    private boolean holding;
    private Socket held;

    RedisProxy(int target) throws IOException {
        this.target = target;
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        spawn(this::accept);
    }

    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    private void spawn(Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException | InterruptedException e) {
                        // The end of a connection is what this is for.
                    }
                },
                "redis-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() throws IOException {
        while (true) {
            Socket near = server.accept();
            try {
                Socket far = new Socket(InetAddress.getLoopbackAddress(), target);
                synchronized (this) {
                    sockets.add(near);
                    sockets.add(far);
                }
                spawn(() -> pump(near, far, false));
                spawn(() -> pump(far, near, true));
            } catch (IOException e) {
                near.close();
            }
        }
    }

    private void pump(Socket from, Socket to, boolean answers) throws IOException, InterruptedException {
        byte[] buffer = new byte[BUFFER_BYTES];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            int count = in.read(buffer);
            while (count >= 0) {
                if (answers) {
                    awaitFreeWay(from);
                }
                if (!isSilent(from)) {
                    out.write(buffer, 0, count);
                }
                count = in.read(buffer);
            }
        }
    }

    private synchronized void awaitFreeWay(Socket far) throws InterruptedException {
        while (holding || far == held) {
            wait();
        }
    }

    private synchronized boolean isSilent(Socket socket) {
        return silent.contains(socket);
    }

    /** Where the connections to come lead to; those of now stay. */
    void redirect(int port) {
        target = port;
    }

    /** The connections of now stay, and nothing comes through them any more. */
    synchronized void silence() {
        silent.addAll(sockets);
    }

    /** From now on no answer reaches the store. */
    synchronized void holdAnswers() {
        holding = true;
    }

    /** From now on no answer reaches the store on the connection that it made last. */
    synchronized void holdAnswersOfNewest() {
        held = sockets.get(sockets.size() - 1);
    }

    synchronized void passAnswers() {
        holding = false;
        held = null;
        notifyAll();
    }

    /** Ends all connections; what was held back is gone. */
    synchronized void cut() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        sockets.clear();
        silent.clear();
        passAnswers();
    }

    String uri() {
        return "redis://127.0.0.1:" + server.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        server.close();
        cut();
    }
}
