package io.portask.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** A blocking socket that sends what a test says, byte for byte, and reads responses. Reads give up after 20 s. */
final class RawPeer implements AutoCloseable {
    final Socket socket = new Socket();
    private final InputStream in;

    RawPeer(InetSocketAddress address) throws IOException {
        socket.connect(address);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(20_000);
        in = socket.getInputStream();
    }

    RawPeer send(String latin) throws IOException {
        socket.getOutputStream().write(latin.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    /** A status line and fields, with the line ends. */
    String head() throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int octet = in.read();
            if (octet < 0) {
                throw new IOException("The connection ended within: " + head);
            }
            head.append((char) octet);
        }
        return head.toString();
    }

    /** A line without its end. */
    String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int octet = in.read(); octet != '\n'; octet = in.read()) {
            if (octet < 0) {
                throw new IOException("The connection ended within: " + line);
            }
            line.append((char) octet);
        }
        return line.toString().stripTrailing();
    }

    String body(int bytes) throws IOException {
        return new String(in.readNBytes(bytes), StandardCharsets.ISO_8859_1);
    }

    /** The status and the body of a response with a length, such as {@code 200 text}. */
    String response() throws IOException {
        String head = head();
        String lower = head.toLowerCase(Locale.ROOT);
        int at = lower.indexOf("content-length: ");
        int length = at < 0 ? 0 : Integer.parseInt(lower.substring(at + 16, lower.indexOf("\r\n", at)));
        return (status(head) + " " + body(length)).strip();
    }

    int status() throws IOException {
        return Integer.parseInt(response().substring(0, 3));
    }

    static int status(String head) {
        return Integer.parseInt(head.substring(9, 12));
    }

    /** All up to the end of the connection. */
    String rest() throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        in.transferTo(all);
        return all.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
