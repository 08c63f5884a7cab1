package io.portask.store.redis;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** Asks a Redis whether it is there. */
final class PortProbe {
    private static final byte[] PING = "PING\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int BETWEEN_MS = 10;

    private PortProbe() {}

    /** Whether it answered, or asked for a password, before its process or the time was over. */
    static boolean awaitPong(int port, Process process, long patienceNs) throws IOException {
        long deadline = System.nanoTime() + patienceNs;
        try {
            while (System.nanoTime() < deadline) {
                if (answers(port)) {
                    return true;
                }
                if (process.waitFor(BETWEEN_MS, TimeUnit.MILLISECONDS)) {
                    return false;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    private static boolean answers(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write(PING);
            int first = socket.getInputStream().read();
            return first == '+' || (first == '-' && socket.getInputStream().read() == 'N');
        } catch (IOException e) {
            return false;
        }
    }
}
