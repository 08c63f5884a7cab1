package io.portask.store.redis;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Says one thing to one Redis, over a connection of its own. */
final class RedisAdmin {
    private static final int TIMEOUT_MS = 5_000;
    private static final int BETWEEN_MS = 20;
    private static final int PATIENCE_S = 30;

    private RedisAdmin() {}

    /** The answer as text: the parts of a list as lines, an error as it came. */
    static String ask(int port, String... words) throws IOException {
        StringBuilder request = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            request.append('$')
                    .append(word.length())
                    .append("\r\n")
                    .append(word)
                    .append("\r\n");
        }
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(TIMEOUT_MS);
            socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.US_ASCII));
            return read(new DataInputStream(socket.getInputStream()));
        }
    }

    private static String read(DataInputStream in) throws IOException {
        String head = line(in);
        String rest = head.substring(1);
        if (head.charAt(0) == '$') {
            int size = Integer.parseInt(rest);
            String text = size < 0 ? "" : new String(in.readNBytes(size), StandardCharsets.UTF_8);
            if (size >= 0) {
                line(in);
            }
            return text;
        }
        if (head.charAt(0) == '*') {
            StringBuilder all = new StringBuilder();
            for (int i = Integer.parseInt(rest); i > 0; i--) {
                all.append(read(in)).append('\n');
            }
            return all.toString();
        }
        return rest;
    }

    private static String line(DataInputStream in) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int next = in.readUnsignedByte(); next != '\r'; next = in.readUnsignedByte()) {
            text.append((char) next);
        }
        in.readUnsignedByte();
        return text.toString();
    }

    /** As {@link #ask}, for what must succeed. */
    static void tell(int port, String... words) throws IOException {
        String answer = ask(port, words);
        if (!answer.startsWith("OK")) {
            throw new IOException(String.join(" ", words) + ": " + answer);
        }
    }

    /** Whether the answer has a text in it; not while there is none. */
    static boolean answers(int port, String text, String... words) {
        try {
            return ask(port, words).contains(text);
        } catch (IOException e) {
            return false;
        }
    }

    /** Blocks until something is so. */
    static void await(String what, Process process, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        try {
            while (!condition.getAsBoolean()) {
                if (System.nanoTime() > deadline) {
                    throw new AssertionError("Not within " + PATIENCE_S + " s: " + what);
                }
                if (process.waitFor(BETWEEN_MS, TimeUnit.MILLISECONDS)) {
                    throw new AssertionError("Redis ended while waiting for: " + what);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
