package io.portask.store.redis;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Stands before a Redis and answers {@code WAITAOF} in its place, when and as a test wants; on each connection one command after the
 * other, as Redis does. So what depends on that command can be tested on any Redis.
 */
final class SyncingProxy implements AutoCloseable {
    static final String SYNCED = "*2\r\n:1\r\n:0\r\n";
    static final String NOT_SYNCED = "*2\r\n:0\r\n:0\r\n";

    private static final String DESCRIPTION = "*1\r\n*1\r\n$7\r\nwaitaof\r\n";

    private final ServerSocket server;
    private final int target;
    private final Set<Socket> sockets = new HashSet<>();
    private final Set<Socket> waiting = new HashSet<>();
    private final List<String> waits = new ArrayList<>();
    private String answer = SYNCED;
    private boolean holding;
    private int connections;

    SyncingProxy(int target) throws IOException {
        this.target = target;
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        spawn(this::accept);
    }

    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    private static void spawn(Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException | InterruptedException e) {
                        // The end of a connection.
                    }
                },
                "syncing-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() throws IOException {
        while (true) {
            Socket near = server.accept();
            near.setTcpNoDelay(true);
            synchronized (this) {
                sockets.add(near);
                connections++;
            }
            spawn(() -> serve(near));
        }
    }

    private void serve(Socket near) throws IOException, InterruptedException {
        try (near;
                Socket far = new Socket(InetAddress.getLoopbackAddress(), target)) {
            far.setTcpNoDelay(true);
            DataInputStream in = new DataInputStream(new BufferedInputStream(near.getInputStream()));
            DataInputStream answers = new DataInputStream(new BufferedInputStream(far.getInputStream()));
            OutputStream out = near.getOutputStream();
            while (true) {
                byte[] command = frame(in);
                String text = words(command);
                if (text.startsWith("WAITAOF ")) {
                    out.write(ascii(await(near, text)));
                } else if (text.equals("COMMAND INFO WAITAOF")) {
                    out.write(ascii(DESCRIPTION));
                } else {
                    far.getOutputStream().write(command);
                    if (text.startsWith("SUBSCRIBE ")) {
                        spawn(() -> answers.transferTo(out));
                        in.transferTo(far.getOutputStream());
                    }
                    out.write(frame(answers));
                }
            }
        } finally {
            synchronized (this) {
                sockets.remove(near);
            }
        }
    }

    private synchronized String await(Socket near, String text) throws InterruptedException {
        waits.add(text);
        waiting.add(near);
        while (holding) {
            wait();
        }
        waiting.remove(near);
        return answer;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** The beginning of a command, as people write it. */
    private static String words(byte[] command) {
        String text = new String(command, 0, Math.min(command.length, 200), StandardCharsets.ISO_8859_1);
        return text.replaceAll("^\\*\\d+\r\n", "")
                .replaceAll("\\$\\d+\r\n", "")
                .replace("\r\n", " ")
                .trim();
    }

    /** One request or answer. */
    private static byte[] frame(DataInputStream in) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        copy(in, all);
        return all.toByteArray();
    }

    private static void copy(DataInputStream in, ByteArrayOutputStream all) throws IOException {
        int from = all.size();
        int last = 0;
        while (last != '\n') {
            last = in.readUnsignedByte();
            all.write(last);
        }
        String line = all.toString(StandardCharsets.ISO_8859_1).substring(from).trim();
        switch (line.charAt(0)) {
            case '$', '=' -> {
                int size = Integer.parseInt(line.substring(1));
                all.write(in.readNBytes(size < 0 ? 0 : size + 2));
            }
            case '*', '~', '>' -> copy(in, all, Integer.parseInt(line.substring(1)));
            case '%' -> copy(in, all, 2 * Integer.parseInt(line.substring(1)));
            default -> {
                // It is one line.
            }
        }
    }

    private static void copy(DataInputStream in, ByteArrayOutputStream all, int frames) throws IOException {
        for (int i = 0; i < frames; i++) {
            copy(in, all);
        }
    }

    /** From now on {@code WAITAOF} is answered so. */
    synchronized void answer(String text) {
        answer = text;
    }

    /** From now on {@code WAITAOF} is not answered. */
    synchronized void hold() {
        holding = true;
    }

    synchronized void release() {
        holding = false;
        notifyAll();
    }

    /** What was asked so far. */
    synchronized List<String> waits() {
        return List.copyOf(waits);
    }

    /** How many connections were ever made. */
    synchronized int connections() {
        return connections;
    }

    /** Ends all connections on which no {@code WAITAOF} is held; returns how many. */
    synchronized int cutOthers() throws IOException {
        Set<Socket> others = new HashSet<>(sockets);
        others.removeAll(waiting);
        for (Socket socket : others) {
            socket.close();
        }
        return others.size();
    }

    String uri() {
        return "redis://127.0.0.1:" + server.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        server.close();
        release();
        synchronized (this) {
            waiting.clear();
        }
        cutOthers();
    }
}
